/**
 * Tells which module of a notebook's model is which layer of a network, where names are not those of `nn.Sequential`.
 *
 * A module fits a layer that has the same tensors, by PyTorch's names inside a module and by shape. Where several
 * modules fit several layers, they are taken in the order of their numbers (`conv2` before `conv10`), if numbers are
 * all that tells them apart; else nothing is guessed. A file does not tell the order in which modules were made:
 * safetensors sorts names.
 *
 * @module
 */
import type { Graph } from "../models/graph.ts";
import { showShape } from "../models/shape.ts";

/** A tensor's name and shape. */
export interface Named {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Layers by the modules' names, where all could be told apart. */
export type Match =
  | { readonly kind: "matched"; readonly places: ReadonlyMap<string, string> }
  /** Modules that hold the same and differ in more than numbers. */
  | { readonly kind: "ambiguous"; readonly modules: readonly string[] }
  | { readonly kind: "different" };

/** `conv1.weight` as `conv1` and `weight`. */
export function splitName(name: string): { readonly module: string; readonly role: string } {
  const dot = name.lastIndexOf(".");
  return { module: name.slice(0, Math.max(dot, 0)), role: name.slice(dot + 1) };
}

/** A 1×1 convolution of a vector is a linear layer, and its weight has two sizes of 1 more. */
export function withoutPoint(shape: readonly number[]): readonly number[] {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}

/** Modules by what they hold. */
function bySignature(tensors: readonly Named[]): Map<string, string[]> {
  const modules = new Map<string, string[]>();
  for (const { name, shape } of tensors) {
    const { module, role } = splitName(name);
    const parts = modules.get(module) ?? [];
    parts.push(`${role}${showShape(withoutPoint(shape))}`);
    modules.set(module, parts);
  }
  const classes = new Map<string, string[]>();
  for (const [module, parts] of modules) {
    const signature = parts.sort().join();
    classes.set(signature, [...classes.get(signature) ?? [], module]);
  }
  return classes;
}

const numbersOf = (module: string): number[] => (module.match(/\d+/g) ?? []).map(Number);
const wordsOf = (module: string): string => module.replace(/\d+/g, "#");

function byNumbers(a: string, b: string): number {
  const first = numbersOf(a), second = numbersOf(b);
  const at = first.findIndex((number, index) => number !== second[index]);
  return at < 0 ? 0 : first[at] - second[at];
}

/** Finds the layer of every module. */
export function matchModules(stored: readonly Named[], { tensors, nodes }: Graph): Match {
  const given = bySignature(stored), wanted = bySignature(tensors);
  const order = new Map(nodes.map(({ place }, index) => [place, index]));
  const isSame = given.size === wanted.size &&
    [...wanted].every(([signature, places]) => given.get(signature)?.length === places.length);
  if (!isSame) return { kind: "different" };
  const places = new Map<string, string>();
  for (const [signature, modules] of given) {
    const byWords = new Map(modules.map((module) => [wordsOf(module), module]));
    if (byWords.size > 1) return { kind: "ambiguous", modules: [...byWords.values()] };
    const layers = wanted.get(signature)!.sort((a, b) => order.get(a)! - order.get(b)!);
    modules.sort(byNumbers).forEach((module, index) => places.set(module, layers[index]));
  }
  return { kind: "matched", places };
}
