/**
 * What the machine must have, and whether its multiply-add is fused.
 *
 * @module
 */
import { type Expr, f32x4, get, ModuleBuilder, v128 } from "./assembler.ts";

/** What a worker found out about the machine that it runs on. */
export interface Features {
  /** Whether `f32x4.relaxed_madd` rounds once. Where it does not, the engine is `wasm-unfused`. */
  readonly fused: boolean;
  /** Whether numbers below 2^−126 are kept. */
  readonly denormals: boolean;
}

function computes(value: Expr, a: number, b: number, c: number): number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const module = new ModuleBuilder();
  module.function("run", ["at"], (f) => f.emit(v128.store(get(f.parameter("at")), value, 48)));
  const f32 = new Float32Array(memory.buffer);
  [a, b, c].forEach((x, i) => f32.fill(x, 4 * i, 4 * i + 4));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1)), { env: { memory } });
  (instance.exports.run as (at: number) => void)(0);
  return f32[12];
}

/** Pages hide `SharedArrayBuffer` unless they are isolated, and share WebAssembly memory all the same. */
function sharesMemory(): boolean {
  try {
    new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return true;
  } catch {
    return false;
  }
}

/** The i-th vector of memory. */
const operand = (i: number): Expr => v128.load([0x41, 0], 16 * i);

/**
 * Tries what the kernels rest on.
 *
 * @throws {Error} If WebAssembly lacks SIMD, relaxed SIMD or shared memory; the message says which.
 */
export function probeFeatures(): Features {
  const valid = (value: Expr) => {
    const module = new ModuleBuilder();
    module.function("run", ["at"], (f) => f.emit(v128.store(get(f.parameter("at")), value)));
    return WebAssembly.validate(module.bytes(1));
  };
  const missing = [
    ...(sharesMemory() ? [] : ["shared memory"]),
    ...(valid(f32x4.add(operand(0), operand(1))) ? [] : ["128-bit SIMD"]),
    ...(valid(f32x4.madd(operand(0), operand(1), operand(2))) ? [] : ["relaxed SIMD"]),
  ];
  if (missing.length > 0) {
    throw new Error(
      `Cannot start the wasm engine: expected WebAssembly with shared memory, 128-bit SIMD and relaxed SIMD, ` +
        `got a machine without ${missing.join(" and ")}; use a newer Deno or a processor with SSE4.1 or NEON`,
    );
  }
  // (1 + 2^−12)² − (1 + 2^−11) is 2^−24 exactly; a product rounded first loses it
  const tiny = 1 / 4096;
  const madd = f32x4.madd(operand(0), operand(1), operand(2));
  return {
    fused: computes(madd, 1 + tiny, 1 + tiny, -(1 + 2 * tiny)) === tiny * tiny,
    denormals: computes(f32x4.mul(operand(0), operand(1)), 1e-20, 1e-20, 0) > 0,
  };
}
