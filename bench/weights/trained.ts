/**
 * Trained networks from where they lie: a row of a results folder, or a file of weights with the iteration that it was
 * trained as.
 *
 * @module
 */
import { join } from "node:path";
import { weightsDigest } from "../../engine/digest.ts";
import { digested, evaluated, type TakenTensors, takeTensors } from "../../export/take_tensors.ts";
import { toTrainedNetwork, type TrainedNetwork } from "../../export/trained_network.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration } from "../../models/iteration.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { formatNumberList } from "../command_line/format.ts";
import { PUBLISHED } from "../command_line/needs.ts";
import { readRows } from "../run/results.ts";
import { isCompleted, type TrialId, trialKey, type TrialRow } from "../run/rows.ts";
import { type RunRecord, weightsPath } from "../run/run_record.ts";
import { refuseLink } from "../run/whole_files.ts";
import { readWeightsFile } from "./weights_file.ts";

/** Of the project, and so of the weights that it publishes. */
const LICENSE = "MIT";

/** A network with how its weights were found. */
export interface FoundNetwork {
  readonly network: TrainedNetwork;
  readonly iteration: Iteration;
  readonly taken: TakenTensors;
}

/**
 * The network of a row whose weights are kept.
 *
 * @throws {UsageError} If there is no such row, it has no result, its weights were not kept, or they are not what the
 * row says.
 */
export async function networkOfRow(folder: string, id: TrialId): Promise<FoundNetwork> {
  const record = readRows(folder), row = findRow(record, folder, id);
  const path = join(folder, weightsPath(id));
  refuseLink(path);
  if (!isThere(path)) throw notKept(folder, path, id);
  const { configHash: _, ...iteration } = record.manifest.iterations.find((each) =>
    each.id === id.iteration
  )!;
  const found = await networkOfFile(path, iteration);
  const { weightsDigest: digest } = found.network.provenance;
  if (digest !== row.weightsDigest) {
    throw new UsageError(
      `Cannot use "${path}": expected weights with SHA-256 ${row.weightsDigest} as in trials.csv, got ${digest}; restore the file`,
    );
  }
  const { dataset, engine, quick, validation } = record.manifest;
  const wholeTestSet = !quick && validation === undefined && dataset.name === "mnist" && isCompleted(row);
  const provenance = {
    ...found.network.provenance,
    seed: id.seed,
    engine: `${engine.name} ${engine.version}`,
    dataset: dataset.name,
    trainImages: dataset.trainImages,
    ...(wholeTestSet ? { testAccuracy: row.finalTestAccuracy } : {}),
    ...(folder === PUBLISHED ? { license: LICENSE } : {}),
  };
  return { ...found, network: { ...found.network, provenance } };
}

/**
 * The network of a safetensors file whose tensors have PyTorch's names.
 *
 * @throws {UsageError} If it cannot be read or does not hold the iteration's tensors.
 */
export async function networkOfFile(path: string, iteration: Iteration): Promise<FoundNetwork> {
  const file = readWeightsFile(path);
  return await asUsageError(() =>
    Promise.resolve().then(() => {
      const { layers, id, title, training: { testNormalization: normalization } } = iteration;
      const taken = takeTensors(file, buildGraph(layers), { file: path, network: `iteration ${id}` });
      const provenance = { iteration: id, title, weightsDigest: weightsDigest(digested(taken)) };
      const network = toTrainedNetwork({ layers, normalization, tensors: evaluated(taken), provenance });
      return { network, iteration, taken };
    })
  );
}

function findRow({ trials }: RunRecord, folder: string, id: TrialId): TrialRow {
  const row = trials.find((each) => trialKey(each) === trialKey(id));
  const what = `iteration ${id.iteration} seed ${id.seed}`;
  if (row === undefined) {
    const known = [...new Set(trials.map(({ iteration }) => iteration))].sort((a, b) => a - b).map((
      iteration,
    ) =>
      `${iteration} (seeds ${
        formatNumberList(trials.filter((each) => each.iteration === iteration).map(({ seed }) => seed))
      })`
    );
    throw new UsageError(
      `Cannot export ${what}: expected one of the iterations ${
        known.join(", ")
      } in "${folder}", got no such row; ${howToTrain(folder, id)}`,
    );
  }
  if (!isCompleted(row)) {
    throw new UsageError(
      `Cannot export ${what}: expected a trial that was completed, got one that ${row.status}`,
    );
  }
  return row;
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What makes the weights of a row; in a folder of one's own, its iterations may be files that only the person knows. */
function howToTrain(folder: string, { iteration, seed }: TrialId): string {
  if (folder !== PUBLISHED) {
    return `train it with --seeds ${seed} into another --out, then name that with --run`;
  }
  const run = join("results", "runs", `${iteration}-${seed}`);
  return `train it with \`deno task bench --iterations ${iteration} --seeds ${seed} --out ${run}\`, then export with --run ${run}`;
}

function notKept(folder: string, path: string, id: TrialId): UsageError {
  const reason = folder === PUBLISHED ? "only some rows' are published" : "they were not kept";
  return new UsageError(
    `Cannot export iteration ${id.iteration} seed ${id.seed}: expected its weights in "${path}", got none: ${reason}; ${
      howToTrain(folder, id)
    }`,
  );
}
