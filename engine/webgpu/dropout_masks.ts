/**
 * Dropout's masks: a pure function of seed, epoch and example.
 *
 * @module
 */
import { dropoutThreshold, Stream } from "../streams.ts";
import type { Binding } from "./kernel.ts";
import { PHILOX } from "./philox.ts";

/** A dropout layer with its place in the streams. */
export interface DrawnDropout {
  readonly p: number;
  /** Among the iteration's dropout layers of both kinds. */
  readonly ordinal: number;
}

/** What kept elements are multiplied by, as WGSL takes it. */
export function keepScale(dropout: DrawnDropout | undefined): number {
  return dropout ? Math.fround(1 / (1 - dropout.p)) : 1;
}

/**
 * `draw_words(trial, n, block)`, the four words of a block of example `n`, and `draw_factors`, what they multiply
 * by; all ones in evaluation.
 */
export function dropoutWords(dropout: DrawnDropout, lanes: number) {
  const bindings: Record<string, Binding> = {
    seeds: { buffer: "seeds", type: "u32" },
    indices: { buffer: "indices", type: "u32" },
  };
  return {
    bindings,
    declarations: `${PHILOX}
fn draw_words(trial: u32, n: u32, block: u32) -> vec4u {
  let index = indices[trial * ${lanes} + n];
  return philox(vec4u(block, index, step.epoch, ${dropout.ordinal}), vec2u(seeds[trial], ${Stream.dropout}));
}

fn draw_factors(trial: u32, n: u32, block: u32) -> vec4f {
  if (step.training == 0u) { return vec4f(1.0); }
  let kept = (draw_words(trial, n, block) >> vec4u(8u)) >= vec4u(${dropoutThreshold(dropout.p)}u);
  return select(vec4f(0.0), vec4f(${keepScale(dropout)}), kept);
}
`,
  };
}
