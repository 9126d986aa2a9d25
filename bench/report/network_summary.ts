/**
 * A network as the table that people know from torchsummary and Keras.
 *
 * @module
 */
import { formatCount, formatPercent } from "../command_line/format.ts";
import { buildGraph, multiplyAdds, type Operation } from "../../models/graph.ts";
import type { Iteration } from "../../models/iteration.ts";
import { shortenKind } from "../../models/kinds.ts";
import { LAYERS } from "../../models/layers/mod.ts";
import { uselessBiases } from "../../models/validate.ts";
import { columns, type Table } from "./report.ts";

/** One row: a layer where it is computed. */
export interface SummaryRow {
  /** PyTorch's place in the network, such as `3.0.1`. */
  readonly place: string;
  readonly kind: string;
  /** What is not a fallback, such as `out 16, kernel 3`. */
  readonly detail: string;
  /** `[C,H,W]` or `[C]`. */
  readonly output: readonly number[];
  /** Trained; 0 for a layer that shares the weights of an earlier row. */
  readonly parameters: number;
  /** Whether its weights stand in an earlier row. */
  readonly shared: boolean;
  /** Of the forward pass for one image. */
  readonly multiplyAdds: number;
  /** Side of the square of the image that one element of the output looks at, in pixels. */
  readonly receptiveField: number;
}

/** A whole network. */
export interface NetworkSummary {
  readonly id: number;
  readonly title: string;
  readonly rows: readonly SummaryRow[];
  readonly parameters: number;
  /** Parameters that cannot learn, and which layers hold them: biases that a norm behind them takes out again. */
  readonly useless: number;
  readonly uselessLayers: readonly string[];
  readonly multiplyAdds: number;
  /** Of the weights and running statistics as float32. */
  readonly bytes: number;
}

/** What a layer is told, in the words of its file, fallbacks left out. */
function detailOf(operation: Operation): string {
  const { kind: _, ...fields } = shortenKind(LAYERS, operation);
  return Object.entries(fields).map(([name, value]) => `${name} ${value}`).join(", ");
}

/** Summarizes an iteration's network; it must have been checked. */
export function summarizeNetwork({ id, title, layers }: Iteration): NetworkSummary {
  const graph = buildGraph(layers), seen = new Set<string>();
  const useless = uselessBiases(graph);
  const rows = graph.nodes.map((node): SummaryRow => {
    const trained = Object.values(node.tensors).filter((tensor) => tensor.trained);
    const shared = trained.length > 0 && seen.has(node.place);
    seen.add(node.place);
    const output = graph.values[node.output];
    return {
      place: node.place,
      kind: node.operation.kind,
      detail: detailOf(node.operation),
      output: output.shape,
      parameters: shared ? 0 : trained.reduce((sum, { length }) => sum + length, 0),
      shared,
      multiplyAdds: multiplyAdds(graph, node),
      receptiveField: output.receptiveField,
    };
  });
  return {
    id,
    title,
    rows,
    parameters: graph.parameterCount,
    useless: useless.reduce((sum, { elements }) => sum + elements, 0),
    uselessLayers: useless.map(({ label }) => label),
    multiplyAdds: rows.reduce((sum, row) => sum + row.multiplyAdds, 0),
    bytes: 4 * graph.length,
  };
}

/** The layers as a table. Field: the receptive field, the square of the image that one element looks at. */
export function layersTable({ rows }: NetworkSummary): Table {
  return {
    columns: columns("Place", "Layer", "Output", "> Params", "> Mult-adds", "> Field"),
    rows: rows.map((row) => [
      row.place,
      row.detail === "" ? row.kind : `${row.kind} ${row.detail}`,
      `[${row.output.join(",")}]`,
      row.shared ? "shared" : row.parameters === 0 ? "" : formatCount(row.parameters),
      row.multiplyAdds === 0 ? "" : formatCount(row.multiplyAdds),
      `${row.receptiveField}×${row.receptiveField}`,
    ]),
  };
}

/** What the table adds up to, a line each. */
export function totalLines(summary: NetworkSummary): string[] {
  const { parameters, useless, uselessLayers, multiplyAdds, bytes } = summary;
  const share = formatPercent(useless / parameters, 1);
  return [
    `Parameters: ${formatCount(parameters)}${
      useless === 0
        ? ", all of which can learn"
        : `, of which ${formatCount(useless)} (${share} %) cannot learn`
    }`,
    ...(useless === 0
      ? []
      : [`  a norm takes these biases out again: ${uselessLayers.join("; ")} (leave out with bias: false)`]),
    `Multiply-adds for an image: ${formatCount(multiplyAdds)} forward`,
    `Weights and running statistics: ${formatCount(bytes)} bytes as float32`,
  ];
}
