/**
 * A convolution with the batch norm behind it, and what is fused with that: y stays between the two.
 *
 * Forward: convolve, meet to add up the statistics, normalize. Backward: sum dz and dz·r̂, meet, then dy and at once,
 * while it is in the cache, the convolution's gradients. A bias right in front of batch norm takes no part in it: batch
 * norm subtracts it again, so it only moves the running mean, and its gradient is exactly zero (PyTorch computes the
 * rounding noise of that zero). A convolution that reads the output may normalize y itself: then that is what it finds.
 *
 * @module
 */
import type { Convolver } from "../convolver.ts";
import { sliceBytes } from "../layout.ts";
import {
  type Area,
  type FeatureMap,
  type MeetingOperation,
  nth,
  type ParameterPlace,
  type Planner,
  type Runtime,
  type Step,
} from "../operation.ts";
import type { Normalizer } from "./batch_norm.ts";

export class ConvNormOperation implements MeetingOperation {
  readonly #convolver: Convolver;
  readonly #normalizer: Normalizer;
  readonly #input: FeatureMap;
  readonly #output: FeatureMap;
  readonly #biasLeft: ParameterPlace | undefined;
  readonly #y: Area;
  readonly #dy: Area;
  #runtime!: Runtime;

  constructor(planner: Planner, parts: {
    readonly convolver: Convolver;
    readonly normalizer: Normalizer;
    readonly input: FeatureMap;
    readonly output: FeatureMap;
    /** The convolution's bias, where it has one that the convolver does not add. */
    readonly biasLeft: ParameterPlace | undefined;
  }) {
    this.#convolver = parts.convolver;
    this.#normalizer = parts.normalizer;
    this.#input = parts.input;
    this.#output = parts.output;
    this.#biasLeft = parts.biasLeft;
    this.#y = parts.output.records
      ? parts.output.value
      : planner.perSlice(sliceBytes(parts.convolver.output));
    this.#dy = planner.perWorker(sliceBytes(parts.convolver.outputGradient));
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#convolver.bind(runtime);
    this.#normalizer.bind(runtime);
  }

  forwardStart(slice: number): void {
    const y = nth(this.#y, slice);
    this.#convolver.forward(nth(this.#input.value, slice), y);
    this.#normalizer.measure(slice, y);
  }

  forwardMeet(step: Step): void {
    this.#normalizer.forwardMeet(step);
  }

  forward(slice: number): void {
    if (this.#output.records) return;
    this.#normalizer.normalize(slice, nth(this.#y, slice), nth(this.#output.value, slice));
  }

  restore(slice: number): void {
    this.forward(slice);
  }

  backwardStart(slice: number): void {
    this.#normalizer.sum(slice, nth(this.#y, slice), nth(this.#output.gradient, slice));
  }

  backwardMeet(step: Step): void {
    this.#normalizer.backwardMeet(step);
  }

  backward(slice: number): void {
    const y = nth(this.#y, slice), dy = nth(this.#dy, this.#runtime.rank);
    this.#normalizer.differentiate(slice, y, nth(this.#output.gradient, slice), dy);
    this.#convolver.backward(slice, nth(this.#input.value, slice), dy, nth(this.#input.gradient, slice));
  }

  evaluateMeet(): void {
    this.#normalizer.evaluateMeet();
  }

  evaluate(slice: number): void {
    const y = nth(this.#y, slice);
    this.#convolver.forward(nth(this.#input.value, slice), y);
    if (!this.#output.records) this.#normalizer.evaluate(slice, y, nth(this.#output.value, slice));
  }

  reduce(step: Step): void {
    this.#convolver.reduce(step);
    if (!this.#biasLeft) return;
    const { gradient, length } = this.#biasLeft;
    // whatever the recipe made of the last step's
    this.#runtime.f32.fill(0, gradient / 4, gradient / 4 + length);
  }

  prepare(): void {
    this.#convolver.prepare();
  }
}
