import assert from "node:assert/strict";
import { MAXIMUM_INVOCATIONS, MAXIMUM_WORKGROUP_BYTES } from "../../../engine/webgpu/layout.ts";
import { bytesPerTrial } from "../../../engine/webgpu/network.ts";
import { planProgram, type Program } from "../../../engine/webgpu/program.ts";
import { loadIterations } from "../../../models/catalog.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { forwardMultiplyAdds, trainingFlop } from "../../../models/work.ts";
import { layerCases } from "../engine_suite.ts";

const SIZES = { trainCount: 60_000, testCount: 10_000 };
const iterations = await loadIterations();

/** The five iterations, and the layer suite's networks under the baseline's recipe. */
function programs(): [string, Program][] {
  const cases = layerCases.map(({ name, layers }): Iteration => ({ ...iterations[0], title: name, layers }));
  return [...iterations, ...cases].map((iteration) => [iteration.title, planProgram(iteration, SIZES)]);
}

const kernelsOf = (
  { train, beforeEvaluation, evaluate }: Program,
) => [...train, ...beforeEvaluation, ...evaluate];

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
  for (const [name, { network, records, buffers }] of programs()) {
    const words = (buffer: string) => buffers.find((each) => each.name === buffer)!.words;
    assert.equal(records.filter(Boolean).length, network.parameterCount, name);
    const places = records.flatMap(({ forwardAt, backwardAt }) => [forwardAt ?? [], backwardAt ?? []].flat());
    assert.equal(new Set(places).size, places.length, name);
    assert.ok(places.every((at) => at < words("packed")), name);
    for (const { partialAt, partialStride, parts } of records) {
      assert.ok(partialAt + Math.max(0, parts - 1) * partialStride < words("partials"), name);
    }
    for (const { role, offset, length } of network.tensors) {
      if (role.startsWith("running")) continue;
      const parts = records.slice(offset, offset + length).map((record) => record.parts);
      assert.ok(parts.every((count) => role === "convBias" ? count === 0 : count > 0), `${name}: ${role}`);
    }
  }
});

Deno.test("planProgram() does the arithmetic of the definition, and the first convolution once more", () => {
  // iteration 1 has no padding, whose products are left out
  const [{ layers, training: { batchSize } }] = iterations;
  const { train } = planProgram(iterations[0], SIZES);
  const flop = train.reduce((sum, { work }) => sum + work.flop, 0);
  const first = 2 * forwardMultiplyAdds(layers.slice(0, 1));
  assert.equal(flop, batchSize * (trainingFlop(layers) + first));
});

Deno.test("planProgram() keeps a step within 45 dispatches and a trial of the five iterations within 48 MiB", () => {
  for (const iteration of iterations) {
    const program = planProgram(iteration, SIZES);
    assert.ok(program.train.length <= 45, `iteration ${iteration.id}: ${program.train.length} dispatches`);
    const { total } = bytesPerTrial(program);
    assert.ok(total <= 48 << 20, `iteration ${iteration.id}: ${total} bytes`);
  }
});
