/**
 * What tells two recipes apart, thing by thing: a variant that changes two says nothing about either.
 *
 * @module
 */
import { canonicalRecipe, type Iteration } from "../iteration.ts";

type Recipe = Pick<Iteration, "layers" | "training">;

/**
 * The things that are others in `variant`, in words; empty where it means the same.
 *
 * One thing is a field of the training; of optimizer and schedule a field, or all of it where the kind is another; of a
 * list of augmentations an entry, or all of it where one list is empty. Of the layers it is what differs in one place,
 * or the same field of layers of one kind, or layers of one kind taken out or put in, wherever they are.
 */
export function changesBetween(base: Recipe, variant: Recipe): string[] {
  const before = canonicalRecipe(base), after = canonicalRecipe(variant);
  const fields = [...new Set([...Object.keys(before.training), ...Object.keys(after.training)])];
  return [
    ...layerChanges(before.layers, after.layers),
    ...fields.flatMap((field) => fieldChanges(field, before.training[field], after.training[field])),
  ];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fieldChanges(field: string, before: unknown, after: unknown): string[] {
  if (same(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(field, before, after);
  if (!isObject(before) || !isObject(after) || before.kind !== after.kind) return [field];
  // what a normalization subtracts and divides by is one thing
  if (before.kind === undefined) return [field];
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return parts.filter((part) => !same(before[part], after[part])).map((part) => `${field}.${part}`);
}

function listChanges(field: string, before: readonly unknown[], after: readonly unknown[]): string[] {
  if (before.length === 0 || after.length === 0) return [field];
  const hunks = differences(before, after);
  return hunks.flatMap(({ removed, added }) =>
    Array.from({ length: Math.max(removed.length, added.length) }, (_, index) => {
      const { kind } = (removed[index] ?? added[index]) as { readonly kind: string };
      return `${field} (${kind})`;
    })
  );
}

function layerChanges(before: readonly unknown[], after: readonly unknown[]): string[] {
  const hunks = differences(before, after);
  if (hunks.length <= 1) return hunks.map(describeHunk);
  const kinds = new Set(
    hunks.flatMap(({ removed, added }) => [...removed, ...added]).map((layer) => kindOf(layer)),
  );
  const ways = new Set(hunks.map(wayOf));
  return kinds.size === 1 && ways.size === 1 ? [`layers (every ${[...kinds][0]})`] : hunks.map(describeHunk);
}

const kindOf = (layer: unknown) => (layer as { readonly kind: string }).kind;

/** What happened in one place: layers came or went, or which of their fields are others. */
function wayOf({ removed, added }: Hunk): string {
  if (removed.length === 0) return "added";
  if (added.length === 0) return "removed";
  const fields = removed.length !== added.length ? ["all"] : removed.flatMap((layer, index) => {
    const [a, b] = [layer, added[index]] as Readonly<Record<string, unknown>>[];
    return Object.keys({ ...a, ...b }).filter((field) => !same(a[field], b[field]));
  });
  return [...new Set(fields)].sort().join(",");
}

function describeHunk({ at, removed, added }: Hunk): string {
  const names = (layers: readonly unknown[]) => layers.map(kindOf).join(", ") || "nothing";
  const place = `layers from ${at + 1}`;
  return same(removed.map(kindOf), added.map(kindOf))
    ? `${place} (${names(removed)})`
    : `${place} (${names(removed)} → ${names(added)})`;
}

/** What stands in one list and not in the other, at one place. */
interface Hunk {
  readonly at: number;
  readonly removed: readonly unknown[];
  readonly added: readonly unknown[];
}

/** The differences of two lists around a longest common subsequence. */
function differences(before: readonly unknown[], after: readonly unknown[]): Hunk[] {
  const a = before.map((value) => JSON.stringify(value)), b = after.map((value) => JSON.stringify(value));
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] = a[i] === b[j]
        ? lengths[i + 1][j + 1] + 1
        : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const hunks: { at: number; removed: unknown[]; added: unknown[] }[] = [];
  let i = 0, j = 0, open: typeof hunks[number] | undefined;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      open = undefined;
      i++;
      j++;
      continue;
    }
    if (open === undefined) hunks.push(open = { at: i, removed: [], added: [] });
    if (j >= b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1])) {
      open.removed.push(before[i++]);
    } else open.added.push(after[j++]);
  }
  return hunks;
}
