/**
 * Writes a trained network in any format: networks in, the contents of files out.
 *
 * @module
 */
import { serializeSafetensors } from "../engine/safetensors.ts";
import type { FormatName, PixelType } from "./formats.ts";
import { serializeNetworkJson } from "./json.ts";
import { serializeOnnx } from "./onnx/model.ts";
import { serializePytorch } from "./pytorch.ts";
import { provenanceTexts, type TrainedNetwork } from "./trained_network.ts";

/** The content of a file. */
export type Content = Uint8Array | string;

/** What an export needs to know beside the network. */
export interface ExportOptions {
  /** Name of the files without folder and extension. */
  readonly stem: string;
  /** What enters an ONNX file. */
  readonly pixels: PixelType;
  /** Of this program. */
  readonly version: string;
}

/** The contents of a format's files: the one that was asked for, then those beside it, in the order of `FORMATS`. */
type Writer = (network: TrainedNetwork, options: ExportOptions) => readonly Content[];

/** The weights in canonical order under PyTorch's names. */
export function serializeWeights(network: TrainedNetwork): Uint8Array {
  const { graph, tensors } = network;
  return serializeSafetensors(
    graph.tensors.map(({ name, shape }) => ({ name, shape, data: tensors.get(name)! })),
    provenanceTexts(network),
  );
}

/** How each format is written. */
export const WRITERS = {
  onnx: (network, options) => [serializeOnnx(network, options)],
  safetensors: (network) => [serializeWeights(network)],
  pytorch: (network, { stem, version }) => [
    serializePytorch(network, { weightsFile: `${stem}.safetensors`, version }),
    serializeWeights(network),
  ],
  json: (network) => [serializeNetworkJson(network)],
} satisfies Readonly<Record<FormatName, Writer>>;
