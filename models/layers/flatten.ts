/**
 * A map as a vector, [C,H,W] → [C·H·W], rows of a channel one after the other.
 *
 * @module
 */
import { elements, needMap } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const flatten = layerKind("flatten", {
  fields: {},
  output(_, input) {
    needMap(input);
    return [elements(input)];
  },
  channelShift: () => "kept",
});
