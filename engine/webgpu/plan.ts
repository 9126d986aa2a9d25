/**
 * Memory that a network's operations share on a device: each takes places in it while it is planned, and the kernels
 * are written when all places are known.
 *
 * @module
 */
import type { Graph, TensorSpec } from "../../models/graph.ts";
import {
  type Convolution,
  inputGradientOf,
  packedBiasPlace,
  packedBiasWords,
  packedPlace,
  packedWords,
} from "./convolution.ts";
import { laneCount } from "./layout.ts";

/** A buffer of a program, in words of four bytes. */
export interface BufferPlan {
  readonly name: string;
  readonly words: number;
  /** Whether each trial has its own. */
  readonly perTrial: boolean;
}

/** Where a parameter's gradient comes from and where its copies go; offsets in words of their buffers. */
export interface ParameterRecord {
  /** In `partials`: the first part, from part to part, and how many; no parts, no gradient. */
  readonly partialAt: number;
  readonly partialStride: number;
  readonly parts: number;
  /** In `packed`, for the way forward and back; absent where there is no copy. */
  readonly forwardAt?: number;
  readonly backwardAt?: number;
  /** Whether weight decay leaves it alone. */
  readonly withoutDecay: boolean;
}

/** Elements of a trial in the buffers that all operations share. */
export interface Strides {
  readonly parameters: number;
  readonly running: number;
  /** vec4f */
  readonly coefficients: number;
  readonly packed: number;
  readonly partials: number;
}

/** Hands out places in a buffer. */
class Space {
  used = 0;
  take(count: number): number {
    const at = this.used;
    this.used += count;
    return at;
  }
}

/** Parts of a tensor's gradient: [parts][elements] in `partials`; where is known once the plan is sealed. */
export interface GradientParts {
  readonly count: number;
  /** @throws {Error} Before `seal`. */
  readonly at: number;
}

class Parts implements GradientParts {
  place: number | undefined;
  constructor(readonly count: number) {}
  get at(): number {
    if (this.place === undefined) {
      throw new Error("Cannot write a kernel: expected a sealed plan, got an open one");
    }
    return this.place;
  }
}

/** Where a convolution's weights are packed, in words of `packed`. */
export interface PackedPlaces {
  readonly forward: number;
  readonly backward: number | undefined;
}

const roundUp = (words: number): number => Math.ceil(words / 4) * 4;

export class Plan {
  readonly lanes: number;
  readonly buffers: BufferPlan[] = [];
  readonly #packed = new Space();
  readonly #partials = new Space();
  readonly #coefficients = new Space();
  readonly #parts = new Map<number, Parts[]>();
  readonly #places = new Map<number, PackedPlaces>();
  /** Words of copies by element, for each tensor that has any. */
  readonly #copies = new Map<number, { forward?: (e: number) => number; backward?: (e: number) => number }>();

  constructor(readonly graph: Graph, batchSize: number) {
    this.lanes = laneCount(batchSize);
  }

  /** A buffer of the operations, each trial its own; all zeros at the start. */
  buffer(name: string, words: number): string {
    this.buffers.push({ name, words, perTrial: true });
    return name;
  }

  /** Places for `count` vec4f of batch norm's coefficients. */
  coefficients(count: number): number {
    return this.#coefficients.take(count);
  }

  /** Index in `running` of a running statistic's first element. */
  runningAt(tensor: TensorSpec): number {
    return tensor.offset - this.graph.parameterCount;
  }

  /**
   * Place for a node's part of a tensor's gradient, in `count` parts. Nodes that share the tensor come in their
   * order, and their parts are added up in it.
   */
  gradientParts(tensor: TensorSpec, count: number): GradientParts {
    const parts = new Parts(count), others = this.#parts.get(tensor.index);
    if (others) others.push(parts);
    else this.#parts.set(tensor.index, [parts]);
    return parts;
  }

  /** Where the weights of a convolution are packed, once for all nodes that share them. */
  packWeights(tensor: TensorSpec, shape: Convolution, back: boolean): PackedPlaces {
    const known = this.#places.get(tensor.index);
    if (known && (known.backward !== undefined || !back)) return known;
    const taps = shape.kernel * shape.kernel, inputs = shape.inChannels / shape.groups;
    const outputs = shape.outChannels / shape.groups, turned = inputGradientOf(shape);
    const forward = known?.forward ?? this.#packed.take(roundUp(packedWords(shape)));
    const backward = back ? this.#packed.take(roundUp(packedWords(turned))) : undefined;
    this.#copies.set(tensor.index, {
      forward: (e) =>
        forward + packedPlace(shape, Math.floor(e / taps / inputs), Math.floor(e / taps) % inputs, e % taps),
      backward: backward === undefined ? undefined : (e) => {
        const k = Math.floor(e / taps / inputs), c = Math.floor(e / taps) % inputs;
        const group = Math.floor(k / outputs);
        // turned by half a turn, input and output channels exchanged
        return backward + packedPlace(turned, group * inputs + c, k % outputs, taps - 1 - e % taps);
      },
    });
    const places = { forward, backward };
    this.#places.set(tensor.index, places);
    return places;
  }

  /** Where the biases of a convolution are packed, once for all nodes that share them. */
  packBias(tensor: TensorSpec, shape: Convolution): number {
    const known = this.#places.get(tensor.index);
    if (known) return known.forward;
    const forward = this.#packed.take(roundUp(packedBiasWords(shape)));
    this.#copies.set(tensor.index, { forward: (e) => forward + packedBiasPlace(shape, e) });
    this.#places.set(tensor.index, { forward, backward: undefined });
    return forward;
  }

  /** Gives every tensor's gradient its place; nothing more can be taken afterwards. */
  seal(): Strides {
    for (const { index, length } of this.graph.tensors) {
      for (const parts of this.#parts.get(index) ?? []) {
        parts.place = this.#partials.take(parts.count * length);
      }
    }
    return this.strides;
  }

  /** Elements of a trial; complete once the plan is sealed. */
  get strides(): Strides {
    const { parameterCount, length } = this.graph;
    return {
      parameters: parameterCount,
      running: Math.max(1, length - parameterCount),
      coefficients: Math.max(1, this.#coefficients.used),
      packed: Math.max(4, this.#packed.used),
      partials: Math.max(1, this.#partials.used),
    };
  }

  /** Of each parameter, in canonical order. */
  records(decayNormAndBias: boolean): ParameterRecord[] {
    return this.graph.tensors.filter(({ trained }) => trained).flatMap((tensor) => {
      const parts = this.#parts.get(tensor.index) ?? [], copies = this.#copies.get(tensor.index);
      const count = parts.reduce((sum, part) => sum + part.count, 0);
      const withoutDecay = !decayNormAndBias && (tensor.group === "norm" || tensor.group === "bias");
      return Array.from({ length: tensor.length }, (_, e): ParameterRecord => ({
        partialAt: count === 0 ? 0 : parts[0].at + e,
        partialStride: tensor.length,
        parts: count,
        forwardAt: copies?.forward?.(e),
        backwardAt: copies?.backward?.(e),
        withoutDecay,
      }));
    });
  }
}
