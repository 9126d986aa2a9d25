/**
 * What the nodes of a network become: operations that each own their kernels and their place in memory, and
 * work on one slice (eight examples) at a time.
 *
 * An operation is made twice over: on paper, when the `Planner` hands out addresses and kernels are added to the
 * module, and at run time, when it is bound to the instantiated kernels. All workers make the same plan.
 *
 * @module
 */
import type { OperationName, OperationOf } from "../../models/graph.ts";
import type { Shape } from "../../models/shape.ts";
import type { ModuleBuilder } from "./assembler.ts";
import { type Plane, sliceBytes } from "./layout.ts";

/** Hands out memory; addresses are bytes, multiples of 64. */
export class Planner {
  #end = 64;

  constructor(
    readonly module: ModuleBuilder,
    /** Slices of eight examples in the largest batch: what a batch is cut into, whoever works on it. */
    readonly slices: number,
    /** Workers that may share this memory. */
    readonly workers: number,
    /** Whether registers hold a whole position; speed only. */
    readonly wide: boolean,
  ) {}

  allocate(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    return address;
  }

  /** One area for each slice. */
  perSlice(bytes: number): Area {
    const each = Math.ceil(bytes / 64) * 64;
    return { address: this.allocate(each * this.slices), each };
  }

  /** One area for each worker. */
  perWorker(bytes: number): Area {
    const each = Math.ceil(bytes / 64) * 64;
    return { address: this.allocate(each * this.workers), each };
  }

  get bytes(): number {
    return this.#end;
  }
}

/** Equal areas one after the other. */
export interface Area {
  readonly address: number;
  readonly each: number;
}

/** What a worker has for the slice that it works on, whichever that is. */
export class WorkerArea implements Area {
  readonly each = 0;
  #address: number;
  readonly #all: Area;

  constructor(all: Area) {
    this.#all = all;
    this.#address = all.address;
  }

  /** Makes it the area of this worker. */
  settle(rank: number): void {
    this.#address = nth(this.#all, rank);
  }

  get address(): number {
    return this.#address;
  }
}

/** The address of the i-th area. */
export const nth = (area: Area, i: number): number => area.address + i * area.each;

/**
 * A slice's record, by byte offsets: eight int32 lane masks (−1 or 0), the number of examples as float32, and the
 * examples' places in the training set, eight uint32.
 */
export const SLICE_RECORD = { mask: 0, examples: 32, indices: 64, bytes: 128 } as const;

/**
 * A value between two operations with the gradient of the loss with respect to it, for every slice.
 *
 * Only the image inside the plane counts; the surplus around it starts as zeros.
 */
export interface FeatureMap {
  readonly plane: Plane;
  readonly value: Area;
  readonly gradient: Area;
  /** Whether the gradient's surplus is always zero; otherwise the reader leaves there what it likes. */
  readonly gradientSurplusIsZero: boolean;
  /**
   * One area for each worker where a batch norm and its ReLU are left to the only reader: the value is y, and what it
   * stands for max(scale·y + shift, 0), by each channel's record.
   */
  readonly records?: Area;
}

/** Lays out a value whose readers look at the image only. */
export function planFeatureMap(
  planner: Planner,
  plane: Plane,
  value: Area = planner.perSlice(sliceBytes(plane)),
): FeatureMap {
  return {
    plane,
    value,
    gradient: planner.perSlice(sliceBytes(plane)),
    gradientSurplusIsZero: true,
  };
}

/** Where a tensor lies, and its gradient where it is trained. Both are padded to whole vectors of four float32. */
export interface ParameterPlace {
  readonly value: number;
  /** 0 for running statistics. Nodes of a repeated layer have one each. */
  readonly gradient: number;
  /** Elements. */
  readonly length: number;
}

/** What an operation works with at run time. */
export interface Runtime {
  readonly kernels: Readonly<Record<string, (...args: number[]) => void>>;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  /** This worker among those that share the memory; rank 0 keeps the books. */
  readonly rank: number;
}

/** The kernels `<name>.<kernel>` by their own names, so that no step puts names together. */
export const kernelsOf = ({ kernels }: Pick<Runtime, "kernels">, name: string): Runtime["kernels"] =>
  Object.fromEntries(
    Object.entries(kernels).flatMap(([key, kernel]) =>
      key.startsWith(`${name}.`) ? [[key.slice(name.length + 1), kernel]] : []
    ),
  );

/** The step under way. */
export interface Step {
  /** Examples in this batch, all slices together. */
  readonly examples: number;
  readonly slices: number;
  /** 1-based. */
  readonly epoch: number;
  readonly seed: number;
}

/** A layer, or several fused, at work on one slice. */
export interface Operation {
  forward(slice: number, step: Step): void;
  /**
   * From the output's gradient to the inputs' (where anything before learns), and to this slice's share of the
   * parameters' gradients. It overwrites the inputs' gradients, and must not look at the output's value: a reader
   * that works in place has changed it.
   */
  backward(slice: number, step: Step): void;
  /** Makes the output of the step's forward pass again, where the unit says that it `restores`. */
  restore?(slice: number): void;
  /** Forward as in evaluation. */
  evaluate(slice: number): void;
  /** Adds the slices' shares of the gradients; one worker runs it, after all slices' `backward`. */
  reduce?(step: Step): void;
  /** Makes what is derived from the parameters, after they have changed; one worker runs it. */
  prepare?(): void;
}

/** An operation before and after it gets its kernels. */
export interface BoundOperation extends Operation {
  /** Called once in each worker, before anything else. */
  bind(runtime: Runtime): void;
}

/** An operation whose passes are in two parts, between which all slices must meet: batch norm's sums. */
export interface MeetingOperation extends BoundOperation {
  /** The first part; `forward` is the second. */
  forwardStart(slice: number): void;
  forwardMeet(step: Step): void;
  /** The first part; `backward` is the second. */
  backwardStart(slice: number): void;
  backwardMeet(step: Step): void;
  /** Makes the constants of evaluation. */
  evaluateMeet(): void;
}

export const meets = (operation: Operation): operation is MeetingOperation => "forwardMeet" in operation;

/** What a room is told of the node that it plans. */
export interface NodeContext<K extends OperationName> {
  readonly planner: Planner;
  /** Unique in the module: prefix of the room's kernels. */
  readonly name: string;
  /** Of the layer, for messages: `layer 4 (conv)`. */
  readonly label: string;
  readonly operation: OperationOf<K>;
  /** A room with an `inputPlane` finds exactly that; any other must work with whatever plane it finds. */
  readonly inputs: readonly FeatureMap[];
  /** Of whatever plane; the same as `inputs[0]` where the room works in place. */
  readonly output: FeatureMap;
  /** Of values as the graph has them: `[C,H,W]` or `[C]`. */
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  /** By role (`weight`, `bias`, `running_mean`, …); absent where the layer has none. Running statistics have no gradient. */
  readonly tensors: Readonly<Record<string, ParameterPlace>>;
  /** Of every slice, as `SLICE_RECORD` says. */
  readonly sliceRecords: Area;
  /** By input: whether anything before it learns, so that its gradient is wanted. */
  readonly inputGradient: readonly boolean[];
  /** Number among the layers that draw random numbers; undefined for the others. */
  readonly randomOrdinal: number | undefined;
}

/** One operation of the network as this engine computes it. */
export interface Room<K extends OperationName> {
  plan(context: NodeContext<K>): BoundOperation;
  /**
   * The plane that its inputs must have, zeros around the image. Such a room may leave anything in the surplus of the
   * inputs' gradients; a room without writes to the image only.
   */
  inputPlane?(operation: OperationOf<K>, input: Shape): Plane;
  /** The plane that suits its output best, where no reader insists on another. */
  outputPlane?(operation: OperationOf<K>, input: Shape): Plane;
  /**
   * Whether the output takes the input's place, value and gradient alike. What the backward pass finds there is then the
   * output, and what other rooms in place have made of it behind: nothing but which values are above 0 is sure.
   */
  readonly inPlace?: boolean;
  /** Whether each pass reads the input once, in its first part: it need not be there in between. */
  readonly readsInPassing?: boolean;
}
