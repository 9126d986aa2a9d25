/**
 * The most multiply-adds that one core can do in WebAssembly: the yardstick of the other kernels.
 *
 * @module
 */
import { f32x4, get, I32, ModuleBuilder, repeat, setPair, storePair, v128 } from "./assembler.ts";

/** Independent chains: more than latency × throughput asks for, as many as registers allow. */
const CHAINS = 10;
const TURNS = 20_000;

/** Floating-point operations of one call of the kernel. */
export const PEAK_FLOP = TURNS * CHAINS * 8 * 2;

/** A kernel that does nothing but `PEAK_FLOP` operations in registers; call it repeatedly and take the time. */
export function peakKernel(): () => void {
  const module = new ModuleBuilder();
  module.function("run", ["at"], (f) => {
    const at = f.parameter("at"), counter = f.local(I32), sums = f.pairs(CHAINS), factor = f.pair();
    f.emit(
      setPair(factor, (_, half) => v128.load(get(at), half)),
      ...sums.map((sum) => setPair(sum, (_, half) => v128.load(get(at), half))),
      repeat(
        counter,
        TURNS,
        ...sums.map((sum) => setPair(sum, (h) => f32x4.madd(get(factor[h]), get(factor[h]), get(sum[h])))),
      ),
      ...sums.map((sum, i) => storePair(get(at), sum, 64 + 32 * i)),
    );
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1)), { env: { memory } });
  const run = instance.exports.run as (at: number) => void;
  return () => run(0);
}
