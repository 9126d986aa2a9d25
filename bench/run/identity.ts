/**
 * What the rows of a run have in common, and where they go where nobody names a folder.
 *
 * @module
 */
import { join } from "node:path";
import type { Dataset } from "../../data/types.ts";
import { sha256Hex } from "../../engine/digest.ts";
import type { Device } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import { RUNS } from "../command_line/needs.ts";
import {
  canonicalJson,
  configHash,
  parseManifest,
  type RunIdentity,
  SAME_BITS,
  SCHEMA,
  type Validation,
} from "./manifest.ts";
import { type BenchOptions, lengthSuffix } from "./options.ts";
import { MANIFEST } from "./run_record.ts";
import { readIfThere } from "./whole_files.ts";

/** What the rows of this run have in common. */
export function identityOf(
  options: Pick<BenchOptions, "quick" | "epochs">,
  { dataset, validation, engine }: {
    readonly dataset: Dataset;
    readonly validation?: Validation;
    readonly engine: {
      readonly name: string;
      readonly version: number;
      readonly device?: Pick<Device, "description">;
    };
  },
): RunIdentity {
  return {
    schema: SCHEMA,
    dataset: {
      name: dataset.name,
      digests: dataset.digests,
      trainImages: dataset.train.labels.length,
      testImages: dataset.test.labels.length,
    },
    engine: {
      name: engine.name,
      version: engine.version,
      ...(SAME_BITS[engine.name] === "sameDevice" && engine.device !== undefined
        ? { device: engine.device.description }
        : {}),
    },
    ...(validation && { validation }),
    quick: options.quick,
    epochs: options.epochs ?? null,
  };
}

/** `results/runs/mnist-wasm2`, with what makes its rows different from a whole run's. */
export function defaultFolder({ dataset, engine, validation, quick, epochs }: RunIdentity): string {
  const length = lengthSuffix({ quick, epochs: epochs ?? undefined });
  return join(
    RUNS,
    `${dataset.name}-${engine.name}${engine.version}${validation ? "-validate" : ""}${length}`,
  );
}

/** Where a run goes that names a folder; undefined where it names none. */
export function outFor(
  { out, outByEngine }: Pick<BenchOptions, "out" | "outByEngine">,
  { engine }: RunIdentity,
): string | undefined {
  return out !== undefined && outByEngine ? join(out, engine.name) : out;
}

/**
 * Where a run goes that names no folder: the default one, or, where that holds other versions of these iterations, one
 * beside it that is theirs alone. The same edit comes back to the same folder; the trials of before stay as they are.
 */
export function folderFor(identity: RunIdentity, iterations: readonly Iteration[]): string {
  const path = defaultFolder(identity), file = join(path, MANIFEST);
  const text = readIfThere(file);
  if (text === undefined) return path;
  const recorded = new Map(
    parseManifest(text, file).iterations.map(({ id, configHash }) => [id, configHash]),
  );
  const edited = iterations.map((iteration) => [iteration.id, configHash(iteration)] as const)
    .filter(([id, hash]) => recorded.has(id) && recorded.get(id) !== hash);
  if (edited.length === 0) return path;
  const digest = sha256Hex(new TextEncoder().encode(canonicalJson(edited)));
  return `${path}-edited-${edited.map(([id]) => id).join("-")}-${digest.slice(0, 8)}`;
}
