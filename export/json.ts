/**
 * A trained network as JSON: its layers in this project's words and every weight as a number.
 *
 * Numbers are the shortest that give the same float32 again, so nothing is lost.
 *
 * @module
 */
import { IMAGE_SHAPE } from "../models/shape.ts";
import type { TrainedNetwork } from "./trained_network.ts";

/** Raised when the document changes its meaning. */
const SCHEMA = 1;
/** Nine digits tell all float32 apart. */
const MOST_DIGITS = 9;

/** The shortest decimal that is nearest to this float32 among all float32. */
export function shortestFloat32(value: number): string {
  // JSON knows a sign of zero, and `String` drops it
  if (Object.is(value, -0)) return "-0";
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(MOST_DIGITS)));
}

/** The document as text, one line for each tensor. */
export function serializeNetworkJson(network: TrainedNetwork): string {
  const { layers, graph, normalization, tensors, provenance, folded } = network;
  const facts = JSON.stringify(
    { schema: SCHEMA, provenance, foldedBatchNorms: folded, input: IMAGE_SHAPE, normalization, layers },
    null,
    2,
  );
  const lines = graph.tensors.map(({ name, shape }) =>
    `    {"name": ${JSON.stringify(name)}, "shape": ${JSON.stringify(shape)}, "data": [${
      Array.from(tensors.get(name)!, shortestFloat32).join(",")
    }]}`
  );
  return `${facts.slice(0, -2)},\n  "tensors": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
