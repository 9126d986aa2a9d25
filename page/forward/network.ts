/**
 * A trained network in plain JavaScript, one image at a time, every value of it to be looked at.
 *
 * @module
 */
import { namedTensors } from "../../engine/initial_weights.ts";
import { normalizationTable } from "../../engine/normalization.ts";
import { buildGraph, type Graph } from "../../models/graph.ts";
import type { Normalization } from "../../models/iteration.ts";
import type { Layer } from "../../models/layers/mod.ts";
import { elements } from "../../models/shape.ts";
import type { Value } from "./operation.ts";
import { forwardOf } from "./ops/mod.ts";

/** e^logit over their sum. */
export function softmax(logits: ArrayLike<number>): number[] {
  const all = Array.from(logits), largest = Math.max(...all);
  const powers = all.map((logit) => Math.exp(logit - largest)), sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** A network with its weights. */
export class PlainNetwork {
  readonly graph: Graph;
  /** By their ids, 0 the normalized image; those of the last image. */
  readonly values: readonly Value[];
  readonly #table: Float32Array;
  readonly #steps: readonly (() => void)[];

  /**
   * `weights` are all tensors in canonical order.
   *
   * @throws {RangeError} If they are not as many as the layers have.
   */
  constructor(layers: readonly Layer[], weights: Float32Array, normalization: Normalization) {
    this.graph = buildGraph(layers);
    const tensors = new Map(namedTensors(this.graph, weights).map(({ name, data }) => [name, data]));
    this.values = this.graph.values.map(({ shape }) => ({ shape, data: new Float32Array(elements(shape)) }));
    this.#table = normalizationTable(normalization);
    this.#steps = this.graph.nodes.map((node) => {
      const forward = forwardOf(node.operation);
      const site = {
        operation: node.operation,
        inputs: node.inputs.map((value) => this.values[value]),
        tensors: Object.fromEntries(
          Object.entries(node.tensors).map(([role, { name }]) => [role, tensors.get(name)!]),
        ),
        output: this.values[node.output],
      };
      return () => forward(site);
    });
  }

  /** The logits of an image, uint8 [28,28]; the next image overwrites them. */
  logits(image: Uint8Array): Float32Array {
    const [{ data }] = this.values;
    for (let pixel = 0; pixel < data.length; pixel++) data[pixel] = this.#table[image[pixel]];
    for (const step of this.#steps) step();
    return this.values[this.graph.logits].data;
  }
}
