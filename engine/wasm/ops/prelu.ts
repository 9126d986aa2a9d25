/**
 * PReLU: y = x where x > 0, else a·x, with a slope a for each channel or one for all.
 *
 *   dx = dy where x > 0, else a·dy      da = Σ dy·x over positions and examples where x ≤ 0
 *
 * Nothing but x is kept. dy is 0 in lanes that hold no example. Order of da's sum: positions row by row, alternating
 * over two partial sums for each lane, which are added in turn, for one slope channel after channel; then the two
 * halves, then the four lanes as (0 + 2) + (1 + 3); slices in order.
 *
 * @module
 */
import {
  advance,
  f32x4,
  get,
  loadPair,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import { GradientShares } from "../gradient_shares.ts";
import { POSITION_BYTES } from "../layout.ts";
import {
  type Area,
  type BoundOperation,
  type FeatureMap,
  type NodeContext,
  nth,
  type ParameterPlace,
  type Room,
  type Runtime,
  type Step,
} from "../operation.ts";
import { forEachChannel, forEachPosition } from "../planes.ts";
import { storeLaneSums } from "../reduction.ts";

/** Partial sums for each lane. */
const CHAINS = 2;

const { add, mul, madd, gt } = f32x4;

class Prelu implements BoundOperation {
  readonly #name: string;
  readonly #input: FeatureMap;
  readonly #output: FeatureMap;
  readonly #slope: ParameterPlace;
  readonly #slopeShares: GradientShares;
  readonly #scratch: Area;
  #runtime!: Runtime;

  constructor(context: NodeContext<"prelu">) {
    const { planner, name, operation, inputs, output, tensors } = context;
    this.#name = name;
    [this.#input] = inputs;
    this.#output = output;
    this.#slope = tensors.weight;
    this.#slopeShares = new GradientShares(planner, tensors.weight);
    this.#scratch = planner.perWorker(POSITION_BYTES);
    const from = this.#input.plane, to = output.plane, { channels } = from;
    const nextSlope = operation.shared ? 0 : 4;

    planner.module.function(`${name}.forward`, ["input", "slope", "output"], (f) => {
      const [input, slope, output] = f.parameters.map((p) => f.parameter(p));
      const factor = f.local(V128), zero = f.local(V128), x = f.pair(), y = f.pair();
      const pointers = [{ local: input, plane: from }, { local: output, plane: to }];
      f.emit(
        set(zero, v128.zero),
        forEachChannel(f, channels, pointers, (here) => [
          ...set(factor, v128.load32Splat(get(slope))),
          ...forEachPosition(f, from, here, (offset) =>
            [
              loadPair(x, get(here[0].local), offset),
              setPair(y, (h) =>
                v128.bitSelect(get(x[h]), mul(get(factor), get(x[h])), gt(get(x[h]), get(zero)))),
              storePair(get(here[1].local), y, offset),
            ].flat()),
          ...advance(slope, nextSlope),
        ]),
      );
    });

    const names = ["input", "dOutput", "slope", "dInput", "dSlope", "scratch"];
    planner.module.function(`${name}.backward`, names, (f) => {
      const [input, dOutput, slope, dInput, dSlope, scratch] = names.map((p) => f.parameter(p));
      const factor = f.local(V128), zero = f.local(V128);
      const [x, dy, positive, dx] = f.pairs(4), sums = f.pairs(CHAINS);
      const clear: Stmt[] = sums.map((sum) => setPair(sum, () => v128.zero));
      const finish: Stmt[] = [
        setPair(sums[0], (h) => add(get(sums[0][h]), get(sums[1][h]))),
        storePair(get(scratch), sums[0]),
        ...storeLaneSums(f, scratch, dSlope, [0]),
      ];
      const pointers = [
        { local: input, plane: from },
        { local: dOutput, plane: to },
        { local: dInput, plane: from },
      ];
      f.emit(
        set(zero, v128.zero),
        ...clear,
        forEachChannel(f, channels, pointers, (here) =>
          [
            set(factor, v128.load32Splat(get(slope))),
            ...(operation.shared ? [] : clear),
            forEachPosition(f, { ...from, unrolled: CHAINS }, here, (offset, chain) =>
              [
                loadPair(x, get(here[0].local), offset),
                loadPair(dy, get(here[1].local), offset),
                setPair(positive, (h) => gt(get(x[h]), get(zero))),
                setPair(
                  dx,
                  (h) => v128.bitSelect(get(dy[h]), mul(get(factor), get(dy[h])), get(positive[h])),
                ),
                storePair(get(here[2].local), dx, offset),
                setPair(
                  sums[chain],
                  (h) => madd(v128.andNot(get(dy[h]), get(positive[h])), get(x[h]), get(sums[chain][h])),
                ),
              ].flat()),
            ...(operation.shared ? [] : [...finish, advance(dSlope, 4)]),
            advance(slope, nextSlope),
          ].flat()),
        ...(operation.shared ? finish : []),
      );
    });
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    this.#runtime.kernels[`${this.#name}.forward`](
      nth(this.#input.value, slice),
      this.#slope.value,
      nth(this.#output.value, slice),
    );
  }

  backward(slice: number): void {
    this.#runtime.kernels[`${this.#name}.backward`](
      nth(this.#input.value, slice),
      nth(this.#output.gradient, slice),
      this.#slope.value,
      nth(this.#input.gradient, slice),
      this.#slopeShares.at(slice),
      nth(this.#scratch, this.#runtime.rank),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }

  reduce(step: Step): void {
    this.#slopeShares.reduce(this.#runtime, step);
  }
}

export const prelu: Room<"prelu"> = { plan: (context) => new Prelu(context) };
