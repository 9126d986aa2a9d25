/**
 * Holds every published claim against the results in a folder.
 *
 * @module
 */
import { loadDataset } from "../../../data/dataset.ts";
import { findMnist } from "../../../data/mnist.ts";
import { IDX_FILES } from "../../../data/types.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { asUsageError, UsageError } from "../../command_line/errors.ts";
import { countConfusion } from "../../run/confusion.ts";
import { readResults } from "../../run/results.ts";
import type { MeasuredEffects } from "../../run/effects.ts";
import type { ConfusionRow } from "../../run/rows.ts";
import type { RunRecord } from "../../run/run_folder.ts";
import { checkWhole } from "../../run/verify_folder.ts";
import { auditClaims } from "./audit.ts";
import type { ClaimFinding } from "./finding.ts";

/** Where an audit takes iterations and labels from. */
export interface AuditSources {
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** The published ablations; undefined where there are none. */
  readonly readEffects: () => MeasuredEffects | undefined;
  /** Labels of the test images, with the SHA-256 of their file; undefined where they are not on this machine. */
  readonly loadTestLabels: (
    folder: string | undefined,
  ) => Promise<{ readonly labels: Uint8Array; readonly digest: string } | undefined>;
}

/** What an audit found, with what it counted. */
export interface Audit {
  readonly findings: readonly ClaimFinding[];
  readonly confusion?: readonly ConfusionRow[];
}

/**
 * Judges every claim by a folder's results; `data` is where the test labels are, if somebody said so.
 *
 * @throws {UsageError} If the folder cannot be judged by.
 */
export async function auditFolder(
  folder: string,
  data: string | undefined,
  sources: AuditSources,
): Promise<Audit> {
  const catalog = await asUsageError(() => sources.loadIterations());
  const read = readResults(folder);
  const record = await withConfusion(folder, read, () => sources.loadTestLabels(data));
  if (record.manifest.validation !== undefined) {
    throw new UsageError(
      `Cannot judge claims by "${folder}": expected results on the test set, got results on held-out training images; train without --validate`,
    );
  }
  const problem = checkWhole(folder, record, catalog)[0];
  if (problem !== undefined) {
    throw new UsageError(
      `Cannot judge claims by "${folder}": expected results that agree with themselves, got "${problem}"`,
    );
  }
  const effects = sources.readEffects();
  return { findings: auditClaims(record, catalog, { effects }), confusion: record.confusion };
}

/** The record with digits counted anew from the labels, where they are those that it was measured with. */
async function withConfusion(
  folder: string,
  record: RunRecord,
  loadLabels: () => ReturnType<AuditSources["loadTestLabels"]>,
): Promise<RunRecord> {
  const { dataset, quick } = record.manifest;
  if (dataset.name !== "mnist" || quick) return record;
  const test = await loadLabels();
  if (test === undefined) return record;
  const recorded = dataset.digests[IDX_FILES.testLabels];
  if (test.digest !== recorded) {
    throw new UsageError(
      `Cannot judge claims by "${folder}": expected test labels with SHA-256 ${recorded}, got ${test.digest}; pass the --data that was used`,
    );
  }
  return { ...record, confusion: countConfusion(folder, record.trials, test.labels) };
}

/** The real test labels, found but never downloaded. */
export async function loadTestLabels(
  dir: string | undefined,
): Promise<{ labels: Uint8Array; digest: string } | undefined> {
  const options = { dir, mnistDirEnv: dir === undefined ? Deno.env.get("MNIST_DIR") : undefined };
  if (await findMnist(options) === undefined) return undefined;
  const { test, digests } = await loadDataset("mnist", options);
  return { labels: test.labels, digest: digests[IDX_FILES.testLabels] };
}
