/**
 * The sum of images that lie in different planes.
 *
 * @module
 */
import { f32x4, get, loadPair, type ModuleBuilder, setPair, storePair, v128 } from "./assembler.ts";
import type { Plane } from "./layout.ts";
import { forEachElement } from "./planes.ts";

/** Adds `name(to, from0, from1, …)`: the images added in this order; `to` may be the first. */
export function sumKernel(module: ModuleBuilder, name: string, to: Plane, from: readonly Plane[]): void {
  const names = from.map((_, i) => `from${i}`);
  module.function(name, ["to", ...names], (f) => {
    const target = f.parameter("to"), sources = names.map((source) => f.parameter(source)), sum = f.pair();
    const [first, ...others] = sources;
    const pointers = [
      { local: target, plane: to },
      ...sources.map((local, i) => ({ local, plane: from[i] })),
    ];
    f.emit(forEachElement(f, pointers, (offset) =>
      [
        loadPair(sum, get(first), offset),
        ...others.map((source) =>
          setPair(sum, (h, half) => f32x4.add(get(sum[h]), v128.load(get(source), offset + half)))
        ),
        storePair(get(target), sum, offset),
      ].flat()));
  });
}
