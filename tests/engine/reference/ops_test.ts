/**
 * Every operation's backward pass against finite differences of its forward pass, in all of its cases.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { draw, drawMany, Stream } from "../../../engine/streams.ts";
import { buildGraph, type OperationName } from "../../../models/graph.ts";
import { branches, conv, type Layer, linear } from "../../../models/layers/mod.ts";
import { isMap } from "../../../models/shape.ts";
import { REFERENCE_OPERATIONS } from "./ops/mod.ts";
import { errorFunction } from "./ops/gelu.ts";
import { referenceForward } from "./network.ts";
import type { Circumstances, OperationCase } from "./reference_operation.ts";
import { batchShape, type Tensor, zeros } from "./tensor.ts";

/** Half the distance of a central difference: its error is about h² f‴ + 1e-16/h, smallest near here. */
const STEP = 1e-5;
/** Of the largest derivative compared: rounding of sums of up to a few thousand terms, over `STEP`. */
const TOLERANCE = 1e-7;
/** Evenly spread over a tensor; each costs two forward passes. */
const ELEMENTS = 13;

/** Numbers of about −2 to 2, so that every activation's parts are met; none lies within 1e-4 of a kink at 0. */
function numbers(length: number, purpose: number): Float64Array {
  const words = new Uint32Array(length);
  drawMany({ seed: 21, stream: Stream.augmentation, index: purpose }, words);
  return Float64Array.from(words, (word) => {
    const value = 4 * (word / 2 ** 32) - 2;
    return Math.abs(value) < 1e-4 ? 1e-4 : value;
  });
}

interface Prepared {
  readonly inputs: readonly Tensor[];
  readonly tensors: Readonly<Record<string, Float64Array>>;
  run(
    inputs: readonly Tensor[],
    tensors: Circumstances["tensors"],
  ): ReturnType<ReturnType<typeof referenceForward>>;
}

/** The case's operation, completed as the graph does it, with inputs and tensors off their start. */
function prepare({ operation, inputs, examples }: OperationCase): Prepared {
  const isJoin = operation.kind === "add" || operation.kind === "concat";
  // what each branch of a join ends in does not matter here
  const layers: Layer[] = isJoin
    ? [branches(
      operation.kind,
      ...inputs.map((shape) =>
        isMap(shape) ? [conv({ out: shape[0], kernel: 1 })] : [linear({ out: shape[0] })]
      ),
    )]
    : [operation as Layer];
  const graph = buildGraph(layers, { input: inputs[0] }), node = graph.nodes[graph.nodes.length - 1];
  const tensors = Object.fromEntries(
    Object.entries(node.tensors).map(([role, { length }], index) => {
      const values = numbers(length, 100 + index);
      return [role, role === "running_var" ? values.map((value) => Math.abs(value) + 0.1) : values];
    }),
  );
  const training = {
    seed: 3,
    epoch: 2,
    ordinal: 0,
    indices: Array.from({ length: examples }, (_, n) => 5 * n),
  };
  const forward = referenceForward(operation.kind);
  return {
    inputs: inputs.map((shape, index) => {
      const { shape: sizes, data } = zeros(batchShape(examples, shape));
      return { shape: sizes, data: numbers(data.length, index) };
    }),
    tensors,
    run: (inputs, tensors) => forward(node.operation, inputs, { tensors, training }),
  };
}

/** Compares derivatives of Σ weight · output by some elements of `values`, which `evaluate` takes changed. */
function assertDerivatives(
  what: string,
  values: Float64Array,
  gradient: Float64Array,
  evaluate: (values: Float64Array) => number,
): void {
  equal(gradient.length, values.length, what);
  const stride = Math.ceil(values.length / ELEMENTS);
  const elements = Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => i * stride);
  const differences = elements.map((i) =>
    (evaluate(values.with(i, values[i] + STEP)) - evaluate(values.with(i, values[i] - STEP))) / (2 * STEP)
  );
  const largest = Math.max(1, ...differences.map(Math.abs));
  elements.forEach((element, i) => {
    const error = Math.abs(gradient[element] - differences[i]);
    ok(
      error <= TOLERANCE * largest,
      `${what}, element ${element}: expected ${differences[i]}, got ${gradient[element]}`,
    );
  });
}

for (const kind of Object.keys(REFERENCE_OPERATIONS) as OperationName[]) {
  for (const testCase of REFERENCE_OPERATIONS[kind].cases as readonly OperationCase[]) {
    Deno.test(`the reference has the gradients of finite differences: ${testCase.name}`, () => {
      const { inputs, tensors, run } = prepare(testCase), pass = run(inputs, tensors);
      const weights = numbers(pass.output.data.length, 50);
      const weighted = ({ output: { data } }: typeof pass) =>
        data.reduce((sum, value, i) => sum + weights[i] * value, 0);
      const gradients = pass.backward({ shape: pass.output.shape, data: weights });
      inputs.forEach(({ shape, data }, index) => {
        deepEqual(gradients.inputs[index].shape, shape);
        assertDerivatives(
          `input ${index}`,
          data,
          gradients.inputs[index].data,
          (data) => weighted(run(inputs.with(index, { shape, data }), tensors)),
        );
      });
      const trained = Object.keys(tensors).filter((role) => !role.startsWith("running"));
      deepEqual(Object.keys(gradients.tensors ?? {}).sort(), trained.toSorted());
      for (const role of trained) {
        assertDerivatives(
          role,
          tensors[role],
          gradients.tensors![role]!,
          (values) => weighted(run(inputs, { ...tensors, [role]: values })),
        );
      }
    });
  }
}

Deno.test("largest() sends a tie's gradient to the first, and padding never wins", () => {
  const input: Tensor = { shape: [1, 1, 2, 2], data: Float64Array.of(-3, -3, -3, -3) };
  const pool = referenceForward("maxPool");
  const tie = pool({ kind: "maxPool", size: 2, stride: 2, padding: 0 }, [input], { tensors: {} });
  deepEqual([...tie.output.data], [-3]);
  const dOutput: Tensor = { shape: [1, 1, 1, 1], data: Float64Array.of(5) };
  deepEqual([...tie.backward(dOutput).inputs[0].data], [5, 0, 0, 0]);
  const padded = pool({ kind: "maxPool", size: 2, stride: 2, padding: 1 }, [input], { tensors: {} });
  deepEqual([...padded.output.data], [-3, -3, -3, -3]);
});

Deno.test("errorFunction() has its tabulated values", () => {
  // Abramowitz and Stegun (1964), table 7.1
  for (const [x, value] of [[0.5, 0.5204998778], [1, 0.8427007929], [2, 0.9953222650]]) {
    ok(Math.abs(errorFunction(x) - value) < 1e-10, `${x}: ${errorFunction(x)}`);
    equal(errorFunction(-x), -errorFunction(x));
  }
  equal(errorFunction(0), 0);
});

Deno.test("dropout keeps the share that it says, and what it keeps is divided by it", () => {
  const data = new Float64Array(20_000).fill(1);
  const { output } = referenceForward("dropout")(
    { kind: "dropout", p: 0.3 },
    [{ shape: [1, 20_000, 1, 1], data }],
    { tensors: {}, training: { seed: 1, epoch: 1, indices: [0], ordinal: 0 } },
  );
  const kept = output.data.filter((value) => value !== 0);
  ok([...kept].every((value) => value === 1 / 0.7));
  ok(Math.abs(kept.length / data.length - 0.7) < 0.02); // six standard deviations
  equal(
    draw({ seed: 1, stream: Stream.dropout, epoch: 1 }, 0) >>> 8 >= Math.round(0.3 * 2 ** 24),
    output.data[0] !== 0,
  );
});
