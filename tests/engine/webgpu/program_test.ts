import assert from "node:assert/strict";
import { MAXIMUM_INVOCATIONS, MAXIMUM_WORKGROUP_BYTES } from "../../../engine/webgpu/layout.ts";
import { bytesPerTrial } from "../../../engine/webgpu/network.ts";
import { planProgram, type Program } from "../../../engine/webgpu/program.ts";
import { FIELD_FOLDER, loadIterations } from "../../../models/catalog.ts";
import { forwardMultiplyAdds, trainingFlop } from "../../../models/graph.ts";
import type { Iteration, Training } from "../../../models/iteration.ts";
import { conv, flatten, linear, relu } from "../../../models/layers/mod.ts";
import { LAYER_CASES } from "../layer_suite.ts";

const SIZES = { trainCount: 60_000, testCount: 10_000 };
const iterations = await loadIterations();
const field = await loadIterations(FIELD_FOLDER);
const [baseline] = iterations;

/** Recipes that change what a step does, each on top of the baseline's. */
const RECIPES: [string, Partial<Training>][] = [
  ["held-out images", { validationCount: 5000, trainCount: 20_000, dropLast: true }],
  ["an average, clipped", { average: { decay: 0.9 }, clipNorm: 1, l1: 1e-4, labelSmoothing: 0.1 }],
  ["images from the host", { augmentation: [{ kind: "randomCrop", padding: 2 }] }],
];

/** The five iterations, public entries, those recipes, and the layer suite's networks, fused and not. */
function planAll(): [string, Program][] {
  const cases = LAYER_CASES.map(({ name, layers }): Iteration => ({ ...baseline, title: name, layers }));
  const recipes = RECIPES.map(([title, recipe]): Iteration => ({
    ...baseline,
    title,
    training: { ...baseline.training, ...recipe },
  }));
  return [...iterations, ...field, ...recipes, ...cases].flatMap((iteration) =>
    [true, false].map((fuse): [string, Program] => [
      `${iteration.title}${fuse ? "" : ", not fused"}`,
      planProgram(iteration, SIZES, { fuse }),
    ])
  );
}

let planned: [string, Program][] | undefined;
const programs = () => planned ??= planAll();

const kernelsOf = (
  { train, beforeEvaluation, validate, evaluate, afterEvaluation }: Program,
) => [...train, ...beforeEvaluation, ...validate, ...evaluate, ...afterEvaluation];

Deno.test("planProgram() stays within WebGPU's default limits", () => {
  const sizes = { vec4f: 16, vec2f: 8, f32: 4, u32: 4 } as const;
  for (const [name, program] of programs()) {
    for (const { label, code, bindings, workgroups } of kernelsOf(program)) {
      const where = `${name}, ${label}`;
      assert.ok(bindings.length <= 8, `${where}: ${bindings.length} buffers`);
      assert.ok(workgroups.every((count) => count >= 1 && count <= 65_535), `${where}: ${workgroups}`);
      const [, x, y] = /@workgroup_size\((\d+), (\d+)\)/.exec(code)!;
      assert.ok(Number(x) * Number(y) <= MAXIMUM_INVOCATIONS, `${where}: ${x} × ${y} invocations`);
      const memory = [...code.matchAll(/var<workgroup> \w+: array<(\w+), (\d+)>/g)].reduce(
        (sum, [, type, count]) => sum + sizes[type as keyof typeof sizes] * Number(count),
        0,
      );
      assert.ok(memory <= MAXIMUM_WORKGROUP_BYTES, `${where}: ${memory} bytes of workgroup memory`);
    }
  }
});

Deno.test("planProgram() binds no buffer twice in a kernel, and none that it has not planned", () => {
  for (const [name, program] of programs()) {
    const planned = new Set(program.buffers.map((buffer) => buffer.name));
    assert.equal(planned.size, program.buffers.length, name);
    for (const { label, bindings } of kernelsOf(program)) {
      const bound = bindings.map(({ buffer }) => buffer);
      assert.equal(new Set(bound).size, bound.length, `${name}, ${label}: ${bound}`);
      assert.deepEqual(bound.filter((buffer) => !planned.has(buffer)), [], `${name}, ${label}`);
    }
  }
});

Deno.test("planProgram() gives every parameter a gradient, and every packed copy a place of its own", () => {
  for (const [name, { graph, records, buffers }] of programs()) {
    const words = (buffer: string) => buffers.find((each) => each.name === buffer)!.words;
    assert.equal(records.filter(Boolean).length, graph.parameterCount, name);
    const places = records.flatMap(({ forwardAt, backwardAt }) => [forwardAt ?? [], backwardAt ?? []].flat());
    assert.equal(new Set(places).size, places.length, name);
    assert.ok(places.every((at) => at < words("packed")), name);
    for (const { partialAt, partialStride, parts } of records) {
      assert.ok(partialAt + Math.max(0, parts - 1) * partialStride < words("partials"), name);
    }
    for (const { name: tensor, group, trained, offset, length } of graph.tensors) {
      if (!trained) continue;
      const parts = records.slice(offset, offset + length).map((record) => record.parts);
      // a bias that batch norm takes out again has none where the two are computed together
      const least = group === "bias" && !name.endsWith("not fused") ? 0 : 1;
      assert.ok(parts.every((count) => count >= least), `${name}: ${tensor}`);
    }
  }
});

Deno.test("planProgram() leaves norms and biases without decay where the recipe says so", () => {
  const optimizer = { kind: "sgd", learningRate: 0.1, weightDecay: 1e-4, decayNormAndBias: false } as const;
  const training: Training = { ...baseline.training, optimizer };
  const { graph, records } = planProgram({ ...baseline, training }, SIZES);
  for (const { name, group, trained, offset, length } of graph.tensors.filter((spec) => spec.trained)) {
    assert.ok(trained);
    const flags = records.slice(offset, offset + length).map((record) => record.withoutDecay);
    assert.deepEqual(new Set(flags), new Set([group !== "kernel"]), name);
  }
  assert.ok(planProgram(baseline, SIZES).records.every((record) => !record.withoutDecay));
});

Deno.test("planProgram() does the arithmetic of the definition, and the first convolution once more", () => {
  // iteration 1 has no padding, whose products are left out
  const { layers, training: { batchSize } } = baseline;
  const flopOf = (program: Program) => program.train.reduce((sum, { work }) => sum + work.flop, 0);
  const first = 2 * forwardMultiplyAdds(layers.slice(0, 1));
  assert.equal(flopOf(planProgram(baseline, SIZES)), batchSize * (trainingFlop(layers) + first));
  const alone = planProgram(baseline, SIZES, { fuse: false });
  assert.equal(flopOf(alone), batchSize * trainingFlop(layers));
});

Deno.test("planProgram() leaves out what a stride, a dilation or groups do not compute", () => {
  const layers = [
    conv({ out: 6, kernel: 3, stride: 2 }), // [N,6,13,13]
    relu(),
    conv({ out: 4, kernel: 3, dilation: 2, groups: 2 }), // [N,4,9,9]
    relu(),
    conv({ out: 4, kernel: 3, groups: 4, stride: 3 }), // [N,4,3,3]
    flatten(),
    linear({ out: 10 }),
  ];
  const { train, batchSize } = planProgram({ ...baseline, layers }, SIZES);
  const flop = train.reduce((sum, { work }) => sum + work.flop, 0);
  assert.equal(flop, batchSize * trainingFlop(layers));
});

Deno.test("planProgram() keeps a step within 45 dispatches and a trial of the five iterations within 48 MiB", () => {
  for (const iteration of iterations) {
    const program = planProgram(iteration, SIZES);
    assert.ok(program.train.length <= 45, `iteration ${iteration.id}: ${program.train.length} dispatches`);
    const { total } = bytesPerTrial(program);
    assert.ok(total <= 48 << 20, `iteration ${iteration.id}: ${total} bytes`);
  }
});
