import assert from "node:assert/strict";
import { drawMany, Stream } from "../../../engine/streams.ts";
import { EXPONENTIAL, LOGARITHM } from "../../../engine/webgpu/elementary.ts";
import { defineKernel } from "../../../engine/webgpu/kernel.ts";
import { exp, log } from "../../../math/elementary.ts";
import { GPU_TEST } from "./adapter.ts";
import { openKernels } from "./kernel_bench.ts";

const COUNT = 1 << 16;
/** 2^-23, the distance of float32 numbers between 1 and 2. */
const ULP = 2 ** -23;

/** Computes `expression` of each `x` on the GPU. */
async function evaluate(expression: string, x: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const kernel = defineKernel({
    label: expression,
    bindings: {
      values: { buffer: "values", type: "f32" },
      results: { buffer: "results", type: "f32", write: true },
    },
    size: [64, 1],
    workgroups: [COUNT / 64, 1],
    declarations: EXPONENTIAL + LOGARITHM,
    body: `  let at = group.x * 64 + local.x;
  let x = values[at];
  results[at] = ${expression};`,
  });
  const bench = await openKernels([kernel], { values: x, results: new Float32Array(COUNT) });
  try {
    bench.run();
    return await bench.read("results");
  } finally {
    bench.close();
  }
}

/** Random numbers in [0, 1), the first 0. */
function units(): Float64Array {
  const words = new Uint32Array(COUNT);
  drawMany({ seed: 1, stream: Stream.batchOrder, index: 9 }, words);
  words[0] = 0;
  return Float64Array.from(words, (word) => word / 2 ** 32);
}

Deno.test(
  "exponential() in WGSL is within 1.5 ulp of e^x, 0 below -87 and infinite where it ends",
  GPU_TEST,
  async () => {
    // of either sign, most of them near 0
    const x = Float32Array.from(units(), (unit, i) => (i % 2 === 0 ? -87 : 88.72) * unit * unit);
    x.set([-87.01, -100, -1e30, 0, 88.73, 1e30]);
    const got = await evaluate("exponential(x)", x);
    assert.deepEqual([...got.subarray(0, 6)], [0, 0, 0, 1, Infinity, Infinity]);
    x.forEach((value, i) => {
      if (value < -87 || value > 88.7228) return;
      const expected = exp(value);
      assert.ok(
        Math.abs(got[i] - expected) <= 1.5 * ULP * expected,
        `e^${value} is ${expected}, got ${got[i]}`,
      );
    });
  },
);

Deno.test(
  "logarithm() in WGSL is within 1.5 ulp of 1, or of log x where that is larger",
  GPU_TEST,
  async () => {
    // sums of ten exponentials lie between 1 and 10; others for good measure
    const x = Float32Array.from(units(), (unit, i) => i % 2 === 0 ? 1 + 9 * unit : exp(160 * unit - 80));
    x[0] = 1;
    const got = await evaluate("logarithm(x)", x);
    assert.equal(got[0], 0);
    x.forEach((value, i) => {
      const expected = log(value), bound = 1.5 * ULP * Math.max(1, Math.abs(expected));
      assert.ok(Math.abs(got[i] - expected) <= bound, `log ${value} is ${expected}, got ${got[i]}`);
    });
  },
);
