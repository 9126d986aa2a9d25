/**
 * A trained network as a Python program that needs PyTorch and nothing else.
 *
 * The program builds the network, loads the weights that lie beside it as safetensors, and evaluates MNIST. Its tensor
 * names are those of the file: `nn.Sequential` counts as this project does.
 *
 * @module
 */
import type { Graph, Node, OperationName } from "../models/graph.ts";
import type { Layer } from "../models/layers/mod.ts";
import { showShape } from "../models/shape.ts";
import type { LayerForms, PytorchForm, Shapes } from "./layer_forms.ts";
import { FORMS } from "./layers/mod.ts";
import { PYTORCH_PROGRAM } from "./pytorch_program.ts";
import { provenanceTexts, type TrainedNetwork } from "./trained_network.ts";

const INDENT = "    ";

const REPEAT = `class Repeat(nn.Sequential):
    """The same layers several times, with the same weights each time."""

    def __init__(self, times, *layers):
        super().__init__(*layers)
        self.times = times

    def forward(self, x):
        for _ in range(self.times):
            x = super().forward(x)
        return x`;

/** Writes layers as modules, and remembers which classes they need. */
class ModuleWriter {
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly definitions = new Set<string>();

  constructor(readonly graph: Graph) {
    // nodes of a repeated layer have one place and the same shapes
    this.#nodes = new Map(graph.nodes.map((node) => [node.place, node]));
  }

  #form(place: string): { readonly form: PytorchForm; readonly shapes: Shapes } {
    const node = this.#nodes.get(place)!, { values } = this.graph;
    const shapes = { input: values[node.inputs[0]].shape, output: values[node.output].shape };
    const forms = FORMS[node.operation.kind] as unknown as LayerForms<OperationName>;
    const form = forms.pytorch(node.operation, shapes);
    if (form.definition !== undefined) this.definitions.add(form.definition);
    return { form, shapes };
  }

  /** A line for each layer, each ending in a comma. */
  lines(layers: readonly Layer[], prefix: string, indent: string): string[] {
    return layers.flatMap((layer, index) => {
      const place = `${prefix}${index}`;
      if (layer.kind === "repeat") {
        this.definitions.add(REPEAT);
        const inner = this.lines(layer.layers, `${place}.`, indent + INDENT);
        return [`${indent}Repeat(`, `${indent}${INDENT}${layer.times},`, ...inner, `${indent}),  # ${place}`];
      }
      const { form: { module }, shapes } = this.#form(place);
      if (layer.kind === "branches") {
        const branches = layer.branches.flatMap((branch, number) =>
          this.#branch(branch, `${place}.${number}`, indent + INDENT)
        );
        return [
          `${indent}${module}([`,
          ...branches,
          `${indent}]),  # ${place}: ${showShape(shapes.output)}`,
        ];
      }
      return [`${indent}${module},  # ${place}: ${showShape(shapes.output)}`];
    });
  }

  #branch(layers: readonly Layer[], place: string, indent: string): string[] {
    if (layers.length === 0) return [`${indent}nn.Identity(),  # ${place}`];
    return [
      `${indent}nn.Sequential(`,
      ...this.lines(layers, `${place}.`, indent + INDENT),
      `${indent}),  # ${place}`,
    ];
  }
}

/** A text as a Python literal: JSON's escapes are Python's. */
const pythonText = (text: string): string => JSON.stringify(text);

/** The program as text; it looks for its weights beside itself, under the name `weightsFile`. */
export function serializePytorch(
  network: TrainedNetwork,
  { weightsFile, version }: { readonly weightsFile: string; readonly version: string },
): string {
  const writer = new ModuleWriter(network.graph), { normalization: { mean, deviation } } = network;
  const lines = writer.lines(network.layers, "", INDENT + INDENT);
  const facts = Object.entries(provenanceTexts(network)).map(([name, text]) =>
    `${INDENT}${pythonText(name)}: ${pythonText(text)},`
  );
  const definitions = [...writer.definitions].map((definition) => `${definition}\n\n\n`).join("");
  const parts: Readonly<Record<string, string>> = {
    VERSION: version,
    FACTS: facts.join("\n"),
    WEIGHTS: pythonText(weightsFile),
    MEAN: String(mean),
    DEVIATION: String(deviation),
    DEFINITIONS: definitions,
    LAYERS: lines.join("\n"),
  };
  return PYTORCH_PROGRAM.replace(/@([A-Z]+)@/g, (_, name: string) => parts[name]);
}
