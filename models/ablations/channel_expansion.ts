import { countParameters } from "../graph.ts";
import type { Layer } from "../layers/mod.ts";
import type { Ablation } from "./ablation.ts";

const MOST_CHANNELS = 512;

/** The same number of channels in every convolution, with as near as can be the same number of parameters. */
export const channelExpansion: Ablation = {
  number: 1,
  factor: "channel expansion with careful reduction",
  instead: "the same number of channels everywhere, with about as many parameters",
  change({ layers }) {
    const places = widened(layers);
    const widths = new Set(places.map((at) => widthAt(layers, at)));
    if (widths.size < 2) return undefined;
    const wanted = countParameters(layers);
    let best: readonly Layer[] | undefined, nearest = Infinity;
    for (let width = 1; width <= MOST_CHANNELS; width++) {
      const even = layers.map((layer, at) =>
        layer.kind === "conv" && places.includes(at) ? { ...layer, out: width } : layer
      );
      const parameters = countParameters(even);
      if (Math.abs(parameters - wanted) < nearest) [best, nearest] = [even, Math.abs(parameters - wanted)];
      if (parameters > wanted) break;
    }
    return best && { layers: best };
  },
};

/** Convolutions whose channels are free: none in groups, none inside of a branch, not the one that makes the logits. */
function widened(layers: readonly Layer[]): number[] {
  const isPlain = layers.every(({ kind }) => kind !== "branches" && kind !== "repeat");
  const convolutions = layers.flatMap((layer, at) => layer.kind === "conv" ? [at] : []);
  if (!isPlain || convolutions.some((at) => groupsAt(layers, at) !== 1)) return [];
  return layers.some(({ kind }) => kind === "linear") ? convolutions : convolutions.slice(0, -1);
}

function widthAt(layers: readonly Layer[], at: number): number {
  const layer = layers[at];
  return layer.kind === "conv" ? layer.out : 0;
}

function groupsAt(layers: readonly Layer[], at: number): number {
  const layer = layers[at];
  return layer.kind === "conv" ? layer.groups ?? 1 : 1;
}
