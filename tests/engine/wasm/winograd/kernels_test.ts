import { deepEqual, equal, ok } from "node:assert/strict";
import { drawMany, Stream, toUnit } from "../../../../engine/streams.ts";
import { ModuleBuilder } from "../../../../engine/wasm/assembler.ts";
import { type ConvShape, LANES, PAGE_BYTES, type Plane, sliceBytes } from "../../../../engine/wasm/layout.ts";
import { CHANNEL_RECORD } from "../../../../engine/wasm/ops/batch_norm_channel.ts";
import { winogradKernels } from "../../../../engine/wasm/winograd/kernels.ts";
import { planWinograd } from "../../../../engine/wasm/winograd/plan.ts";
import { type Tile, TILES } from "../../../../engine/wasm/winograd/tiles.ts";

/**
 * Of a tensor's norm. A transform adds up to 16 float32 and the products up to a few hundred, so rounding (6e-8
 * each, of either sign) comes to about 5e-7; one wrong tile is at least a hundred times that.
 */
const TOLERANCE = 2e-6;

const shape = (
  inputs: number,
  outputs: number,
  [height, width]: readonly [number, number],
  padding = 0,
): ConvShape => ({ inputs, outputs, height, width, kernel: 3, padding });

const SHAPES: readonly ConvShape[] = [
  shape(1, 1, [3, 3]),
  shape(2, 7, [6, 6]),
  shape(3, 5, [7, 7]),
  shape(4, 1, [4, 9]),
  shape(5, 11, [9, 4], 1),
  shape(7, 2, [1, 1], 2),
  shape(9, 3, [5, 8], 2),
  shape(6, 13, [3, 31]),
  shape(11, 6, [28, 5], 1),
  shape(17, 19, [8, 8], 1),
];

const CANARY = 1234.5;

/** Everything of a convolution in one memory, with canaries between the areas. */
class Convolution {
  readonly plan;
  readonly #f32: Float32Array;
  readonly #places = new Map<string, { address: number; floats: number }>();
  /** What the kernels are told behind the input. */
  readonly #records: readonly string[];
  readonly #kernels: Record<string, (...addresses: number[]) => void>;

  constructor(
    readonly shape: ConvShape,
    { tile, ...options }: {
      tile?: Tile;
      wide?: boolean;
      inputGradient?: boolean;
      normalizes?: boolean;
    } = {},
  ) {
    this.#records = options.normalizes ? ["records"] : [];
    const plan = this.plan = planWinograd(shape, tile);
    const module = new ModuleBuilder();
    winogradKernels(module, "conv", plan, options);
    const weights = shape.inputs * shape.outputs * 9;
    const floats = {
      input: sliceBytes(plan.input) / 4,
      records: CHANNEL_RECORD.size * shape.inputs,
      weight: weights,
      u: plan.transformedWeights,
      output: sliceBytes(plan.output) / 4,
      dOutput: sliceBytes(plan.output) / 4,
      sliceGradient: plan.weightGradients,
      dWeight: weights,
      dInput: sliceBytes(plan.input) / 4,
      scratch: plan.scratchBytes / 4,
    };
    let end = 64;
    for (const [name, count] of Object.entries(floats)) {
      this.#places.set(name, { address: end, floats: count });
      end = 64 * Math.ceil((end + 4 * count + 4) / 64); // room for a canary
    }
    const pages = Math.ceil(end / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#f32 = new Float32Array(memory.buffer).fill(CANARY);
    // what is written may hold anything, but for the surplus of planes that are read
    this.floats("input").fill(0);
    this.floats("dOutput").fill(0);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(pages)), {
      env: { memory },
    });
    this.#kernels = instance.exports as Record<string, (...addresses: number[]) => void>;
  }

  #address(name: string): number {
    return this.#places.get(name)!.address;
  }

  floats(name: string): Float32Array {
    const { address, floats } = this.#places.get(name)!;
    return this.#f32.subarray(address / 4, address / 4 + floats);
  }

  /** Runs a kernel on the named areas. */
  run(kernel: string, ...names: string[]): void {
    this.#kernels[`conv.${kernel}`](...names.map((name) => this.#address(name)));
  }

  forward(): void {
    this.run("pack", "weight", "u");
    this.run("forward", "input", ...this.#records, "u", "output", "scratch");
  }

  backward(): void {
    this.run("backward", "input", ...this.#records, "dOutput", "u", "sliceGradient", "dInput", "scratch");
    this.run("unpack", "sliceGradient", "dWeight");
  }

  assertCanariesIntact(): void {
    const areas = [...this.#places.values()].toSorted((a, b) => a.address - b.address);
    let end = 0;
    for (const { address, floats } of areas) {
      ok(
        this.#f32.subarray(end, address / 4).every((value) => value === CANARY),
        `written before ${address}`,
      );
      end = address / 4 + floats;
    }
    ok(this.#f32.subarray(end).every((value) => value === CANARY), "written behind the last area");
  }
}

/** Index of (c, i, j, lane) of the image in a plane, `i` and `j` from −border on. */
const placeIn = (plane: Plane, c: number, i: number, j: number, lane: number): number =>
  ((c * plane.rows + i + plane.border) * plane.columns + j + plane.border) * LANES + lane;

/** Runs over the image inside a plane: `visit(c, i, j, lane)`. */
function forEachInImage(plane: Plane, visit: (c: number, i: number, j: number, lane: number) => void): void {
  for (let c = 0; c < plane.channels; c++) {
    for (let i = 0; i < plane.height; i++) {
      for (let j = 0; j < plane.width; j++) {
        for (let lane = 0; lane < LANES; lane++) visit(c, i, j, lane);
      }
    }
  }
}

/** Fills input, weights and dOutput from U(−½, ½). */
function fillRandomly(convolution: Convolution): void {
  const { plan } = convolution;
  let index = 0;
  const draws = (count: number) => {
    const words = new Uint32Array(count);
    drawMany({ seed: 3, stream: Stream.augmentation, index: index++ }, words);
    return Float32Array.from(words, (word) => toUnit(word) - 0.5);
  };
  for (const [name, plane] of [["input", plan.input], ["dOutput", plan.output]] as const) {
    const values = draws(plane.channels * plane.height * plane.width * LANES), to = convolution.floats(name);
    let n = 0;
    forEachInImage(plane, (c, i, j, lane) => to[placeIn(plane, c, i, j, lane)] = values[n++]);
  }
  convolution.floats("weight").set(draws(convolution.floats("weight").length));
}

/** By the definition, in float64: y, dInput (in planes like the kernels') and dWeight. */
function direct({ plan, shape, floats }: { plan: Convolution["plan"] } & Pick<Convolution, "shape"> & {
  floats: (name: string) => Float32Array;
}) {
  const { inputs: C, padding } = shape;
  const input = floats("input"), weight = floats("weight"), dOutput = floats("dOutput");
  const y = new Float64Array(dOutput.length), dInput = new Float64Array(input.length);
  const dWeight = new Float64Array(weight.length);
  forEachInImage(plan.output, (k, i, j, lane) => {
    const o = placeIn(plan.output, k, i, j, lane);
    for (let c = 0; c < C; c++) {
      for (let tap = 0; tap < 9; tap++) {
        const w = (k * C + c) * 9 + tap;
        const x = placeIn(plan.input, c, i + Math.floor(tap / 3) - padding, j + tap % 3 - padding, lane);
        y[o] += input[x] * weight[w];
        dInput[x] += dOutput[o] * weight[w];
        dWeight[w] += dOutput[o] * input[x];
      }
    }
  });
  return { y, dInput, dWeight };
}

/** The image's values in a plane. */
function imageOf(plane: Plane, values: Float32Array | Float64Array): number[] {
  const image: number[] = [];
  forEachInImage(plane, (c, i, j, lane) => image.push(values[placeIn(plane, c, i, j, lane)]));
  return image;
}

function assertClose(what: string, got: ArrayLike<number>, expected: ArrayLike<number>): void {
  equal(got.length, expected.length);
  const norm = (values: Iterable<number>) => Math.hypot(...values);
  const reference = Array.from(expected);
  const error = norm(reference.map((value, i) => got[i] - value)) / norm(reference);
  ok(error <= TOLERANCE, `${what}: error ${error} of the norm`);
}

for (const tile of TILES) {
  for (const shape of SHAPES) {
    const { inputs, outputs, height, width, padding } = shape, m = tile.outputs;
    const name =
      `${inputs} to ${outputs} channels of ${height}×${width}, padding ${padding}, F(${m}×${m},3×3)`;

    Deno.test(`winogradKernels() follow the definition: ${name}`, () => {
      const convolution = new Convolution(shape, { tile }), { plan } = convolution;
      fillRandomly(convolution);
      const floats = (name: string) => convolution.floats(name);
      const expected = direct({ plan, shape, floats });
      convolution.forward();
      convolution.backward();
      assertClose("y", imageOf(plan.output, floats("output")), imageOf(plan.output, expected.y));
      assertClose("dWeight", floats("dWeight"), expected.dWeight);
      assertClose("dInput", imageOf(plan.input, floats("dInput")), imageOf(plan.input, expected.dInput));
      convolution.assertCanariesIntact();

      // a second run over what the first has left, and the other blocking, give the same bits
      const results = ["output", "dWeight", "dInput"].map((name) => floats(name).slice());
      convolution.forward();
      convolution.backward();
      deepEqual(["output", "dWeight", "dInput"].map((name) => floats(name).slice()), results);
      const wide = new Convolution(shape, { tile, wide: true });
      fillRandomly(wide);
      wide.forward();
      wide.backward();
      deepEqual(["output", "dWeight", "dInput"].map((name) => wide.floats(name).slice()), results);
      wide.assertCanariesIntact();
    });
  }
}

Deno.test("winogradKernels() without an input gradient leave dInput alone", () => {
  const shape = SHAPES[2], convolution = new Convolution(shape, { inputGradient: false });
  const { plan } = convolution;
  fillRandomly(convolution);
  convolution.forward();
  convolution.backward();
  ok(convolution.floats("dInput").every((value) => value === CANARY));
  const expected = direct({ plan, shape, floats: (name) => convolution.floats(name) });
  assertClose("dWeight", convolution.floats("dWeight"), expected.dWeight);
});

Deno.test("winogradKernels() that normalize have the bits of those that read what is normalized", () => {
  for (const shape of SHAPES.filter(({ padding }) => padding === 0)) {
    const [plain, normalizing] = [false, true].map((normalizes) => {
      const convolution = new Convolution(shape, { normalizes });
      fillRandomly(convolution);
      return convolution;
    });
    const x = plain.floats("input"), records = normalizing.floats("records"), { input: plane } = plain.plan;
    // a power of two: the product is exact, and what JavaScript rounds is what is rounded there
    const scaleOf = (c: number) => (c % 2 === 0 ? 1 : -1) * 2 ** (c % 3),
      shiftOf = (c: number) => (c % 4) / 10;
    for (let c = 0; c < shape.inputs; c++) {
      records[CHANNEL_RECORD.size * c + CHANNEL_RECORD.scale] = scaleOf(c);
      records[CHANNEL_RECORD.size * c + CHANNEL_RECORD.shift] = shiftOf(c);
    }
    forEachInImage(plane, (c, i, j, lane) => {
      const at = placeIn(plane, c, i, j, lane);
      x[at] = Math.max(0, Math.fround(scaleOf(c) * x[at] + Math.fround(shiftOf(c))));
    });
    for (const convolution of [plain, normalizing]) {
      convolution.forward();
      convolution.backward();
      convolution.assertCanariesIntact();
    }
    for (const name of ["output", "dWeight", "dInput"]) {
      deepEqual(normalizing.floats(name), plain.floats(name), name);
    }
  }
});
