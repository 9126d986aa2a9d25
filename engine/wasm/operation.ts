/**
 * What the layers of a network become: operations that each own their kernels and their place in memory, and
 * work on one slice (a group of eight examples) at a time.
 *
 * An operation is made twice over: on paper, when the `Planner` hands out addresses and kernels are added to the
 * module, and at run time, when it is bound to the instantiated kernels. All workers make the same plan.
 *
 * @module
 */
import type { ModuleBuilder } from "./assembler.ts";
import { groupBytes, type Plane } from "./layout.ts";

/** Hands out memory; addresses are bytes, multiples of 64. */
export class Planner {
  #end = 64;

  constructor(
    readonly module: ModuleBuilder,
    /** Groups of eight in the largest batch: what a batch is cut into, whoever works on it. */
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

/** The address of the i-th area. */
export const nth = (area: Area, i: number): number => area.address + i * area.each;

/** A feature map between two operations with the gradient of the loss with respect to it, for every slice. */
export interface FeatureMap {
  readonly plane: Plane;
  readonly value: Area;
  readonly gradient: Area;
}

/** Lays out a feature map; its surplus is zero and stays so. */
export function planFeatureMap(planner: Planner, plane: Plane): FeatureMap {
  return {
    plane,
    value: planner.perSlice(groupBytes(plane)),
    gradient: planner.perSlice(groupBytes(plane)),
  };
}

/** Where a parameter lies among the parameters, and its gradient among the gradients. */
export interface ParameterPlace {
  readonly value: number;
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
  /** From the output's gradient to the input's, and to this slice's share of the parameters' gradients. */
  backward(slice: number, step: Step): void;
  /** Forward as in evaluation. */
  evaluate(slice: number): void;
  /** Adds the slices' shares of the gradients. */
  reduce?(step: Step): void;
  /** Makes what is derived from the parameters, after they have changed. */
  prepare?(): void;
}

/** An operation whose passes are in two parts, between which all slices must meet: batch norm's sums. */
export interface MeetingOperation extends Operation {
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
