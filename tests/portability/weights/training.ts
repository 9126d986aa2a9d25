/**
 * A short training on the CPU engine, the same wherever it runs: in Deno, in Deno for another processor, in a browser.
 *
 * Run as a program it prints what it found, as JSON.
 *
 * @module
 */
import { drawDataset } from "../../../data/synthetic.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";

/** A batch of 128 and one of 8; what is evaluated has no part in the weights. */
const IMAGES = { trainCount: 136, testCount: 8 };

/** What a place has made of the training. */
export interface Trained {
  /** `wasm` where multiply-adds are fused: only such places promise the same bits. */
  readonly engine: string;
  readonly version: number;
  readonly weightsDigest: string;
}

/** Trains iteration 5 for one epoch on so many workers. */
export async function train(workers: number): Promise<Trained> {
  const engine = await createWasmEngine({ workers });
  try {
    let weightsDigest: string | undefined;
    await engine.train([{ iteration: oneCycle, seed: 0, epochs: 1 }], {
      ...drawDataset(IMAGES),
      onEvent(event) {
        if (event.kind === "epoch") ({ weightsDigest } = event.result);
        if (event.kind === "failed") throw new Error(event.message);
      },
    });
    if (weightsDigest === undefined) throw new Error("the training diverged");
    return { engine: engine.name, version: engine.version, weightsDigest };
  } finally {
    engine.close();
  }
}

if (import.meta.main) console.log(JSON.stringify(await train(Number(Deno.args[0]))));
