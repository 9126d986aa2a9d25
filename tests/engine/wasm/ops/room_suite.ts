/**
 * Holds a room of the engine to the float64 reference of its operation, with the reference's own cases: forward,
 * backward and evaluation, in planes that suit the room and in planes that do not.
 *
 * @module
 */
import { deepEqual, ok } from "node:assert/strict";
import {
  buildGraph,
  type OperationName,
  type OperationOf,
  type TensorSpec,
} from "../../../../models/graph.ts";
import type { PlainLayer } from "../../../../models/layers/mod.ts";
import { elements, isMap, type Shape } from "../../../../models/shape.ts";
import { drawMany, Stream, toUnit } from "../../../../engine/streams.ts";
import { ModuleBuilder } from "../../../../engine/wasm/assembler.ts";
import {
  channelBytes,
  imageOffset,
  LANES,
  PAGE_BYTES,
  type Plane,
  POSITION_BYTES,
  rowBytes,
  sliceBytes,
} from "../../../../engine/wasm/layout.ts";
import {
  type Area,
  type FeatureMap,
  meets,
  nth,
  type ParameterPlace,
  Planner,
  type Room,
  SLICE_RECORD,
  type Step,
} from "../../../../engine/wasm/operation.ts";
import { reductionKernels } from "../../../../engine/wasm/reduction.ts";
import { REFERENCE_OPERATIONS } from "../../reference/ops/mod.ts";
import type { OperationCase, ReferenceOperation } from "../../reference/reference_operation.ts";
import { batchShape, type Tensor } from "../../reference/tensor.ts";

const SEED = 5, EPOCH = 3, ORDINAL = 2;

/** What lies around a room: planes of its neighbours' choosing. */
interface Neighbours {
  readonly name: string;
  /** Where the room has no plane of its own for its inputs. */
  input(shape: Shape): Plane;
  output(shape: Shape, suiting: Plane | undefined): Plane;
  readonly gradientSurplusIsZero: boolean;
}

/** A plane with so many rows and columns around the image. */
function bordered(shape: Shape, border: number, behind = border): Plane {
  const [channels, height, width] = isMap(shape) ? shape : [shape[0], 1, 1];
  return {
    channels,
    height,
    width,
    rows: border + height + behind,
    columns: border + width + behind,
    border,
  };
}

const NEIGHBOURS: readonly Neighbours[] = [
  {
    name: "planes that suit",
    input: (shape) => bordered(shape, 0),
    output: (shape, suiting) => suiting ?? bordered(shape, 0),
    gradientSurplusIsZero: true,
  },
  {
    name: "planes that suit, whose surplus others use",
    input: (shape) => bordered(shape, 0),
    output: (shape, suiting) => suiting ?? bordered(shape, 0),
    gradientSurplusIsZero: false,
  },
  {
    name: "tight planes",
    input: (shape) => bordered(shape, 0),
    output: (shape) => bordered(shape, 0),
    gradientSurplusIsZero: false,
  },
  {
    name: "larger planes",
    input: (shape) => isMap(shape) ? bordered(shape, 1, 2) : bordered(shape, 0),
    output: (shape) => isMap(shape) ? bordered(shape, 2, 3) : bordered(shape, 0),
    gradientSurplusIsZero: true,
  },
];

/** Numbers between −1 and 1, the same for the same name; multiples of `grain` where it is not 0. */
function draws(name: string, count: number, grain: number): Float32Array {
  const words = new Uint32Array(4 * Math.ceil(count / 4));
  const seed = [...name].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) >>> 0, 7);
  drawMany({ seed, stream: Stream.augmentation, index: 0 }, words);
  return Float32Array.from(words.subarray(0, count), (word) => {
    const value = 2 * toUnit(word) - 1;
    return grain === 0 ? value : Math.round(value / grain) * grain;
  });
}

/** Float indices of an example's elements within a slice's plane, in the order c, h, w. */
function placesOf(plane: Plane, lane: number): number[] {
  const places: number[] = [];
  for (let c = 0; c < plane.channels; c++) {
    for (let h = 0; h < plane.height; h++) {
      for (let w = 0; w < plane.width; w++) {
        places.push(
          (imageOffset(plane) + c * channelBytes(plane) + h * rowBytes(plane) + w * POSITION_BYTES) / 4 +
            lane,
        );
      }
    }
  }
  return places;
}

/** Differences up to `tolerance` of the reference's root mean square plus that of numbers of size 1. */
function isClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, what: string): void {
  deepEqual(got.length, want.length);
  let squares = 0, error = 0;
  for (let i = 0; i < want.length; i++) {
    squares += want[i] * want[i];
    // in this order a NaN is an error
    error = error >= Math.abs(got[i] - want[i]) ? error : Math.abs(got[i] - want[i]);
  }
  const size = 1 + Math.sqrt(squares / want.length);
  ok(error <= tolerance * size, `${what}: differs by ${error}, size ${size}`);
}

const referenceOf = <K extends OperationName>(kind: K): ReferenceOperation<K> =>
  REFERENCE_OPERATIONS[kind] as unknown as ReferenceOperation<K>;

/** What a case computes: as the graph has it, but for joins, which stand at the end of branches. */
function nodeOf<K extends OperationName>({ operation, inputs }: OperationCase<K>): {
  readonly operation: OperationOf<K>;
  readonly output: Shape;
  readonly tensors: Readonly<Record<string, TensorSpec>>;
} {
  const { kind } = operation as { readonly kind: OperationName };
  if (kind === "add" || kind === "concat") {
    const channels = kind === "add" ? inputs[0][0] : inputs.reduce((sum, [count]) => sum + count, 0);
    return {
      operation: operation as unknown as OperationOf<K>,
      output: [channels, ...inputs[0].slice(1)],
      tensors: {},
    };
  }
  const graph = buildGraph([operation as unknown as PlainLayer], { input: inputs[0] }), [node] = graph.nodes;
  return {
    operation: node.operation as OperationOf<K>,
    output: graph.values[node.output].shape,
    tensors: node.tensors,
  };
}

/** The plane of an output that takes its input's place, possibly under another shape. */
function inPlacePlane(plane: Plane, shape: Shape): Plane {
  const tight = bordered(shape, 0);
  const same = plane.channels === tight.channels && plane.height === tight.height &&
    plane.width === tight.width;
  return same ? plane : tight;
}

/** One case between some neighbours. */
class Trial<K extends OperationName> {
  readonly #reference: ReferenceOperation<K>;
  readonly #case: OperationCase<K>;
  readonly #operation: OperationOf<K>;
  readonly #slices: number;
  readonly #f32: Float32Array;
  readonly #i32: Int32Array;
  readonly #inputs: readonly FeatureMap[];
  readonly #output: FeatureMap;
  readonly #inputImage: boolean;
  readonly #isInPlace: boolean;
  readonly #places: Readonly<Record<string, ParameterPlace>>;
  readonly #tensors: Readonly<Record<string, Float64Array>>;
  readonly #room;
  readonly #records: Area;
  readonly #shapes: { readonly inputs: readonly Shape[]; readonly output: Shape };

  constructor(
    kind: K,
    room: Room<K>,
    each: OperationCase<K>,
    readonly neighbours: Neighbours,
    readonly options: Required<SuiteOptions>,
    wide: boolean,
  ) {
    this.#case = each;
    this.#reference = referenceOf(kind);
    const { operation, output, tensors } = nodeOf(each);
    this.#operation = operation;
    this.#shapes = { inputs: each.inputs, output };
    const module = new ModuleBuilder();
    reductionKernels(module);
    const slices = this.#slices = Math.ceil(each.examples / LANES);
    const planner = new Planner(module, slices, 1, wide);
    const [shape] = each.inputs, ownPlane = room.inputPlane?.(operation, shape);
    this.#inputImage = ownPlane === undefined;
    this.#isInPlace = room.inPlace ?? false;
    const map = (plane: Plane, flags: Pick<FeatureMap, "gradientSurplusIsZero">) => ({
      plane,
      value: planner.perSlice(sliceBytes(plane)),
      gradient: planner.perSlice(sliceBytes(plane)),
      ...flags,
    });
    this.#inputs = each.inputs.map((shape) =>
      map(ownPlane ?? neighbours.input(shape), {
        gradientSurplusIsZero: ownPlane === undefined,
      })
    );
    this.#output = room.inPlace
      ? { ...this.#inputs[0], plane: inPlacePlane(this.#inputs[0].plane, output) }
      : map(neighbours.output(this.#shapes.output, room.outputPlane?.(operation, shape)), neighbours);
    const pad = (length: number) => planner.allocate(16 * Math.ceil(length / 4));
    this.#places = Object.fromEntries(
      Object.entries(tensors).map(([role, { length, trained }]) => [role, {
        value: pad(length),
        gradient: trained ? pad(length) : 0,
        length,
      }]),
    );
    this.#records = planner.perSlice(SLICE_RECORD.bytes);
    this.#room = room.plan({
      planner,
      name: "room",
      label: "the layer",
      operation,
      inputs: this.#inputs,
      output: this.#output,
      inputShapes: each.inputs,
      outputShape: this.#shapes.output,
      tensors: this.#places,
      sliceRecords: this.#records,
      inputGradient: each.inputs.map(() => true),
      randomOrdinal: ORDINAL,
    });
    const pages = Math.ceil(planner.bytes / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#f32 = new Float32Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(pages)), {
      env: { memory },
    });
    this.#tensors = Object.fromEntries(
      Object.entries(this.#places).map(([role, place]) => {
        const values = draws(`${each.name} ${role}`, place.length, 0);
        // a variance is positive
        if (role === "running_var") values.forEach((x, i) => values[i] = Math.abs(x) + 0.5);
        this.#f32.set(values, place.value / 4);
        return [role, Float64Array.from(values)];
      }),
    );
    for (let slice = 0; slice < slices; slice++) {
      const record = nth(this.#records, slice), here = Math.min(LANES, each.examples - slice * LANES);
      for (let lane = 0; lane < LANES; lane++) {
        this.#i32[(record + SLICE_RECORD.mask) / 4 + lane] = lane < here ? -1 : 0;
        this.#i32[(record + SLICE_RECORD.indices) / 4 + lane] = lane < here
          ? this.#index(slice * LANES + lane)
          : 0;
      }
      this.#f32[(record + SLICE_RECORD.examples) / 4] = here;
    }
    const kernels = instance.exports as Record<string, (...addresses: number[]) => void>;
    this.#room.bind({ kernels, f32: this.#f32, i32: this.#i32, rank: 0 });
    this.#room.prepare?.();
  }

  /** Place of an example in the training set. */
  #index(example: number): number {
    return 11 + 7 * example;
  }

  #forEachSlice(run: (slice: number) => void): void {
    for (let slice = 0; slice < this.#slices; slice++) run(slice);
  }

  /** Fills whole planes; surplus that nobody may read holds NaN. */
  #fill(area: Area, plane: Plane, surplus: number): void {
    this.#forEachSlice((slice) => {
      const at = nth(area, slice) / 4;
      this.#f32.fill(surplus, at, at + sliceBytes(plane) / 4);
    });
  }

  /** Writes a batch; lanes without an example get `empty`. */
  #write(area: Area, plane: Plane, { data }: Tensor, empty: number): void {
    const size = plane.channels * plane.height * plane.width;
    this.#forEachSlice((slice) => {
      for (let lane = 0; lane < LANES; lane++) {
        const example = slice * LANES + lane, at = nth(area, slice) / 4;
        placesOf(plane, lane).forEach((place, i) =>
          this.#f32[at + place] = example < this.#case.examples ? data[example * size + i] : empty
        );
      }
    });
  }

  #read(area: Area, plane: Plane): Float32Array {
    const size = plane.channels * plane.height * plane.width, { examples } = this.#case;
    const data = new Float32Array(examples * size);
    for (let example = 0; example < examples; example++) {
      const at = nth(area, Math.floor(example / LANES)) / 4;
      placesOf(plane, example % LANES).forEach((place, i) =>
        data[example * size + i] = this.#f32[at + place]
      );
    }
    return data;
  }

  /** What is around the images of a plane is still `surplus`. */
  #isUntouched(area: Area, plane: Plane, surplus: number, what: string): void {
    this.#forEachSlice((slice) => {
      const at = nth(area, slice) / 4;
      const image = new Set(Array.from({ length: LANES }, (_, lane) => placesOf(plane, lane)).flat());
      for (let i = 0; i < sliceBytes(plane) / 4; i++) {
        if (!image.has(i)) ok(Object.is(this.#f32[at + i], surplus), `${what}: written around the image`);
      }
    });
  }

  #tensor(name: string, shape: Shape): Tensor {
    const { examples } = this.#case;
    return {
      shape: batchShape(examples, shape),
      data: Float64Array.from(
        draws(
          `${this.#case.name} ${name}`,
          examples * elements(shape),
          name.startsWith("input") ? this.options.grain : 0,
        ),
        (value) => value * (name.startsWith("input") ? this.options.scale : 1),
      ),
    };
  }

  /** Runs all passes; returns all that the room computed, in a fixed order. */
  run(): Float32Array[] {
    const results: Float32Array[] = [];
    const { examples, name } = this.#case, { tolerance } = this.options;
    const inputs = this.#shapes.inputs.map((shape, i) =>
      this.#tensor(i === 0 ? "input" : `input ${i}`, shape)
    );
    const dOutput = this.#tensor("dOutput", this.#shapes.output);
    // what the room and the reference see is the same
    for (const { data } of inputs) data.set(Float32Array.from(data));
    const indices = Array.from({ length: examples }, (_, i) => this.#index(i));
    const reference = this.#reference;
    const wanted = reference.forward(this.#operation, inputs, {
      tensors: this.#tensors,
      training: { seed: SEED, epoch: EPOCH, indices, ordinal: ORDINAL },
    });
    const evaluated = reference.forward(this.#operation, inputs, { tensors: this.#tensors });
    const step: Step = { examples, slices: this.#slices, epoch: EPOCH, seed: SEED };
    const room = this.#room, froms = this.#inputs, to = this.#output, inPlace = this.#isInPlace;

    const give = () => {
      // a room of its own plane finds zeros around the image, any other must not look there
      froms.forEach(({ value, plane }, i) => {
        this.#fill(value, plane, this.#inputImage ? NaN : 0);
        this.#write(value, plane, inputs[i], 0);
      });
      if (!inPlace) this.#fill(to.value, to.plane, 0);
    };
    const check = (got: Float32Array, want: ArrayLike<number>, what: string) => {
      isClose(got, want, tolerance, `${name}: ${what}`);
      results.push(got);
    };
    const tensorAt = (address: number, length: number) => this.#f32.slice(address / 4, address / 4 + length);
    const got = (want: Tensor, what: string) => {
      check(this.#read(to.value, to.plane), want.data, what);
      if (!inPlace) this.#isUntouched(to.value, to.plane, 0, `${name}: ${what}`);
    };
    give();
    if (meets(room)) room.evaluateMeet();
    this.#forEachSlice((slice) => room.evaluate(slice));
    got(evaluated.output, "output of evaluation");

    give();
    if (meets(room)) {
      this.#forEachSlice((slice) => room.forwardStart(slice));
      room.forwardMeet(step);
    }
    this.#forEachSlice((slice) => room.forward(slice, step));
    got(wanted.output, "output");
    for (const [role, values] of Object.entries(wanted.statistics ?? {})) {
      check(tensorAt(this.#places[role].value, values.length), values, role);
    }

    if (!inPlace) {
      for (const { gradient, plane } of froms) this.#fill(gradient, plane, NaN);
      // no room looks at its output's value
      this.#fill(to.value, to.plane, NaN);
    }
    this.#fill(to.gradient, to.plane, to.gradientSurplusIsZero ? 0 : NaN);
    this.#write(to.gradient, to.plane, dOutput, 0);
    const backward = wanted.backward(dOutput);
    if (meets(room)) {
      this.#forEachSlice((slice) => room.backwardStart(slice));
      room.backwardMeet(step);
    }
    this.#forEachSlice((slice) => room.backward(slice, step));
    room.reduce?.(step);
    froms.forEach(({ gradient, plane }, i) => {
      check(this.#read(gradient, plane), backward.inputs[i].data, `dInput ${i}`);
      if (this.#inputImage && !inPlace) this.#isUntouched(gradient, plane, NaN, `${name}: dInput ${i}`);
    });
    for (const [role, values] of Object.entries(backward.tensors ?? {})) {
      check(tensorAt(this.#places[role].gradient, values!.length), values!, `d ${role}`);
    }
    return results;
  }
}

/** How a room is tried. */
export interface SuiteOptions {
  /** Of the size of each result: see `isClose`. */
  readonly tolerance: number;
  /** Inputs are multiples of it, so that equal ones occur; 0: any. */
  readonly grain?: number;
  /** Size of the inputs. */
  readonly scale?: number;
}

/** Tests a room by its reference's cases, or by others that its own ways of computing call for. */
export function testRoom<K extends OperationName>(
  kind: K,
  room: Room<K>,
  options: SuiteOptions,
  cases: readonly OperationCase<K>[] = referenceOf(kind).cases,
): void {
  for (const neighbours of NEIGHBOURS) {
    // in place there is nothing to choose for the output
    if (room.inPlace && neighbours === NEIGHBOURS[0]) continue;
    Deno.test(`wasm ${kind} follows the reference in ${neighbours.name}, with the same bits in either blocking`, () => {
      for (const each of cases) {
        const [narrow, wide] = [false, true].map((wide) =>
          new Trial(kind, room, each, neighbours, { grain: 0, scale: 1, ...options }, wide).run()
        );
        deepEqual(wide, narrow, `${each.name}: the same bits with either blocking`);
      }
    });
  }
}
