/**
 * Linear layer for one slice of eight examples: `[F,8]` → `[O,8]`, forward and backward.
 *
 *   out[o] = bias[o] + Σ(f) weight[o,f] · in[f]
 *   dIn[f] = Σ(o) weight[o,f] · dOut[o]     dWeight[o,f] = Σ(examples) dOut[o] · in[f]     dBias[o] = Σ dOut[o]
 *
 * Order of sums: f, o ascending; examples: slice by slice, the eight lanes apart, then the two halves, then the four
 * lanes as (0 + 2) + (1 + 3). Blocking does not change it.
 *
 * @module
 */
import {
  advance,
  countDown,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  loadPair,
  type Local,
  type ModuleBuilder,
  type Pair,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import { runsOf } from "../correlate.ts";
import { evenBlocks, POSITION_BYTES, starts } from "../layout.ts";
import {
  type Area,
  type BoundOperation,
  kernelsOf,
  type NodeContext,
  nth,
  type Room,
  type Runtime,
  type Step,
} from "../operation.ts";
import { storeLaneSums } from "../reduction.ts";

/** What a linear layer works on. */
interface LinearPlan {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
  readonly inputGradient: boolean;
  /** Whether registers hold both halves; speed only. */
  readonly wide: boolean;
}

/** Sums, a pair of vectors each, that fit into the registers beside their operands. */
const SUMS = { narrow: 6, wide: 12 };

/** Outputs whose gradients wait in registers while the inputs pass by, and inputs at once. */
const WAITING = { narrow: 5, wide: 10 }, PASSING = { narrow: 2, wide: 4 };

/** Outputs by inputs whose weights' gradients fit into the registers beside their operands. */
const BLOCK = { narrow: { rows: 2, columns: 2 }, wide: { rows: 3, columns: 3 } };

/** What the kernels need of a worker's scratch memory. */
const SCRATCH_BYTES = BLOCK.wide.rows * BLOCK.wide.columns * POSITION_BYTES;

const { add, madd } = f32x4;

/**
 * Adds to a module:
 *
 * - `name.forward(input, weight, bias, output)`; weight `[O,F]`; without a bias, `bias` is not looked at
 * - `name.inputGradient(dOutput, weight, dInput)`, where that is wanted
 * - `name.reduce(…)`: the parameters' gradients of the whole batch
 */
function linearKernels(module: ModuleBuilder, name: string, plan: LinearPlan): void {
  module.function(`${name}.forward`, ["input", "weight", "bias", "output"], (f) => forward(f, plan));
  if (plan.inputGradient) {
    module.function(`${name}.inputGradient`, ["dOutput", "weight", "dInput"], (f) => {
      const [dOutput, weight, dInput] = f.parameters.map((p) => f.parameter(p));
      f.emit(inputGradient(f, plan, { dOutput, weight, dInput }));
    });
  }
  const reduced = ["input", "inputEach", "dOutput", "dOutputEach", "slices", "dWeight", "dBias", "scratch"];
  module.function(`${name}.reduce`, reduced, (f) => reduce(f, plan));
}

function forward(f: FunctionBuilder, { inputs, outputs, bias: hasBias, wide }: LinearPlan): void {
  const [from, weight, bias, to] = f.parameters.map((p) => f.parameter(p));
  const blocks = evenBlocks(outputs, SUMS[wide ? "wide" : "narrow"]);
  const sums = f.pairs(blocks[0]), x = f.pair(), factor = f.local(V128);
  const at = f.local(I32), weightAt = f.local(I32), counter = f.local(I32);
  starts(blocks).forEach((first, b) => {
    const rows = sums.slice(0, blocks[b]);
    f.emit(
      ...rows.map((sum, r) =>
        setPair(sum, () => hasBias ? v128.load32Splat(get(bias), 4 * (first + r)) : v128.zero)
      ),
      set(at, get(from)),
      set(weightAt, i32.add(get(weight), i32.const(4 * first * inputs))),
      repeat(
        counter,
        inputs,
        loadPair(x, get(at)),
        ...rows.flatMap((sum, r) => [
          set(factor, v128.load32Splat(get(weightAt), 4 * r * inputs)),
          setPair(sum, (h) => madd(get(factor), get(x[h]), get(sum[h]))),
        ]),
        advance(at, POSITION_BYTES),
        advance(weightAt, 4),
      ),
      ...rows.map((sum, r) => storePair(get(to), sum, (first + r) * POSITION_BYTES)),
    );
  });
}

/** dIn: some outputs at a time, whose parts of the sums are added to what is there. */
function inputGradient(
  f: FunctionBuilder,
  { inputs, outputs, wide }: LinearPlan,
  pointers: { readonly dOutput: Local; readonly weight: Local; readonly dInput: Local },
): Stmt {
  const blocks = evenBlocks(outputs, WAITING[wide ? "wide" : "narrow"]);
  const together = PASSING[wide ? "wide" : "narrow"];
  const d = f.pairs(blocks[0]), sums = f.pairs(together), factor = f.local(V128), zero = f.local(V128);
  const to = f.local(I32), weightAt = f.local(I32), counter = f.local(I32);
  const some = (count: number, b: number): Stmt => {
    const here = sums.slice(0, count), waiting = d.slice(0, blocks[b]);
    return [
      ...here.map((sum, i) =>
        b === 0 ? setPair(sum, () => get(zero)) : loadPair(sum, get(to), i * POSITION_BYTES)
      ),
      ...waiting.flatMap((gradient, o) =>
        here.flatMap((sum, i) => [
          set(factor, v128.load32Splat(get(weightAt), 4 * (o * inputs + i))),
          setPair(sum, (h) => madd(get(factor), get(gradient[h]), get(sum[h]))),
        ])
      ),
      ...here.map((sum, i) => storePair(get(to), sum, i * POSITION_BYTES)),
      advance(to, count * POSITION_BYTES),
      advance(weightAt, 4 * count),
      // leaves nothing from one round to the next, which would keep V8 from merging halves
      ...here.map((sum) => setPair(sum, () => get(zero))),
      set(factor, get(zero)),
    ].flat();
  };
  return starts(blocks).flatMap((first, b) => [
    ...d.slice(0, blocks[b]).flatMap((gradient, o) =>
      loadPair(gradient, get(pointers.dOutput), (first + o) * POSITION_BYTES)
    ),
    ...set(to, get(pointers.dInput)),
    ...set(weightAt, i32.add(get(pointers.weight), i32.const(4 * first * inputs))),
    ...(inputs >= together ? repeat(counter, Math.floor(inputs / together), some(together, b)) : []),
    ...(inputs % together > 0 ? some(inputs % together, b) : []),
  ]);
}

/**
 * `name.reduce(input, inputEach, dOutput, dOutputEach, slices, dWeight, dBias, scratch)`: the gradients of the batch,
 * whose slices are so many bytes apart. A sum stays in its register from the first slice to the last, and its lanes come
 * together once.
 */
function reduce(f: FunctionBuilder, plan: LinearPlan): void {
  const { inputs, outputs, wide } = plan, { rows, columns } = BLOCK[wide ? "wide" : "narrow"];
  const [input, inputEach, dOutput, dOutputEach, slices, dWeight, dBias, scratch] = f.parameters.map((p) =>
    f.parameter(p)
  );
  const sums = f.pairs(rows * columns), d = f.pairs(rows), x = f.pair(), zero = f.local(V128);
  const [blocks, rowBlocks, counter] = f.locals(3, I32);
  const [at, gradient, gradientBlock, out, outBlock] = f.locals(5, I32);
  /** Sums over the slices of what `products` adds for one, stored at byte offsets `to` from `out`. */
  const overSlices = (used: readonly Pair[], products: Stmt[], to: readonly number[]): Stmt => [
    ...used.flatMap((sum) => setPair(sum, () => get(zero))),
    ...set(counter, get(slices)),
    ...set(gradient, get(gradientBlock)),
    ...countDown(
      counter,
      ...products,
      set(gradient, i32.add(get(gradient), get(dOutputEach))),
      // leaves nothing from one round to the next, which would keep V8 from merging halves
      ...[...d, x].map((pair) => setPair(pair, () => get(zero))),
    ),
    ...used.flatMap((sum, i) => storePair(get(scratch), sum, i * POSITION_BYTES)),
    ...storeLaneSums(f, scratch, out, to).flat(),
  ];
  const block = (rowCount: number, columnCount: number): Stmt => {
    const used = sums.slice(0, rowCount * columnCount);
    return [
      ...set(at, get(input)),
      ...overSlices(
        used,
        [
          ...d.slice(0, rowCount).map((pair, r) => loadPair(pair, get(gradient), r * POSITION_BYTES)),
          ...Array.from({ length: columnCount }, (_, c) => [
            ...loadPair(x, get(at), c * POSITION_BYTES),
            ...d.slice(0, rowCount).flatMap((pair, r) => {
              const sum = used[r * columnCount + c];
              return setPair(sum, (h) => madd(get(pair[h]), get(x[h]), get(sum[h])));
            }),
          ]),
          set(at, i32.add(get(at), get(inputEach))),
        ],
        used.map((_, i) => 4 * (Math.floor(i / columnCount) * inputs + i % columnCount)),
      ),
    ];
  };
  const rowRuns = runsOf(evenBlocks(outputs, rows));
  const weights = runsOf(evenBlocks(inputs, columns)).flatMap(([columnCount, count]) =>
    repeat(
      blocks,
      count,
      set(gradientBlock, get(dOutput)),
      set(out, get(outBlock)),
      ...rowRuns.map(([rowCount, rowBlockCount]) =>
        repeat(
          rowBlocks,
          rowBlockCount,
          block(rowCount, columnCount),
          advance(gradientBlock, rowCount * POSITION_BYTES),
          advance(out, 4 * rowCount * inputs),
        )
      ),
      advance(input, columnCount * POSITION_BYTES),
      advance(outBlock, 4 * columnCount),
    )
  );
  const biases = rowRuns.flatMap(([rowCount, count]) => {
    const used = sums.slice(0, rowCount);
    const products = used.map((sum, r) =>
      setPair(sum, (h, half) => add(get(sum[h]), v128.load(get(gradient), r * POSITION_BYTES + half)))
    );
    return repeat(
      rowBlocks,
      count,
      overSlices(used, products, used.map((_, r) => 4 * r)),
      advance(gradientBlock, rowCount * POSITION_BYTES),
      advance(out, 4 * rowCount),
    );
  });
  f.emit(
    set(outBlock, get(dWeight)),
    weights,
    ...(plan.bias ? [set(gradientBlock, get(dOutput)), set(out, get(dBias)), biases] : []),
  );
}

class Linear implements BoundOperation {
  #runtime!: Runtime;
  #kernels: Runtime["kernels"] = {};
  readonly #scratch: Area;

  constructor(readonly context: NodeContext<"linear">) {
    const { planner, name, inputShapes, outputShape, tensors: { bias }, inputGradient } = context;
    linearKernels(planner.module, name, {
      inputs: inputShapes[0][0],
      outputs: outputShape[0],
      bias: bias !== undefined,
      inputGradient: inputGradient[0],
      wide: planner.wide,
    });
    this.#scratch = planner.perWorker(SCRATCH_BYTES);
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
    const { inputs: [input], output, tensors: { weight }, inputGradient } = this.context;
    if (!inputGradient[0]) return;
    this.#kernels.inputGradient(nth(output.gradient, slice), weight.value, nth(input.gradient, slice));
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }

  reduce(step: Step): void {
    const { inputs: [{ value }], output: { gradient }, tensors: { weight, bias } } = this.context;
    this.#kernels.reduce(
      value.address,
      value.each,
      gradient.address,
      gradient.each,
      step.slices,
      weight.gradient,
      bias?.gradient ?? 0,
      nth(this.#scratch, this.#runtime.rank),
    );
  }
}

export const linear: Room<"linear"> = { plan: (context) => new Linear(context) };
