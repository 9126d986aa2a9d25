/**
 * Normalization of each example over blocks of its channels: what group norm, layer norm and instance norm share. For
 * one slice of eight examples, which are in the lanes, so that nobody has to meet.
 *
 *   x̂ = (x − mean) / σ      y = γ·x̂ + β      σ = √(variance + epsilon), the variance divided by the number of elements M
 *   dx = (γ·dy − Σ(γ·dy)/M − x̂·Σ(γ·dy·x̂)/M) / σ      dγ = Σ dy·x̂      dβ = Σ dy
 *
 * γ and β by channel, by element, or 1 and 0. x, mean and 1/σ are kept for the backward pass; the mean is subtracted
 * before deviations are squared, so that nothing cancels. Lanes that hold no example are masked out of dγ and dβ.
 *
 * Order of sums: positions row by row, channel after channel, alternating over two partial sums for each lane, which
 * are added in turn; γ·dy and γ·dy·x̂ by channel first where γ is by channel. Over examples: the two halves, then the
 * four lanes as (0 + 2) + (1 + 3); slices in order.
 *
 * @module
 */
import {
  advance,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  loadPair,
  type Local,
  type Pair,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "./assembler.ts";
import { GradientShares } from "./gradient_shares.ts";
import { channelBytes, type Plane, POSITION_BYTES } from "./layout.ts";
import {
  type Area,
  type BoundOperation,
  type FeatureMap,
  type NodeContext,
  nth,
  type ParameterPlace,
  type Runtime,
  SLICE_RECORD,
  type Step,
} from "./operation.ts";
import { forEachPosition, type PlanePointer, toImage } from "./planes.ts";
import { storeLaneSums } from "./reduction.ts";

/** The layers that normalize each example on its own. */
type ExampleNormName = "groupNorm" | "layerNorm" | "instanceNorm";

/** What γ and β are given for. */
type Affine = "channel" | "element" | "none";

/** What is normalized together, and by what it is scaled. */
export interface ExampleNormPlan {
  readonly input: Plane;
  readonly output: Plane;
  /** Blocks of channels. */
  readonly groups: number;
  readonly epsilon: number;
  readonly affine: Affine;
}

/** Partial sums for each lane. */
const CHAINS = 2;

/** Elements of γ whose gradients are summed over the lanes together: a multiple of `CHAINS`. */
const SHARED_ELEMENTS = 4;

/** Bytes of a group's mean and 1/σ in each lane. */
const MOMENTS_BYTES = 2 * POSITION_BYTES;

const { add, sub, mul, div, neg, madd, sqrt } = f32x4;

const clear = (pairs: readonly Pair[]): Stmt => pairs.flatMap((pair) => setPair(pair, () => v128.zero));

/** Adds up partial sums in the first. */
const gather = ([first, ...others]: readonly Pair[]): Stmt =>
  others.flatMap((other) => setPair(first, (h) => add(get(first[h]), get(other[h]))));

/**
 * Runs over the channels of one group: `body` finds copies of the pointers at the channel's image, which it may move.
 * The pointers themselves stay.
 */
function forEachChannelOfGroup(
  f: FunctionBuilder,
  channels: number,
  pointers: readonly PlanePointer[],
  body: (here: readonly PlanePointer[]) => Stmt[],
): Stmt {
  const channel = f.local(I32);
  const starts = pointers.map(({ plane }) => ({ local: f.local(I32), plane }));
  const here = pointers.map(({ plane }) => ({ local: f.local(I32), plane }));
  return [
    ...starts.flatMap(({ local }, i) => set(local, get(pointers[i].local))),
    ...repeat(
      channel,
      channels,
      ...here.map(({ local }, i) => set(local, get(starts[i].local))),
      ...body(here),
      ...starts.map(({ local, plane }) => advance(local, channelBytes(plane))),
    ),
  ];
}

/** Runs over all groups; the pointers start at the planes' beginning and are at the group's image in `body`. */
function forEachGroup(
  f: FunctionBuilder,
  { groups }: ExampleNormPlan,
  pointers: readonly PlanePointer[],
  body: Stmt[],
): Stmt {
  const group = f.local(I32);
  return [
    ...pointers.flatMap(toImage),
    ...repeat(
      group,
      groups,
      ...body,
      ...pointers.map(({ local, plane }) => advance(local, plane.channels / groups * channelBytes(plane))),
    ),
  ];
}

/** `name.forward(input, output, moments)`, with `weight` and `bias` after `input` where there are some. */
function forward(f: FunctionBuilder, plan: ExampleNormPlan): void {
  const { input: from, output: to, groups, affine } = plan, channels = from.channels / groups;
  const [input, output, moments] = ["input", "output", "moments"].map((p) => f.parameter(p));
  const [weight, bias] = affine === "none" ? [] : ["weight", "bias"].map((p) => f.parameter(p));
  const sums = f.pairs(CHAINS), mean = f.pair(), inverse = f.pair(), value = f.pair(), scale = f.pair();
  const shift = f.local(V128), factor = f.local(V128);
  const count = f32x4.const(channels * from.height * from.width);
  const source = { local: input, plane: from }, target = { local: output, plane: to };
  const overGroup = (body: (at: Local, offset: number, chain: number) => Stmt): Stmt[] => [
    clear(sums),
    forEachChannelOfGroup(f, channels, [source], ([{ local, plane }]) => [
      forEachPosition(
        f,
        { ...from, unrolled: CHAINS },
        [{ local, plane }],
        (offset, chain) => body(local, offset, chain),
      ),
    ]),
    gather(sums),
  ];
  const deviation = (at: Local, offset: number): Stmt =>
    setPair(value, (h, half) => sub(v128.load(get(at), offset + half), get(mean[h])));
  const one = f32x4.const(1);
  f.emit(forEachGroup(f, plan, [source, target], [
    ...overGroup((at, offset, chain) =>
      setPair(sums[chain], (h, half) => add(get(sums[chain][h]), v128.load(get(at), offset + half)))
    ),
    setPair(mean, (h) => div(get(sums[0][h]), count)),
    ...overGroup((at, offset, chain) => [
      ...deviation(at, offset),
      ...setPair(sums[chain], (h) => madd(get(value[h]), get(value[h]), get(sums[chain][h]))),
    ]),
    setPair(inverse, (h) => div(one, sqrt(add(div(get(sums[0][h]), count), f32x4.const(plan.epsilon))))),
    storePair(get(moments), mean),
    storePair(get(moments), inverse, POSITION_BYTES),
    advance(moments, MOMENTS_BYTES),
    forEachChannelOfGroup(f, channels, [source, target], (here) => {
      const [at, out] = here.map(({ local }) => local);
      const write = (y: (h: 0 | 1) => readonly number[]) => (offset: number): Stmt => [
        ...deviation(at, offset),
        ...setPair(value, y),
        ...storePair(get(out), value, offset),
      ];
      if (affine === "none") {
        return [forEachPosition(f, from, here, write((h) => mul(get(value[h]), get(inverse[h]))))];
      }
      if (affine === "channel") {
        return [
          set(factor, v128.load32Splat(get(weight))),
          set(shift, v128.load32Splat(get(bias))),
          setPair(scale, (h) => mul(get(inverse[h]), get(factor))),
          forEachPosition(f, from, here, write((h) => madd(get(value[h]), get(scale[h]), get(shift)))),
          advance(weight, 4),
          advance(bias, 4),
        ];
      }
      const element = write((h) => madd(mul(get(value[h]), get(inverse[h])), get(factor), get(shift)));
      return [
        forEachPosition(f, from, here, (offset) => [
          ...set(factor, v128.load32Splat(get(weight))),
          ...set(shift, v128.load32Splat(get(bias))),
          ...element(offset),
          ...advance(weight, 4),
          ...advance(bias, 4),
        ]),
      ];
    }),
  ]));
}

/**
 * `name.backward(input, dOutput, moments, dInput)`, with `weight, dWeight, dBias, mask, scratch` behind where there
 * is an affine part: the slice's shares.
 */
function backward(f: FunctionBuilder, plan: ExampleNormPlan): void {
  const { input: from, output: to, groups, affine } = plan, channels = from.channels / groups;
  const [input, dOutput, moments, dInput] = ["input", "dOutput", "moments", "dInput"].map((p) =>
    f.parameter(p)
  );
  const first = f.pairs(CHAINS), second = f.pairs(CHAINS), mean = f.pair(), inverse = f.pair();
  const gradient = f.pair(), value = f.pair(), total = f.pair(), totalDeviation = f.pair();
  const a = f.pair(), b = f.pair(), c = f.pair(), mask = f.pair(), factor = f.local(V128);
  const count = f32x4.const(channels * from.height * from.width);
  const source = { local: input, plane: from }, above = { local: dOutput, plane: to };
  const target = { local: dInput, plane: from };
  const affineParameters = affine === "none"
    ? undefined
    : ["weight", "dWeight", "dBias", "mask", "scratch"].map((p) => f.parameter(p));

  /** Loads x − mean and dy. */
  const load = (at: Local, gradientAt: Local, offset: number): Stmt => [
    ...setPair(value, (h, half) => sub(v128.load(get(at), offset + half), get(mean[h]))),
    ...loadPair(gradient, get(gradientAt), offset),
  ];
  /** Adds `gradient` and `gradient`·(x − mean) to the sums. */
  const accumulate = (chain: number): Stmt => [
    ...setPair(first[chain], (h) => add(get(first[chain][h]), get(gradient[h]))),
    ...setPair(second[chain], (h) => madd(get(gradient[h]), get(value[h]), get(second[chain][h]))),
  ];
  /** Puts dy·x̂ and dy, summed over positions, which are in a and b, into the scratch as those of its i-th element. */
  const note = (scratch: Local, i: number): Stmt[] => [
    setPair(a, (h) => v128.and(get(a[h]), get(mask[h]))),
    storePair(get(scratch), a, i * POSITION_BYTES),
    setPair(b, (h) => v128.and(get(b[h]), get(mask[h]))),
    storePair(get(scratch), b, (SHARED_ELEMENTS + i) * POSITION_BYTES),
  ];
  /** Stores the shares of `count` elements that have been noted. */
  const share = (weightShare: Local, biasShare: Local, scratch: Local, count: number): Stmt[] => {
    const places = Array.from({ length: count }, (_, i) => 4 * i);
    return [
      ...storeLaneSums(f, scratch, weightShare, places),
      ...storeLaneSums(f, scratch, biasShare, places, SHARED_ELEMENTS * POSITION_BYTES),
      advance(weightShare, 4 * count),
      advance(biasShare, 4 * count),
    ];
  };
  /** What a group's channels add to Σ γ·dy in `total` and Σ γ·dy·(x − mean) in `totalDeviation`. */
  const sums = (): Stmt[] => {
    if (affineParameters === undefined || affine === "element") {
      return [
        clear(first),
        clear(second),
        forEachChannelOfGroup(f, channels, [source, above], (here) => {
          const [at, gradientAt] = here.map(({ local }) => local);
          return [forEachPosition(f, { ...from, unrolled: SHARED_ELEMENTS }, here, (offset, i, isLast) => {
            if (affineParameters === undefined) {
              return [...load(at, gradientAt, offset), ...accumulate(i % CHAINS)];
            }
            const [, weightShare, biasShare, , scratch] = affineParameters;
            return [
              load(at, gradientAt, offset),
              setPair(a, (h) => mul(mul(get(gradient[h]), get(value[h])), get(inverse[h]))),
              setPair(b, (h) => get(gradient[h])),
              ...note(scratch, i),
              ...(isLast ? share(weightShare, biasShare, scratch, i + 1) : []),
              set(factor, v128.load32Splat(get(weightAt))),
              advance(weightAt, 4),
              setPair(gradient, (h) => mul(get(gradient[h]), get(factor))),
              accumulate(i % CHAINS),
            ].flat();
          })];
        }),
        gather(first),
        gather(second),
        setPair(total, (h) => get(first[0][h])),
        setPair(totalDeviation, (h) => get(second[0][h])),
      ];
    }
    const [, weightShare, biasShare, , scratch] = affineParameters;
    return [
      clear([total, totalDeviation]),
      forEachChannelOfGroup(f, channels, [source, above], (here) => {
        const [at, gradientAt] = here.map(({ local }) => local);
        return [
          clear(first),
          clear(second),
          forEachPosition(f, { ...from, unrolled: CHAINS }, here, (offset, chain) => [
            ...load(at, gradientAt, offset),
            ...accumulate(chain),
          ]),
          gather(first),
          gather(second),
          set(factor, v128.load32Splat(get(weightAt))),
          advance(weightAt, 4),
          setPair(total, (h) => madd(get(factor), get(first[0][h]), get(total[h]))),
          setPair(totalDeviation, (h) => madd(get(factor), get(second[0][h]), get(totalDeviation[h]))),
          setPair(a, (h) => mul(get(second[0][h]), get(inverse[h]))),
          setPair(b, (h) => get(first[0][h])),
          ...note(scratch, 0),
          ...share(weightShare, biasShare, scratch, 1),
        ];
      }),
    ];
  };
  /** Where γ of the group begins, and where it is read. */
  const weightGroup = f.local(I32), weightAt = f.local(I32);
  const writes = forEachChannelOfGroup(f, channels, [source, above, target], (here) => {
    const [at, gradientAt, out] = here.map(({ local }) => local);
    const write = (offset: number): Stmt => [
      ...load(at, gradientAt, offset),
      ...setPair(value, (h) => madd(get(gradient[h]), get(a[h]), madd(get(value[h]), get(b[h]), get(c[h])))),
      ...storePair(get(out), value, offset),
    ];
    if (affine !== "element") {
      return [
        ...(affine === "none" ? [] : [
          set(factor, v128.load32Splat(get(weightAt))),
          advance(weightAt, 4),
          setPair(a, (h) => mul(get(inverse[h]), get(factor))),
        ]),
        forEachPosition(f, from, here, write),
      ];
    }
    return [forEachPosition(f, from, here, (offset) => [
      ...set(factor, v128.load32Splat(get(weightAt))),
      ...advance(weightAt, 4),
      ...setPair(a, (h) => mul(get(inverse[h]), get(factor))),
      ...write(offset),
    ])];
  });
  const rewind = affineParameters === undefined ? [] : set(weightAt, get(weightGroup));
  f.emit(
    ...(affineParameters === undefined
      ? []
      : [set(weightGroup, get(affineParameters[0])), loadPair(mask, get(affineParameters[3]))]),
    forEachGroup(f, plan, [source, above, target], [
      loadPair(mean, get(moments)),
      loadPair(inverse, get(moments), POSITION_BYTES),
      advance(moments, MOMENTS_BYTES),
      rewind,
      ...sums(),
      // dx = a·dy + b·(x − mean) + c
      setPair(a, (h) => get(inverse[h])),
      setPair(
        b,
        (h) =>
          div(
            mul(mul(get(inverse[h]), get(inverse[h])), mul(get(inverse[h]), get(totalDeviation[h]))),
            count,
          ),
      ),
      setPair(b, (h) => neg(get(b[h]))),
      setPair(c, (h) => neg(div(mul(get(inverse[h]), get(total[h])), count))),
      rewind,
      writes,
      set(weightGroup, get(weightAt)),
    ]),
  );
}

/** A layer that normalizes each example on its own. */
export class ExampleNorm implements BoundOperation {
  readonly #name: string;
  readonly #input: FeatureMap;
  readonly #output: FeatureMap;
  readonly #affine: { readonly weight: ParameterPlace; readonly bias: ParameterPlace } | undefined;
  readonly #weightShares: GradientShares | undefined;
  readonly #biasShares: GradientShares | undefined;
  readonly #moments: Area;
  readonly #scratch: Area;
  readonly #sliceRecords: Area;
  #runtime!: Runtime;

  constructor(
    { planner, name, inputs, output, tensors, sliceRecords }: Omit<NodeContext<ExampleNormName>, "operation">,
    { groups, epsilon, affine }: Pick<ExampleNormPlan, "groups" | "epsilon" | "affine">,
  ) {
    this.#name = name;
    [this.#input] = inputs;
    this.#output = output;
    this.#sliceRecords = sliceRecords;
    if (affine !== "none") {
      const { weight, bias } = tensors;
      this.#affine = { weight, bias };
      this.#weightShares = new GradientShares(planner, weight);
      this.#biasShares = new GradientShares(planner, bias);
    }
    this.#moments = planner.perSlice(groups * MOMENTS_BYTES);
    this.#scratch = planner.perWorker(2 * SHARED_ELEMENTS * POSITION_BYTES);
    const plan = { input: this.#input.plane, output: output.plane, groups, epsilon, affine };
    const withAffine = (names: string[]) => affine === "none" ? [] : names;
    planner.module.function(
      `${name}.forward`,
      ["input", ...withAffine(["weight", "bias"]), "output", "moments"],
      (f) => forward(f, plan),
    );
    planner.module.function(
      `${name}.backward`,
      [
        "input",
        "dOutput",
        "moments",
        "dInput",
        ...withAffine(["weight", "dWeight", "dBias", "mask", "scratch"]),
      ],
      (f) => backward(f, plan),
    );
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    const affine = this.#affine;
    this.#runtime.kernels[`${this.#name}.forward`](
      nth(this.#input.value, slice),
      ...(affine === undefined ? [] : [affine.weight.value, affine.bias.value]),
      nth(this.#output.value, slice),
      nth(this.#moments, slice),
    );
  }

  backward(slice: number): void {
    const affine = this.#affine;
    this.#runtime.kernels[`${this.#name}.backward`](
      nth(this.#input.value, slice),
      nth(this.#output.gradient, slice),
      nth(this.#moments, slice),
      nth(this.#input.gradient, slice),
      ...(affine === undefined ? [] : [
        affine.weight.value,
        this.#weightShares!.at(slice),
        this.#biasShares!.at(slice),
        nth(this.#sliceRecords, slice) + SLICE_RECORD.mask,
        nth(this.#scratch, this.#runtime.rank),
      ]),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }

  reduce(step: Step): void {
    this.#weightShares?.reduce(this.#runtime, step);
    this.#biasShares?.reduce(this.#runtime, step);
  }
}
