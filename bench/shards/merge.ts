/**
 * Puts the shards of a plan together, once it is shown that they are whole and belong together.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { EXIT } from "../command_line/exit_codes.ts";
import { UsageError } from "../command_line/errors.ts";
import { formatCount, plural } from "../command_line/format.ts";
import { serializeTerminal } from "../report/terminal.ts";
import { recordedDataset } from "../run/dataset_name.ts";
import { loadImages, loadTestLabels } from "../run/load_data.ts";
import { DEFAULT_OPTIONS } from "../run/options.ts";
import { trialKey } from "../run/rows.ts";
import type { Surroundings } from "../run/surroundings.ts";
import type { TestLabels } from "../run/test_labels.ts";
import { type Finding, isUnusable } from "./findings.ts";
import { arrayList, findSharing, joinShards, lackingShards } from "./join.ts";
import { findingLines, incompleteLines } from "./merge_text.ts";
import { type PlanFile, type PlannedTrial, readPlan } from "./plan_file.ts";
import { readShard } from "./read_shard.ts";
import { writeMerged } from "./write_merged.ts";

/** What is to be merged. */
export interface MergeRequest {
  readonly plan: string;
  /** Of shards. */
  readonly folders: readonly string[];
  readonly out: string;
  /** Beside `out`: where the results lie until they are whole. */
  readonly unfinished: string;
  /** Folder in which the data set lies. */
  readonly data?: string;
  /** Whether a failed criterion is an exit code. */
  readonly assert: boolean;
  readonly json: boolean;
}

/** How a merge ended. */
export interface MergeResult {
  readonly outcome: "whole" | "incomplete" | "unusable";
  /** 0 whole, 1 incomplete, 2 unusable. */
  readonly exitCode: number;
  /** Where the results are; absent where none were written. */
  readonly folder?: string;
  readonly trials: number;
  readonly missing: readonly PlannedTrial[];
  /** `3,7`: the shards that lack trials; absent where none does, or nothing says how the plan was shared out. */
  readonly array?: string;
  readonly findings: readonly Finding[];
}

/**
 * Checks and joins; says on the way what it finds.
 *
 * @throws {UsageError} If the plan cannot be read, the data is not the plan's, or the results cannot be written.
 */
export async function mergeShards(request: MergeRequest, surroundings: Surroundings): Promise<MergeResult> {
  const { err, out: standard } = surroundings;
  const shown = request.json ? err : standard;
  const file = readPlan(request.plan), { plan } = file;
  const readings = readAll(file, request.folders);
  const shards = readings.flatMap(({ shard }) => shard ?? []);
  const read = readings.flatMap(({ findings }) => findings);
  const joined = joinShards(file, shards), findings = [...read, ...joined.findings];
  err.write(
    `plan     ${file.path}: ${plural(plan.trials.length, "trial")}\n` +
      `shards   ${plural(readings.length, "folder")} with ${
        formatCount(plan.trials.length - joined.missing.length)
      } of them\n`,
  );
  shown.write(findingLines(findings));
  const result = { trials: plan.trials.length, missing: joined.missing, findings };
  const unusable = findings.filter(isUnusable);
  if (unusable.length > 0) {
    shown.write(
      `\nUnusable: ${
        plural(new Set(unusable.map(({ folder }) => folder)).size, "folder")
      } cannot be merged, as said above; leave out or mend what is named. Nothing was written.\n`,
    );
    return { ...result, outcome: "unusable", exitCode: EXIT.usage };
  }
  if (joined.missing.length > 0) {
    const sharing = findSharing(file, shards);
    const lacking = sharing && lackingShards(file, joined.missing, sharing);
    shown.write(incompleteLines(file, joined.missing, {
      sharing,
      lacking,
      parent: dirname(request.folders[0]),
      data: request.data,
    }));
    const array = lacking && arrayList(lacking.keys());
    return {
      ...result,
      outcome: "incomplete",
      exitCode: EXIT.failed,
      ...(array === undefined ? {} : { array }),
    };
  }
  const { report, wasThere } = writeMerged({
    plan,
    trials: joined.trials,
    out: request.out,
    place: request.unfinished,
    catalog: await surroundings.loadIterations(() => {}),
    test: await loadPlannedLabels(file, request, surroundings),
    references: surroundings.readPublished(),
  });
  shown.write(`\n${serializeTerminal(report, shown, new Map())}`);
  shown.write(
    `\nWhole: every one of ${plural(plan.trials.length, "trial")}, each once.${
      wasThere ? " The same results were there already." : ""
    }\nResults: ${request.out}/SUMMARY.md\n`,
  );
  const failed = report.iterations.some(({ verdicts }) => verdicts.criteria.status === "failed");
  return {
    ...result,
    outcome: "whole",
    exitCode: request.assert && failed ? EXIT.failed : EXIT.ok,
    folder: request.out,
  };
}

/** Reads each folder once, however often it is named. */
function readAll({ plan }: PlanFile, folders: readonly string[]) {
  const planned = new Set(plan.trials.map(trialKey));
  const unique = new Map(folders.map((folder) => [resolve(folder), folder]));
  return [...unique.values()].map((folder) => readShard(folder, plan, planned));
}

async function loadPlannedLabels(
  { path, plan }: PlanFile,
  { data }: MergeRequest,
  surroundings: Surroundings,
): Promise<TestLabels> {
  const { dataset: { name, digests }, validation } = plan;
  const options = {
    ...DEFAULT_OPTIONS,
    ...recordedDataset(name, { data, task: `merge by "${path}"` }),
    quick: plan.quick,
    validate: validation !== undefined,
  };
  const images = await loadImages(options, surroundings), { dataset } = images;
  const file = Object.keys(digests).find((each) => digests[each] !== dataset.digests[each]);
  if (file !== undefined) {
    throw new UsageError(
      `Cannot merge by "${path}": expected SHA-256 ${digests[file]} of "${file}" as planned, got ${
        dataset.digests[file] ?? "none"
      } in ${dataset.source}; pass --data with the data that was planned with`,
    );
  }
  if (images.validation?.digest !== validation?.digest) {
    throw new UsageError(
      `Cannot merge by "${path}": expected held-out images with SHA-256 ${validation?.digest} as planned, got ${images.validation?.digest}; pass --data with the data that was planned with`,
    );
  }
  const { labels, ...rest } = await loadTestLabels(images, options, surroundings);
  // a copy: the images need not stay in memory
  return { ...rest, labels: labels.slice() };
}
