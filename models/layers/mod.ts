/**
 * Every kind of layer, by its name in the vocabulary. A new kind is a file in this folder and a line in
 * `plain.ts`; every engine's table must then name it as well, or nothing compiles.
 *
 * @module
 */
import { type At, inside } from "../fields.ts";
import { type AnyCompleted, type AnyOf, checkKind, type Kind } from "../kinds.ts";
import type { Fields } from "../fields.ts";
import { type Branches, branches } from "./branches.ts";
import * as plain from "./plain.ts";
import { type Repeat, repeat } from "./repeat.ts";

/** The layers that compute something from one input. */
export const LAYERS = { ...plain };

/** The layers that are made of other layers: `graph.ts` takes them apart. */
const COMPOSITES = { branches, repeat };

const ALL: Readonly<Record<string, Kind<string, Fields>>> = { ...LAYERS, ...COMPOSITES };

/** The name of a layer that computes something. */
export type LayerKindName = keyof typeof LAYERS;

/** A layer that computes something, as a person writes it. */
export type PlainLayer = AnyOf<typeof LAYERS>;

/** The same with every fallback in its place. */
export type CompletedLayer = AnyCompleted<typeof LAYERS>;

/** One layer of a network, in the order in which an image passes through. */
export type Layer = PlainLayer | Branches | Repeat;

/** The completed layer of one kind. */
export type LayerOf<K extends LayerKindName> = Extract<CompletedLayer, { readonly kind: K }>;

/** Every word that may stand as a layer's `kind`. */
export const LAYER_WORDS: readonly string[] = Object.keys(ALL);

/** How a layer is named in a message: its number, counted from 1, and its kind. */
export const layerAt = (at: At, index: number, layer?: { readonly kind: string }): At =>
  inside(at, layer === undefined ? `layer ${index + 1}` : `layer ${index + 1} (${layer.kind})`);

/** Checks fields and kinds of a list of layers; whether they fit together is the graph's business. */
export function checkLayers(layers: readonly unknown[], at: At): void {
  layers.forEach((layer, index) => {
    const known = typeof layer === "object" && layer !== null && "kind" in layer &&
        typeof layer.kind === "string" && Object.hasOwn(ALL, layer.kind)
      ? { kind: layer.kind }
      : undefined;
    checkKind(ALL, layer, layerAt(at, index, known));
  });
}

export * from "./plain.ts";
export { branches, repeat };
export type { Branches, Repeat };
