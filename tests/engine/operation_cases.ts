/**
 * A network around each case of an operation's reference, so that an engine trains it: something learned in front,
 * whose gradient tells that of the operation's input, and a linear layer behind, which sends each output a gradient of
 * its own.
 *
 * @module
 */
import { buildGraph, type OperationName } from "../../models/graph.ts";
import { branches, conv, flatten, type Layer, linear, maxPool } from "../../models/layers/mod.ts";
import { CLASS_COUNT, IMAGE_SHAPE, isMap, type Shape } from "../../models/shape.ts";
import type { NetworkCase } from "./network_cases.ts";
import { REFERENCE_OPERATIONS } from "./reference/ops/mod.ts";
import type { OperationCase } from "./reference/reference_operation.ts";

const SIDE = IMAGE_SHAPE[1], PIXELS = SIDE * SIDE;

/** From the image to a value of this shape, by a convolution of 2×2 or more, or a linear layer. */
function leadingTo(shape: Shape): Layer[] {
  const [channels, side] = shape;
  if (!isMap(shape)) {
    return channels === PIXELS ? [flatten()] : [maxPool({ size: 7 }), flatten(), linear({ out: channels })];
  }
  if (side === SIDE) return channels === 1 ? [] : [conv({ out: channels, kernel: 3, padding: 1 })];
  // of a map of one or two, a convolution with padding would see mostly zeros
  const size = Math.floor(SIDE / (side <= 2 ? side + 1 : side)), pooled = Math.floor(SIDE / size);
  return [
    ...(size === 1 ? [] : [maxPool({ size })]),
    conv(
      pooled === side
        ? { out: channels, kernel: 3, padding: 1 }
        : { out: channels, kernel: pooled - side + 1 },
    ),
  ];
}

/** The operation on what leads to it; each but the last input of one that joins has a 1×1 convolution of its own. */
function operated({ operation, inputs }: OperationCase): Layer[] {
  if (operation.kind !== "add" && operation.kind !== "concat") {
    return [...leadingTo(inputs[0]), operation as Layer];
  }
  const last = inputs[inputs.length - 1];
  return [
    ...leadingTo(last),
    branches(
      operation.kind,
      ...inputs.map((shape, index) =>
        index === inputs.length - 1
          ? []
          : [isMap(shape) ? conv({ out: shape[0], kernel: 1 }) : linear({ out: shape[0] })]
      ),
    ),
  ];
}

function networkOf(testCase: OperationCase): Layer[] {
  const layers = operated(testCase), { logits, values } = buildGraph(layers);
  return [...layers, ...(isMap(values[logits].shape) ? [flatten()] : []), linear({ out: CLASS_COUNT })];
}

/** The case as a network, trained on its batch and then on half of it. */
function networkCaseOf(testCase: OperationCase): NetworkCase {
  const { name, examples } = testCase;
  return {
    name,
    layers: networkOf(testCase),
    batches: examples > 3 ? [examples, Math.floor(examples / 2)] : [examples],
    images: "noise",
  };
}

/** The cases of one operation, or of all of them. */
export function operationCases(
  kinds: readonly OperationName[] = Object.keys(REFERENCE_OPERATIONS) as OperationName[],
): NetworkCase[] {
  return kinds.flatMap((kind) =>
    (REFERENCE_OPERATIONS[kind].cases as readonly OperationCase[]).map(networkCaseOf)
  );
}
