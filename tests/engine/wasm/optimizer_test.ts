import { deepEqual, ok } from "node:assert/strict";
import { optimizerScalars } from "../../../engine/optimizers.ts";
import { ModuleBuilder } from "../../../engine/wasm/assembler.ts";
import { optimizerKernels, scalarRecord } from "../../../engine/wasm/optimizer.ts";
import { baseline } from "../../../models/iterations/01_baseline.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import type { Training } from "../../../models/iteration.ts";
import { GoldenFile } from "../../golden_file.ts";

const golden = new GoldenFile("optimizers");
const STEPS = 6;
const SIZE = golden.f32("parameters").length;
/** A vector of padding behind the parameters, and one that is not the kernel's to touch. */
const PADDING = 4, CANARY = 4, CANARY_VALUE = 123;
const FLOAT32_TOLERANCE = 1e-6; // absolute, on parameters of size 1: the golden README's bound

const builder = new ModuleBuilder();
optimizerKernels(builder);
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(builder.bytes(1)), { env: { memory } });
const kernels = exports as Record<"adam" | "sgd", (...args: number[]) => void>;

/** Applies the six golden gradients; returns the parameters after each step. */
function train(training: Training): Float32Array[] {
  const f32 = new Float32Array(memory.buffer);
  const length = SIZE + PADDING + CANARY;
  const [parameters, gradients, first, second, scalars] = [0, 1, 2, 3, 4].map((i) => i * length);
  f32.fill(0, 0, 4 * length);
  for (const array of [parameters, gradients, first, second]) {
    f32.fill(CANARY_VALUE, array + SIZE + PADDING, array + length);
  }
  f32.set(golden.f32("parameters"), parameters);
  return Array.from({ length: STEPS }, (_, step) => {
    f32.set(golden.f32("gradients").subarray(step * SIZE, (step + 1) * SIZE), gradients);
    const values = optimizerScalars(training, step, STEPS);
    f32.set(scalarRecord(values), scalars);
    kernels[values.kind](
      4 * parameters,
      4 * gradients,
      4 * first,
      4 * second,
      4 * scalars,
      (SIZE + PADDING) / 4,
    );
    for (const array of [parameters, gradients, first, second]) {
      const behind = [...f32.subarray(array + SIZE, array + length)];
      deepEqual(behind, [...Array(PADDING).fill(0), ...Array(CANARY).fill(CANARY_VALUE)]);
    }
    return f32.slice(parameters, parameters + SIZE);
  });
}

const adam: Training = { ...baseline.training, epochs: 1, schedule: { kind: "constant" } };
const sgd: Training = { ...oneCycle.training, epochs: 1, schedule: { kind: "constant" } };
const sgdOneCycle: Training = { ...oneCycle.training, epochs: 1 };

for (
  const [name, training, fixture] of [
    ["adam follows PyTorch's Adam", adam, "adam/after_each_step"],
    ["sgd follows PyTorch's SGD with momentum and weight decay", sgd, "sgd_momentum_decay/after_each_step"],
    ["sgd follows PyTorch's SGD under OneCycleLR", sgdOneCycle, "sgd_one_cycle/after_each_step"],
  ] as const
) {
  Deno.test(`${name}, and leaves padding zero`, () => {
    const expected = golden.f64(fixture);
    train(training).forEach((parameters, step) => {
      parameters.forEach((value, i) => {
        const error = Math.abs(value - expected[step * SIZE + i]);
        ok(error <= FLOAT32_TOLERANCE, `step ${step + 1}, parameter ${i}: error ${error}`);
      });
    });
  });
}
