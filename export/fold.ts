/**
 * Folds batch norm into the convolution or linear layer in front of it: fewer layers, the same network in evaluation.
 *
 * With g = weight / √(running_var + epsilon) by channel: w′ = w · g, b′ = (b − running_mean) · g + bias, computed in
 * float64 and rounded once. A norm that has anything else in front of it stays.
 *
 * @module
 */
import { describe } from "../models/graph.ts";
import { complete } from "../models/fields.ts";
import type { Layer, LayerOf, PlainLayer } from "../models/layers/mod.ts";
import { toTrainedNetwork, type TrainedNetwork } from "./trained_network.ts";

type Norm = Extract<PlainLayer, { readonly kind: "batchNorm" | "ghostBatchNorm" }>;
type Weighted = Extract<PlainLayer, { readonly kind: "conv" | "linear" }>;

const isNorm = (layer: Layer | undefined): layer is Norm =>
  layer?.kind === "batchNorm" || layer?.kind === "ghostBatchNorm";
const isWeighted = (layer: Layer): layer is Weighted => layer.kind === "conv" || layer.kind === "linear";

/** Walks the layers as they are and writes those that take their place. */
class Folder {
  readonly tensors = new Map<string, Float32Array>();
  folded = 0;

  constructor(readonly given: ReadonlyMap<string, Float32Array>) {}

  /** Of layers whose places begin with `from`, and with `to` in the folded network. */
  fold(layers: readonly Layer[], from: string, to: string): Layer[] {
    const folded: Layer[] = [];
    for (let at = 0; at < layers.length; at++) {
      const layer = layers[at], next = layers[at + 1];
      const here = `${from}${at}`, there = `${to}${folded.length}`;
      if (layer.kind === "branches") {
        folded.push({
          ...layer,
          branches: layer.branches.map((branch, number) =>
            this.fold(branch, `${here}.${number}.`, `${there}.${number}.`)
          ),
        });
      } else if (layer.kind === "repeat") {
        folded.push({ ...layer, layers: this.fold(layer.layers, `${here}.`, `${there}.`) });
      } else if (isWeighted(layer) && isNorm(next)) {
        this.#join({ norm: next, here, behind: `${from}${at + 1}`, there });
        folded.push({ ...layer, bias: true });
        at++;
      } else {
        this.#move(here, there);
        folded.push(layer);
      }
    }
    return folded;
  }

  /** The layer's own tensors under its new place. */
  #move(here: string, there: string): void {
    for (const [name, data] of this.given) {
      const role = name.slice(name.lastIndexOf(".") + 1);
      if (name === `${here}.${role}`) this.tensors.set(`${there}.${role}`, data);
    }
  }

  #join({ norm, here, behind, there }: {
    readonly norm: Norm;
    readonly here: string;
    readonly behind: string;
    readonly there: string;
  }): void {
    const { epsilon } = complete(describe(norm).fields, norm as never) as unknown as LayerOf<"batchNorm">;
    const of = (place: string, role: string) => this.given.get(`${place}.${role}`)!;
    const weight = of(here, "weight"), bias: Float32Array | undefined = this.given.get(`${here}.bias`);
    const mean = of(behind, "running_mean"), variance = of(behind, "running_var");
    const scale = of(behind, "weight"), shift = of(behind, "bias");
    const gain = Array.from(scale, (value, channel) => value / Math.sqrt(variance[channel] + epsilon));
    const perChannel = weight.length / gain.length;
    this.tensors.set(
      `${there}.weight`,
      Float32Array.from(weight, (value, at) => value * gain[Math.floor(at / perChannel)]),
    );
    this.tensors.set(
      `${there}.bias`,
      Float32Array.from(
        gain,
        (each, channel) => ((bias?.[channel] ?? 0) - mean[channel]) * each + shift[channel],
      ),
    );
    this.folded++;
  }
}

/** The network with every batch norm folded that stands directly behind a convolution or linear layer. */
export function foldBatchNorms(network: TrainedNetwork): TrainedNetwork {
  const folder = new Folder(network.tensors);
  const layers = folder.fold(network.layers, "", "");
  return toTrainedNetwork({ ...network, layers, tensors: folder.tensors, folded: folder.folded });
}

/** Batch norms of a network, each once. */
export function countBatchNorms(layers: readonly Layer[]): number {
  return layers.reduce((count, layer) => {
    if (layer.kind === "branches") {
      return count + layer.branches.reduce((sum, way) => sum + countBatchNorms(way), 0);
    }
    return count + (layer.kind === "repeat" ? countBatchNorms(layer.layers) : isNorm(layer) ? 1 : 0);
  }, 0);
}
