/**
 * The weights of a network out of a file that somebody wrote: the project's own, or PyTorch's `state_dict`.
 *
 * @module
 */
import type { SafetensorsFile, StoredTensor } from "../engine/safetensors.ts";
import type { Graph, TensorSpec } from "../models/graph.ts";
import { showShape } from "../models/shape.ts";
import { matchModules, splitName, withoutPoint } from "./match_modules.ts";

/** In front of the name of a parameter's moving average. */
const AVERAGE = "average.";
/** PyTorch's own count of batches, which nothing is computed from. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/** What a file held. */
export interface TakenTensors {
  /** By the network's names, in canonical order, as they were trained. */
  readonly trained: ReadonlyMap<string, Float32Array>;
  /** Of the parameters, by their names; absent where the file has none. */
  readonly averages?: ReadonlyMap<string, Float32Array>;
  /** What stood in front of every name, such as `module.`; empty for nothing. */
  readonly prefix: string;
  /** Layers by the names of the file's modules, where those were matched by what they hold; else empty. */
  readonly matched: ReadonlyMap<string, string>;
}

/** What evaluation computes with: averages in the place of their parameters. */
export const evaluated = ({ trained, averages }: TakenTensors): Map<string, Float32Array> =>
  new Map([...trained].map(([name, data]) => [name, averages?.get(name) ?? data]));

/** All values in the order that a weights digest is over. */
export const digested = ({ trained, averages }: TakenTensors): { readonly data: Float32Array }[] =>
  [...trained.values(), ...averages?.values() ?? []].map((data) => ({ data }));

/** Text from a file in a message: no longer than a line takes. */
const LONGEST_NAME = 60;

function shown(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
}

function list(names: readonly string[]): string {
  const most = 3, rest = names.length - most;
  return names.slice(0, most).map(shown).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** What stands in front of every name; empty where the names are the network's, or nothing that fits. */
function commonPrefix(names: readonly string[], { tensors }: Graph): string {
  const first = tensors[0].name;
  if (names.includes(first)) return "";
  const candidates = names.filter((name) => name.endsWith(`.${first}`)).map((name) =>
    name.slice(0, -first.length)
  );
  return candidates.find((prefix) => names.every((name) => name.startsWith(prefix))) ?? "";
}

type Fail = (wanted: string, got: string, next: string) => TypeError;

/** The file's tensors by the network's names. */
function rename(
  tensors: readonly StoredTensor[],
  graph: Graph,
  fail: Fail,
): Pick<TakenTensors, "prefix" | "matched"> & { readonly stored: ReadonlyMap<string, StoredTensor> } {
  const prefix = commonPrefix(tensors.map(({ name }) => name), graph);
  const stored = new Map(tensors.map((tensor) => [tensor.name.slice(prefix.length), tensor]));
  const unchanged = { stored, prefix, matched: new Map<string, string>() };
  // a name that both have says that the file counts as the network does
  if (tensors.length === 0 || graph.tensors.some(({ name }) => stored.has(name))) return unchanged;
  const match = matchModules(tensors, graph);
  if (match.kind === "different") return unchanged;
  if (match.kind === "ambiguous") {
    throw fail(
      "modules that their numbers or shapes tell apart",
      `${list(match.modules)}, which hold the same`,
      "name the tensors as nn.Sequential counts, 0.weight and so on",
    );
  }
  const renamed = tensors.map((tensor) => {
    const { module, role } = splitName(tensor.name);
    return [`${match.places.get(module)}.${role}`, tensor] as const;
  });
  return { stored: new Map(renamed), prefix: "", matched: match.places };
}

/** @throws {TypeError} If a name is missing, or unknown. */
function checkNames(stored: ReadonlySet<string>, wanted: readonly string[], fail: Fail): void {
  const known = new Set(wanted);
  const missing = wanted.filter((name) => !stored.has(name)),
    unknown = [...stored].filter((name) => !known.has(name));
  if (missing.length + unknown.length === 0) return;
  throw fail(
    `${wanted.length} tensors named as nn.Sequential counts, ${
      list(missing.length > 0 ? missing : wanted)
    } among them`,
    unknown.length > 0 ? list(unknown) : `a file without ${missing.length === 1 ? "it" : "them"}`,
    "name the iteration that was trained, or rename the tensors",
  );
}

/**
 * Takes a network's weights out of a file.
 *
 * @throws {TypeError} If a tensor is missing, unknown, of another shape or no float32.
 * @throws {RangeError} If a value is not finite, or a running variance is negative.
 */
export function takeTensors(
  { tensors }: Pick<SafetensorsFile, "tensors">,
  graph: Graph,
  { file, network }: { readonly file: string; readonly network: string },
): TakenTensors {
  const message = (wanted: string, got: string, next: string) =>
    `Cannot use "${file}" for ${network}: expected ${wanted}, got ${got}; ${next}`;
  const fail: Fail = (...parts) => new TypeError(message(...parts));
  const counted = tensors.filter(({ name }) => !COUNTER.test(name));
  const { stored, prefix, matched } = rename(counted, graph, fail);
  const averaged = [...stored.keys()].some((name) => name.startsWith(AVERAGE))
    ? graph.tensors.filter(({ trained }) => trained)
    : [];
  const wanted = [...graph.tensors.map(({ name }) => name), ...averaged.map(({ name }) => AVERAGE + name)];
  checkNames(new Set(stored.keys()), wanted, fail);
  const take = (name: string, spec: TensorSpec): Float32Array => {
    const tensor = stored.get(name)!, { shape, data } = tensor;
    if (!(data instanceof Float32Array)) {
      throw fail(`${shown(name)} of float32`, typeOf(tensor), "save the model as float32, model.float()");
    }
    const isSame = [shape, withoutPoint(shape)].some((each) => showShape(each) === showShape(spec.shape));
    if (!isSame) {
      throw fail(
        `${shown(name)} ${showShape(spec.shape)}`,
        showShape(shape).slice(0, LONGEST_NAME),
        "name the iteration that was trained",
      );
    }
    checkValues(
      data,
      spec,
      (what, got) => new RangeError(message(`${shown(name)} of ${what}`, got, "train it again")),
    );
    return data;
  };
  return {
    trained: new Map(graph.tensors.map((spec) => [spec.name, take(spec.name, spec)])),
    ...(averaged.length === 0
      ? {}
      : { averages: new Map(averaged.map((spec) => [spec.name, take(AVERAGE + spec.name, spec)])) }),
    prefix,
    matched,
  };
}

function typeOf({ data }: StoredTensor): string {
  return data.constructor.name.replace(/Array$/, "").toLowerCase().replace("big", "");
}

function checkValues(
  data: Float32Array,
  { role }: TensorSpec,
  refuse: (wanted: string, got: string) => RangeError,
): void {
  const infinite = data.findIndex((value) => !Number.isFinite(value));
  if (infinite >= 0) throw refuse("finite numbers", `${data[infinite]} as element ${infinite}`);
  if (role !== "running_var") return;
  const negative = data.findIndex((value) => value < 0);
  if (negative >= 0) {
    throw refuse("variances that are not negative", `${data[negative]} as element ${negative}`);
  }
}
