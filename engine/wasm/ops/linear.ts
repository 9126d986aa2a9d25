/**
 * Linear layer for one slice of eight examples: `[F,8]` → `[O,8]`, forward and backward.
 *
 *   out[o] = bias[o] + Σ(f) weight[o,f] · in[f]
 *   dIn[f] = Σ(o) weight[o,f] · dOut[o]     dWeight[o,f] = Σ(examples) dOut[o] · in[f]     dBias[o] = Σ dOut[o]
 *
 * Order of sums: f, o ascending; examples: the two halves, then the four lanes as (0 + 2) + (1 + 3).
 *
 * @module
 */
import {
  advance,
  f32,
  f32x4,
  get,
  I32,
  i32,
  type ModuleBuilder,
  repeat,
  set,
  type Stmt,
  V128,
  v128,
} from "../assembler.ts";
import { evenBlocks, HALVES, POSITION_BYTES, starts } from "../layout.ts";
import {
  type Area,
  type BoundOperation,
  kernelsOf,
  type NodeContext,
  nth,
  type ParameterPlace,
  type Room,
  type Runtime,
  type Step,
} from "../operation.ts";
import { foldLanes, sumLanes } from "../reduction.ts";

/** What a linear layer works on. */
interface LinearPlan {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
  readonly inputGradient: boolean;
}

/** Sums that, with two vectors each, fit into fifteen registers beside their operands. */
const SUMS_IN_REGISTERS = 6;

const { add, mul, madd } = f32x4;

/**
 * Adds to a module:
 *
 * - `name.forward(input, weight, bias, output)`; weight `[O,F]`
 * - `name.backward(input, dOutput, weight, dInput, dWeight, dBias)`: dWeight and dBias of one slice
 *
 * Without a bias, `bias` and `dBias` are not looked at; neither is `dInput` where it is not wanted.
 */
function linearKernels(module: ModuleBuilder, name: string, plan: LinearPlan): void {
  const { inputs, outputs } = plan;
  module.function(`${name}.forward`, ["input", "weight", "bias", "output"], (f) => {
    const [from, weight, bias, to] = f.parameters.map((p) => f.parameter(p));
    const blocks = evenBlocks(outputs, SUMS_IN_REGISTERS);
    const sums = f.locals(2 * blocks[0], V128), x = f.locals(2, V128), factor = f.local(V128);
    const at = f.local(I32), weightAt = f.local(I32), counter = f.local(I32);
    starts(blocks).forEach((first, b) => {
      const rows = Array.from({ length: blocks[b] }, (_, r) => r);
      f.emit(
        ...rows.flatMap((r) =>
          [0, 1].map((h) =>
            set(sums[2 * r + h], plan.bias ? v128.load32Splat(get(bias), 4 * (first + r)) : v128.zero)
          )
        ),
        set(at, get(from)),
        set(weightAt, i32.add(get(weight), i32.const(4 * first * inputs))),
        repeat(
          counter,
          inputs,
          ...HALVES.map((half, h) => set(x[h], v128.load(get(at), half))),
          ...rows.flatMap((r) => [
            set(factor, v128.load32Splat(get(weightAt), 4 * r * inputs)),
            ...[0, 1].map((h) => set(sums[2 * r + h], madd(get(factor), get(x[h]), get(sums[2 * r + h])))),
          ]),
          advance(at, POSITION_BYTES),
          advance(weightAt, 4),
        ),
        ...rows.flatMap((r) =>
          HALVES.map((half, h) =>
            v128.store(get(to), get(sums[2 * r + h]), (first + r) * POSITION_BYTES + half)
          )
        ),
      );
    });
  });

  module.function(
    `${name}.backward`,
    ["input", "dOutput", "weight", "dInput", "dWeight", "dBias"],
    (f) => {
      const [input, dOutput, weight, dInput, dWeight, dBias] = f.parameters.map((p) => f.parameter(p));
      const counter = f.local(I32), inner = f.local(I32);
      const at = f.local(I32), gradient = f.local(I32), weightAt = f.local(I32), to = f.local(I32);
      const sums = f.locals(2, V128), d = f.locals(2, V128), x = f.locals(4, V128), factor = f.local(V128);
      const inputGradient = [
        set(to, get(dInput)),
        repeat(
          counter,
          inputs,
          set(gradient, get(dOutput)),
          set(weightAt, get(weight)),
          ...sums.map((sum) => set(sum, v128.zero)),
          repeat(
            inner,
            outputs,
            set(factor, v128.load32Splat(get(weightAt))),
            ...sums.map((sum, h) =>
              set(sum, madd(get(factor), v128.load(get(gradient), HALVES[h]), get(sum)))
            ),
            advance(gradient, POSITION_BYTES),
            advance(weightAt, 4 * inputs),
          ),
          ...sums.map((sum, h) => v128.store(get(to), get(sum), HALVES[h])),
          advance(to, POSITION_BYTES),
          advance(weight, 4),
        ),
      ];
      if (plan.inputGradient) f.emit(...inputGradient);
      // dWeight, four columns at a time, and dBias
      const products = (count: number): Stmt[] =>
        x.slice(0, count).map((local, i) =>
          set(
            local,
            madd(
              get(d[1]),
              v128.load(get(at), i * POSITION_BYTES + 16),
              mul(get(d[0]), v128.load(get(at), i * POSITION_BYTES)),
            ),
          )
        );
      const fours = Math.floor(inputs / 4);
      f.emit(
        set(gradient, get(dOutput)),
        repeat(
          counter,
          outputs,
          ...d.map((local, h) => set(local, v128.load(get(gradient), HALVES[h]))),
          set(at, get(input)),
          ...(fours > 0
            ? [repeat(
              inner,
              fours,
              ...products(4),
              v128.store(get(dWeight), foldLanes(get(x[0]), get(x[1]), get(x[2]), get(x[3]))),
              advance(at, 4 * POSITION_BYTES),
              advance(dWeight, 16),
            )]
            : []),
          ...Array.from({ length: inputs % 4 }, () =>
            [
              ...products(1),
              f32.store(get(dWeight), sumLanes(get(x[0]))),
              advance(at, POSITION_BYTES),
              advance(dWeight, 4),
            ].flat()),
          ...(plan.bias
            ? [f32.store(get(dBias), sumLanes(add(get(d[0]), get(d[1])))), advance(dBias, 4)]
            : []),
          advance(gradient, POSITION_BYTES),
        ),
      );
    },
  );
}

class Linear implements BoundOperation {
  #runtime!: Runtime;
  #kernels: Runtime["kernels"] = {};
  /** Parameters with the slices' shares of their gradients. */
  readonly #shares: readonly { readonly place: ParameterPlace; readonly area: Area }[];

  constructor(readonly context: NodeContext<"linear">) {
    const { planner, name, inputShapes, outputShape, tensors: { weight, bias }, inputGradient } = context;
    linearKernels(planner.module, name, {
      inputs: inputShapes[0][0],
      outputs: outputShape[0],
      bias: bias !== undefined,
      inputGradient: inputGradient[0],
    });
    const places = bias === undefined ? [weight] : [weight, bias];
    this.#shares = places.map((place) => ({ place, area: planner.perSlice(4 * place.length) }));
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#kernels = kernelsOf(runtime, this.context.name);
  }

  forward(slice: number): void {
    const { inputs, output, tensors: { weight, bias } } = this.context;
    this.#kernels.forward(
      nth(inputs[0].value, slice),
      weight.value,
      bias?.value ?? 0,
      nth(output.value, slice),
    );
  }

  backward(slice: number): void {
    const { inputs: [input], output, tensors: { weight } } = this.context;
    const [dWeight, dBias] = this.#shares.map(({ area }) => nth(area, slice));
    this.#kernels.backward(
      nth(input.value, slice),
      nth(output.gradient, slice),
      weight.value,
      nth(input.gradient, slice),
      dWeight,
      dBias ?? 0,
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }

  reduce(step: Step): void {
    for (const { place, area } of this.#shares) {
      const vectors = Math.ceil(place.length / 4);
      this.#runtime.kernels.sumSlices(area.address, area.each, step.slices, place.gradient, vectors);
    }
  }
}

export const linear: Room<"linear"> = { plan: (context) => new Linear(context), readsInPassing: true };
