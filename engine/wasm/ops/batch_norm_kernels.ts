/**
 * Batch norm for one slice of eight examples, with a ReLU in front of it or behind it and a 2×2 max-pool at the end,
 * where the network has them: one pass over the map each for statistics, values, sums and gradient, whatever is there.
 *
 *   r = y, or max(y, 0)     z = scale·r + shift     a = z, or max(z, 0)     out = a, or its maximum over 2×2 windows
 *   dz = dOut where a > 0 (pooled: at the window's maximum, see `batch_norm_windows.ts`), else 0
 *   dr = γ/σ · (dz − Σdz/M − r̂·Σ(dz·r̂)/M)     r̂ = (r − mean)/σ     dy = dr, or dr where y > 0
 *
 * Nothing but y, and r of the windows' maxima, is kept for the backward pass: r, z, the masks and the maximum's place
 * are computed again. The sums go over many slices, so each pass is in two parts with a meeting of all slices between them: see `batch_norm.ts`.
 * Constants of a channel are a record of eight values (`CHANNEL_RECORD`), each a float32 for all examples or, with the
 * lanes apart, one for each of the eight.
 *
 * y `[K,rows,columns,8]`; lanes of a partial slice that hold no example are masked out of the statistics and of dy,
 * and their dOut is 0.
 * Order of sums: positions row by row, in turn into `CHAINS` partial sums for each lane, from the first anew with each
 * row, which are added in order; then, unless the lanes are apart, the two halves and the
 * four lanes as (0 + 2) + (1 + 3).
 * Source: Ioffe and Szegedy (2015), arXiv:1502.03167; PyTorch's BatchNorm2d.
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
  type ModuleBuilder,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import { SLICE_RECORD } from "../operation.ts";
import { forEachChannel, forEachPosition } from "../planes.ts";
import {
  type BatchNormPlan,
  CHANNEL_RECORD,
  clear,
  type Constant,
  constant,
  maskedConstant,
  recordBytes,
  rectify,
  total,
  valueBytes,
} from "./batch_norm_channel.ts";
import { forwardWindows, gradientWindows, keptPlane, type WriteGradient } from "./batch_norm_windows.ts";

const { add, sub, mul, madd, pmax, gt } = f32x4;

/** Independent partial sums per half: enough to hide the latency of an addition. */
const CHAINS = 4;

/** Positions in one round of a loop that does not sum. */
const UNROLLED = 4;

/**
 * `name.statistics(y, slice, out, scratch)`: for each channel the mean of the slice and the sum of squared
 * deviations from it. Two passes, so that nothing cancels; the second finds the channel in the cache. With the lanes
 * apart, of each example.
 */
function statistics(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, lanes } = plan, { height, width } = input;
  const [y, slice, out, scratch] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), mask = f.pair(), value = f.pair(), count = f.local(V128);
  const mean = constant(f, lanes), sums = f.pairs(CHAINS);
  const all = total(lanes, sums, { scratch, mask });
  const positions = f32x4.const(height * width);
  const overImage = (start: Local, body: (offset: number, chain: number) => Stmt): Stmt => [
    ...clear(sums),
    ...set(at, get(start)),
    ...forEachPosition(f, { height, width, unrolled: CHAINS }, [{ local: at, plane: input }], body),
    ...all.store,
  ];
  const load = (offset: number) => rectify(plan, v128.load(get(at), offset));
  f.emit(
    loadPair(mask, get(slice)),
    set(
      count,
      lanes === "together" ? mul(v128.load32Splat(get(slice), SLICE_RECORD.examples), positions) : positions,
    ),
    forEachChannel(f, input.channels, [{ local: y, plane: input }], ([{ local: start }]) => [
      ...overImage(
        start,
        (offset, chain) => setPair(sums[chain], (h, half) => add(get(sums[chain][h]), load(offset + half))),
      ),
      ...mean.set((h) => f32x4.div(all.value(h), get(count))),
      ...overImage(start, (offset, chain) => [
        ...setPair(value, (h, half) => sub(load(offset + half), mean.get(h))),
        ...setPair(sums[chain], (h) => madd(get(value[h]), get(value[h]), get(sums[chain][h]))),
      ]),
      ...mean.write(out, 0),
      ...all.write(out, 1),
      ...advance(out, 2 * valueBytes(lanes)),
    ]),
  );
}

/** `name.forward(y, records, out)`, and with a pool `kept` behind `out`. */
function forward(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output, lanes } = plan, { height, width } = output;
  const [y, records, out, kept] = f.parameters.map((p) => f.parameter(p));
  const scale = constant(f, lanes), shift = constant(f, lanes);
  const zero = f.local(V128), value = f.pair();
  const body = (from: Local, to: Local): Stmt =>
    forEachPosition(
      f,
      { height, width, unrolled: UNROLLED },
      [{ local: from, plane: input }, { local: to, plane: output }],
      (offset) => [
        ...setPair(value, (h, half) => {
          const z = madd(rectify(plan, v128.load(get(from), offset + half)), scale.get(h), shift.get(h));
          return plan.reluAfter ? pmax(z, get(zero)) : z;
        }),
        ...storePair(get(to), value, offset),
      ],
    );
  const pointers = [
    { local: y, plane: input },
    { local: out, plane: output },
    ...(plan.pool ? [{ local: kept, plane: keptPlane(plan) }] : []),
  ];
  f.emit(
    set(zero, v128.zero),
    forEachChannel(f, input.channels, pointers, ([{ local: from }, { local: to }, keptHere]) => [
      ...scale.load(records, CHANNEL_RECORD.scale),
      ...shift.load(records, CHANNEL_RECORD.shift),
      ...(plan.pool
        ? forwardWindows(f, plan, { from, to, kept: keptHere.local, records, scale, shift, zero })
        : body(from, to)),
      ...advance(records, recordBytes(lanes)),
    ]),
  );
}

/**
 * `name.sums(y, dOut, records, out, scratch)`: for each channel Σdz and Σ dz·(r − mean) of the slice; with a pool, of the
 * windows' maxima, whose r are in the place of y.
 */
function sums(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { output, lanes } = plan, { height, width } = output;
  const [y, dOut, records, out, scratch] = f.parameters.map((p) => f.parameter(p));
  const scale = constant(f, lanes), shift = constant(f, lanes), mean = constant(f, lanes);
  const zero = f.local(V128), r = f.pair(), dz = f.pair();
  const first = f.pairs(CHAINS), second = f.pairs(CHAINS);
  const totals = [total(lanes, first, { scratch }), total(lanes, second, { scratch, offset: 32 })];
  const pointers = [
    { local: y, plane: plan.pool ? keptPlane(plan) : plan.input },
    { local: dOut, plane: output },
  ];
  f.emit(
    set(zero, v128.zero),
    forEachChannel(f, output.channels, pointers, (here) => [
      ...scale.load(records, CHANNEL_RECORD.scale),
      ...shift.load(records, CHANNEL_RECORD.shift),
      ...mean.load(records, CHANNEL_RECORD.mean),
      ...clear([...first, ...second]),
      ...forEachPosition(f, { height, width, unrolled: CHAINS }, here, (offset, chain) => {
        const [at, from] = here.map(({ local }) => local);
        return [
          ...setPair(r, (_, half) => {
            const value = v128.load(get(at), offset + half);
            return plan.pool ? value : rectify(plan, value);
          }),
          ...setPair(
            dz,
            (h, half) =>
              gated(plan, v128.load(get(from), offset + half), get(r[h]), h, { scale, shift, zero }),
          ),
          ...setPair(first[chain], (h) => add(get(first[chain][h]), get(dz[h]))),
          ...setPair(
            second[chain],
            (h) => madd(sub(get(r[h]), mean.get(h)), get(dz[h]), get(second[chain][h])),
          ),
        ];
      }),
      ...totals.flatMap(({ store }) => store),
      ...totals.flatMap((each, i) => each.write(out, i)),
      ...advance(records, recordBytes(lanes)),
      ...advance(out, 2 * valueBytes(lanes)),
    ]),
  );
}

/** What decides whether the ReLU behind lets dOut through. */
interface Gate {
  readonly scale: Constant;
  readonly shift: Constant;
  readonly zero: Local;
}

/** `dOut` where the ReLU behind lets it through. */
function gated(
  { reluAfter }: BatchNormPlan,
  dOut: readonly number[],
  r: readonly number[],
  h: 0 | 1,
  { scale, shift, zero }: Gate,
): readonly number[] {
  return reluAfter ? v128.and(dOut, gt(madd(r, scale.get(h), shift.get(h)), get(zero))) : dOut;
}

/** `name.backward(y, dOut, records, slice, dy)`. */
function backward(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output, inputGradient, lanes } = plan, { height, width } = input;
  const [y, dOut, records, slice, dy] = f.parameters.map((p) => f.parameter(p));
  const zero = f.local(V128), mask = f.pair(), result = f.pair(), r = f.pair();
  const held = {
    scale: constant(f, lanes),
    shift: constant(f, lanes),
    mean: constant(f, lanes),
    a: constant(f, lanes),
    // nothing comes from lanes without an example: dz is 0 there too
    b: maskedConstant(f, lanes, mask),
    c: maskedConstant(f, lanes, mask),
  };
  const { scale, shift, mean, a, b, c } = held;
  /** Stores dy = a·dz + (b·(r − mean) + c), or without the first term. */
  const write: WriteGradient = (value, to, offset, dz) => [
    ...setPair(result, (h) => {
      const affine = madd(sub(get(value[h]), mean.get(h)), b.get(h), c.get(h));
      const dr = dz ? madd(dz(h), a.get(h), affine) : affine;
      return plan.reluBefore ? v128.and(dr, gt(get(value[h]), get(zero))) : dr;
    }),
    ...storePair(get(to), result, offset),
  ];
  const body = (at: Local, from: Local, to: Local): Stmt => {
    const pointers = [
      { local: at, plane: input },
      { local: from, plane: output },
      { local: to, plane: inputGradient },
    ];
    return forEachPosition(f, { height, width, unrolled: UNROLLED }, pointers, (offset) => [
      ...setPair(r, (_, half) => rectify(plan, v128.load(get(at), offset + half))),
      ...write(
        r,
        to,
        offset,
        (h) => gated(plan, v128.load(get(from), offset + 16 * h), get(r[h]), h, { scale, shift, zero }),
      ),
    ]);
  };
  const pointers = [
    { local: y, plane: input },
    { local: dOut, plane: output },
    { local: dy, plane: inputGradient },
  ];
  f.emit(
    set(zero, v128.zero),
    loadPair(mask, get(slice)),
    forEachChannel(f, input.channels, pointers, ([{ local: at }, { local: from }, { local: to }]) => [
      ...Object.entries(held).flatMap(([key, value]) =>
        value.load(records, CHANNEL_RECORD[key as keyof typeof held])
      ),
      ...(plan.pool
        ? gradientWindows(f, plan, { at, from, to, records, scale, shift, zero, write })
        : body(at, from, to)),
      ...advance(records, recordBytes(lanes)),
    ]),
  );
}

/** Adds `name.statistics`, `name.forward`, `name.sums` and `name.backward` to a module. */
export function batchNormKernels(module: ModuleBuilder, name: string, plan: BatchNormPlan): void {
  module.function(`${name}.statistics`, ["y", "slice", "out", "scratch"], (f) => statistics(f, plan));
  const kept = plan.pool ? ["kept"] : [];
  module.function(`${name}.forward`, ["y", "records", "out", ...kept], (f) => forward(f, plan));
  module.function(`${name}.sums`, ["y", "dOut", "records", "out", "scratch"], (f) => sums(f, plan));
  module.function(
    `${name}.backward`,
    ["y", "dOut", "records", "slice", "dy"],
    (f) => backward(f, plan),
  );
}
