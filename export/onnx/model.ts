/**
 * A trained network as ONNX: pixels in, logits out.
 *
 * Input `images` [batch,1,28,28], output `logits` [batch,10]; the normalization of the pixels is the first thing that
 * the network computes. Layers that do nothing in evaluation, such as dropout, are not there.
 *
 * @module
 */
import type { Node, OperationName } from "../../models/graph.ts";
import { elements, IMAGE_SHAPE, type Shape } from "../../models/shape.ts";
import type { PixelType } from "../formats.ts";
import type { LayerForms, OnnxScope } from "../layer_forms.ts";
import { FORMS } from "../layers/mod.ts";
import { provenanceTexts, type TrainedNetwork } from "../trained_network.ts";
import { type Attribute, type Initializer, type OnnxNode, serializeModel } from "./proto.ts";

/**
 * Of July 2022: the first with everything that the vocabulary needs (LayerNormalization), and taken by every runtime
 * since. GroupNormalization of 18 means something else than that of 21, so groups are written by other operators.
 */
const OPSET = 17, IR_VERSION = 8;

const LARGEST_PIXEL = 255;

/** Operators and constants as they are added; every name is given once. */
class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #taken = new Map<string, number>();

  get initializers(): readonly Initializer[] {
    return [...this.#initializers.values()];
  }

  #fresh(name: string): string {
    const times = (this.#taken.get(name) ?? 0) + 1;
    this.#taken.set(name, times);
    return times === 1 ? name : `${name}_${times}`;
  }

  /** A layer that is repeated has its tensors once. */
  constant(name: string, shape: readonly number[], data: Initializer["data"]): string {
    this.#initializers.set(name, { name, shape, data });
    return name;
  }

  add(
    place: string,
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const name = this.#fresh(`${place}/${operator}`), output = `${name}_output`;
    this.nodes.push({ name, operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** Calls a value by another name wherever it stands. */
  rename(from: string, to: string): void {
    const renamed = (names: readonly string[]) => names.map((name) => name === from ? to : name);
    this.nodes.forEach((node, index) => {
      this.nodes[index] = { ...node, inputs: renamed(node.inputs), outputs: renamed(node.outputs) };
    });
  }
}

function scopeOf(
  node: Node,
  { network: { graph, tensors }, writer, names }: {
    readonly network: TrainedNetwork;
    readonly writer: GraphWriter;
    /** Of the values that are there. */
    readonly names: readonly string[];
  },
): OnnxScope {
  const { place } = node;
  return {
    inputs: node.inputs.map((value) => names[value]),
    input: graph.values[node.inputs[0]].shape,
    output: graph.values[node.output].shape,
    roles: Object.keys(node.tensors),
    tensor(role, shape = node.tensors[role].shape) {
      const { name } = node.tensors[role];
      return writer.constant(name, shape, tensors.get(name)!);
    },
    floats: (use, values, shape: Shape = [values.length]) =>
      writer.constant(`${place}/${use}`, shape, Float32Array.from(values)),
    integers: (use, values) =>
      writer.constant(`${place}/${use}`, [values.length], BigInt64Array.from(values, BigInt)),
    add: (operator, inputs, attributes) => writer.add(place, operator, inputs, attributes),
  };
}

/** (pixel / 255 − mean) / deviation. */
function writeNormalization(
  writer: GraphWriter,
  { normalization }: TrainedNetwork,
  pixels: PixelType,
): string {
  const { mean, deviation } = normalization, place = "normalization";
  const scale = pixels === "uint8" ? LARGEST_PIXEL : 1;
  const scalar = (use: string, value: number) =>
    writer.constant(`${place}/${use}`, [], Float32Array.of(value * scale));
  const values = pixels === "uint8"
    ? writer.add(place, "Cast", ["images"], { to: { integer: 1 } })
    : "images";
  const centred = writer.add(place, "Sub", [values, scalar("mean", mean)]);
  return writer.add(place, "Div", [centred, scalar("deviation", deviation)]);
}

/** The bytes of the network as an ONNX file: equal networks, equal bytes. */
export function serializeOnnx(
  network: TrainedNetwork,
  { pixels, version }: { readonly pixels: PixelType; readonly version: string },
): Uint8Array {
  const { graph, provenance } = network, writer = new GraphWriter();
  const names: string[] = [writeNormalization(writer, network, pixels)];
  for (const node of graph.nodes) {
    const forms = FORMS[node.operation.kind] as unknown as LayerForms<OperationName>;
    names[node.output] = forms.onnx(node.operation, scopeOf(node, { network, writer, names }));
  }
  writer.rename(names[graph.logits], "logits");
  return serializeModel({
    irVersion: IR_VERSION,
    opset: OPSET,
    producer: "under20k",
    producerVersion: version,
    name: `iteration_${provenance.iteration}`,
    description: `${provenance.title}. images: ${
      pixels === "uint8" ? "pixels from 0 to 255" : "pixels from 0 to 1"
    }, white on black; logits: one for each class.`,
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [{ name: "images", type: pixels, shape: ["batch", ...IMAGE_SHAPE] }],
    outputs: [{
      name: "logits",
      type: "float",
      shape: ["batch", elements(graph.values[graph.logits].shape)],
    }],
    metadata: provenanceTexts(network),
  });
}
