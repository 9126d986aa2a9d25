/**
 * The layers that need no meeting of the slices: max-pool, dropout, global average pool, linear.
 *
 * @module
 */
import { SLICE_RECORD } from "./batch_norm.ts";
import { dropoutKernels, type DropoutPlan, elementOffsets } from "./dropout.ts";
import { globalAveragePoolKernels } from "./global_average_pool.ts";
import { linearKernels } from "./linear.ts";
import { maxPoolKernels } from "./max_pool.ts";
import {
  type Area,
  type FeatureMap,
  nth,
  type Operation,
  type ParameterPlace,
  type Planner,
  type Runtime,
  type Step,
} from "./operation.ts";

export class MaxPool implements Operation {
  #runtime!: Runtime;

  constructor(
    planner: Planner,
    readonly name: string,
    readonly input: FeatureMap,
    readonly output: FeatureMap,
    size: number,
  ) {
    maxPoolKernels(planner.module, name, { input: input.plane, output: output.plane, size });
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    this.#runtime.kernels[`${this.name}.forward`](
      nth(this.input.value, slice),
      nth(this.output.value, slice),
    );
  }

  backward(slice: number): void {
    this.#runtime.kernels[`${this.name}.backward`](
      nth(this.input.value, slice),
      nth(this.output.gradient, slice),
      nth(this.input.gradient, slice),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}

/** In place: what it works on is the feature map of the layer before it. */
export class Dropout implements Operation {
  #runtime!: Runtime;
  readonly #offsets: number;

  constructor(
    planner: Planner,
    readonly name: string,
    readonly map: FeatureMap,
    readonly plan: DropoutPlan,
    readonly sliceRecords: Area,
  ) {
    dropoutKernels(planner.module, name, plan);
    this.#offsets = plan.channels ? 0 : planner.allocate(4 * elementOffsets(plan.plane).length);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    if (!this.plan.channels && runtime.rank === 0) {
      runtime.i32.set(elementOffsets(this.plan.plane), this.#offsets / 4);
    }
  }

  #apply(data: number, slice: number, { epoch, seed }: Step): void {
    const indices = nth(this.sliceRecords, slice) + SLICE_RECORD.indices;
    this.#runtime.kernels[`${this.name}.apply`](data, this.#offsets, indices, epoch, seed);
  }

  forward(slice: number, step: Step): void {
    this.#apply(nth(this.map.value, slice), slice, step);
  }

  backward(slice: number, step: Step): void {
    const gradient = nth(this.map.gradient, slice);
    if (!this.plan.behindRelu) this.#apply(gradient, slice, step);
    else this.#runtime.kernels[`${this.name}.gradient`](nth(this.map.value, slice), gradient);
  }

  evaluate(): void {}
}

export class GlobalAveragePool implements Operation {
  #runtime!: Runtime;

  constructor(
    planner: Planner,
    readonly name: string,
    readonly input: FeatureMap,
    readonly output: FeatureMap,
  ) {
    globalAveragePoolKernels(planner.module, name, input.plane);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    this.#runtime.kernels[`${this.name}.forward`](
      nth(this.input.value, slice),
      nth(this.output.value, slice),
    );
  }

  backward(slice: number): void {
    this.#runtime.kernels[`${this.name}.backward`](
      nth(this.output.gradient, slice),
      nth(this.input.gradient, slice),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}

export class Linear implements Operation {
  #runtime!: Runtime;
  readonly #weightGradients: Area;
  readonly #biasGradients: Area;

  constructor(
    planner: Planner,
    readonly name: string,
    readonly input: FeatureMap,
    readonly output: FeatureMap,
    readonly parameters: { readonly weight: ParameterPlace; readonly bias: ParameterPlace },
  ) {
    const inputs = input.plane.channels * input.plane.height * input.plane.width;
    linearKernels(planner.module, name, { inputs, outputs: output.plane.channels });
    this.#weightGradients = planner.perSlice(4 * parameters.weight.length);
    this.#biasGradients = planner.perSlice(4 * parameters.bias.length);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    this.#runtime.kernels[`${this.name}.forward`](
      nth(this.input.value, slice),
      this.parameters.weight.value,
      this.parameters.bias.value,
      nth(this.output.value, slice),
    );
  }

  backward(slice: number): void {
    this.#runtime.kernels[`${this.name}.backward`](
      nth(this.input.value, slice),
      nth(this.output.gradient, slice),
      this.parameters.weight.value,
      nth(this.input.gradient, slice),
      nth(this.#weightGradients, slice),
      nth(this.#biasGradients, slice),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }

  reduce(step: Step): void {
    const { weight, bias } = this.parameters;
    for (const [area, place] of [[this.#weightGradients, weight], [this.#biasGradients, bias]] as const) {
      this.#runtime.kernels.sumSlices(
        area.address,
        area.each,
        step.slices,
        place.gradient,
        Math.ceil(place.length / 4),
      );
    }
  }
}
