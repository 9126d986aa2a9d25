import type { Layer } from "../layers/mod.ts";
import type { Ablation } from "./ablation.ts";

/** What belongs to a convolution where it stands right behind it. */
const NORMS: readonly string[] = ["batchNorm", "ghostBatchNorm", "groupNorm", "layerNorm", "instanceNorm"];
const ACTIVATIONS: readonly string[] = [
  "relu",
  "relu6",
  "leakyRelu",
  "prelu",
  "tanh",
  "sigmoid",
  "silu",
  "hardSwish",
  "gelu",
];

/** Without the last 1×1 convolution that has layers of its own behind it, norm and activation, and without these. */
export const pointwiseConv: Ablation = {
  number: 6,
  factor: "1×1 convolution",
  instead: "no such convolution: what is before it goes on to what is behind it",
  change({ layers }) {
    const at = layers.findLastIndex((layer, index) => {
      const end = blockEnd(layers, index);
      // what makes the logits stays
      const isLast = !layers.slice(end).some(({ kind }) => kind === "conv" || kind === "linear");
      return isPointwise(layer) && end > index + 1 && !isLast;
    });
    return at < 0 ? undefined : { layers: layers.toSpliced(at, blockEnd(layers, at) - at) };
  },
};

function isPointwise(layer: Layer): boolean {
  return layer.kind === "conv" && layer.kernel === 1;
}

/** Where the block of a convolution, with its norm and activation, is over. */
function blockEnd(layers: readonly Layer[], at: number): number {
  let end = at + 1;
  if (NORMS.includes(layers[end]?.kind)) end++;
  if (ACTIVATIONS.includes(layers[end]?.kind)) end++;
  return end;
}
