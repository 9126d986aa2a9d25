import assert from "node:assert/strict";
import { countStep, countWebgpu, predictStep } from "../../../bench/perf/webgpu_cost.ts";
import type { Kernel } from "../../../engine/webgpu/kernel.ts";
import { loadIterations } from "../../../models/catalog.ts";

const kernel = (flop: number, bytes: number): Kernel => ({
  label: "",
  code: "",
  bindings: [],
  workgroups: [1, 1],
  work: { flop, bytes },
});

const DEVICE = {
  flopPerSecond: 100,
  bytesPerSecond: 10,
  flopShare: 0.5,
  bytesShare: 1,
  gapSeconds: 0.25,
  recordSeconds: 2,
  submitSeconds: 1,
};

Deno.test("countStep() adds up the kernels of a step", () => {
  assert.deepEqual(countStep({ train: [kernel(5, 7), kernel(11, 13)] }), {
    dispatches: 2,
    flop: 16,
    bytes: 20,
  });
});

Deno.test("predictStep() takes of each kernel its arithmetic or its traffic, and of host and device the longer", () => {
  const kernels = [kernel(100, 10), kernel(50, 30)];
  // 2 s of arithmetic rather than 1 s of traffic; 3 s of traffic rather than 1 s of arithmetic; two gaps
  const one = predictStep(kernels, 1, DEVICE);
  assert.deepEqual(one, { host: 5, device: 5.5, step: 5.5 });
  assert.deepEqual(predictStep(kernels, 2, DEVICE), { host: 5, device: 10.5, step: 10.5 });
  assert.equal(predictStep(kernels, 1, { ...DEVICE, recordSeconds: 4 }).step, 9);
});

Deno.test("countWebgpu() has a row for each iteration", async () => {
  const iterations = await loadIterations(), { text, json } = countWebgpu(iterations);
  assert.equal(text.split("\n").filter((line) => /^\| +\d/.test(line)).length, iterations.length);
  const rows = json.rows as { iteration: number; imagesPerSecond: number[] }[];
  // more trials at once never train fewer images
  for (const { imagesPerSecond } of rows) {
    assert.deepEqual(imagesPerSecond, imagesPerSecond.toSorted((a, b) => a - b));
  }
  assert.deepEqual(json.trials, [1, 5, 25, 100]);
  const asked = countWebgpu(iterations.slice(0, 1), [25, 7]);
  assert.deepEqual(asked.json.trials, [25, 7]);
  const [{ imagesPerSecond }] = asked.json.rows as typeof rows;
  assert.equal(imagesPerSecond[0], rows[0].imagesPerSecond[2]);
  assert.match(asked.text, /\| +25 at once \[images\/s\] \| +7 at once \[images\/s\] \|$/m);
});
