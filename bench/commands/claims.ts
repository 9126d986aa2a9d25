/**
 * Holds every published claim against results: `deno task claims`.
 *
 * Writes `claims.csv` and, where the test labels are at hand, `confusion.csv` into the results folder; the tables of
 * README.md and SUMMARY.md come from the same audit.
 *
 * @module
 */
import { join } from "node:path";
import { loadDataset } from "../../data/dataset.ts";
import { findMnist } from "../../data/mnist.ts";
import { DataError, IDX_FILES } from "../../data/types.ts";
import { loadIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/types.ts";
import { auditClaims } from "../judge/claims/audit.ts";
import { CLAIM_WORDS, type ClaimFinding } from "../judge/claims/finding.ts";
import { CLAIM_RULE } from "../judge/claims/prediction.ts";
import { claimRows, CLAIMS, serializeClaims } from "../report/claims.ts";
import { countConfusion } from "../run/confusion.ts";
import { formatCsv } from "../run/csv.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine } from "../command_line/flags.ts";
import { columns } from "../report/report.ts";
import { serializeTable } from "../report/markdown.ts";
import { readResults } from "../run/results.ts";
import { CONFUSION_COLUMNS } from "../run/rows.ts";
import { CONFUSION, replaceFile, type RunRecord } from "../run/run_folder.ts";
import { checkWhole } from "../run/verify_folder.ts";

const REFERENCE = join("results", "reference");

const HELP = `Holds every published claim against results, and says what the measurements make of it.

Usage: deno task claims [DIR] [flags]

  DIR           the results                                      (default: ${REFERENCE})
  --data DIR    folder with the MNIST files, for the claims about single digits
                (default: $MNIST_DIR or data/cache/mnist; without it they are judged from ${CONFUSION})
  --no-write    only print
  --help        this text

Prints a Markdown table and writes ${CLAIMS} and ${CONFUSION} into the folder.
Exit codes: 0 whatever the verdicts are, 2 usage or input error.
`;

/** What `claims` takes from outside. */
export interface ClaimsSurroundings {
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** Labels of the test images, with the SHA-256 of their file; undefined where they are not on this machine. */
  readonly loadTestLabels: (
    folder: string | undefined,
  ) => Promise<{ readonly labels: Uint8Array; readonly digest: string } | undefined>;
  readonly write: (text: string) => void;
}

/** Runs the audit that `args` ask for and returns the exit code. */
export async function main(
  args: readonly string[],
  surroundings: ClaimsSurroundings = {
    loadIterations: () => loadIterations(),
    loadTestLabels,
    write: (text) => console.log(text),
  },
): Promise<number> {
  const { write } = surroundings;
  try {
    const { flags, positionals: [folder = REFERENCE] } = readCommandLine(args, {
      data: "string",
      "no-write": "boolean",
      help: "boolean",
    }, { positionals: 1 });
    if (flags.has("help")) {
      write(HELP.trimEnd());
      return EXIT.ok;
    }
    const findings = await audit(folder, flags.get("data"), surroundings, !flags.has("no-write"));
    write(serializeTable({
      columns: columns("> Iteration", "Published", "Claimed", "Measured", "Verdict", "Reason"),
      rows: claimRows(findings),
    }));
    write(`\n${CLAIM_RULE}\n\n${countVerdicts(findings)}`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof DataError)) throw error;
    write(`error: ${reasonOf(error)}`);
    return EXIT.usage;
  }
}

async function audit(
  folder: string,
  data: string | undefined,
  surroundings: ClaimsSurroundings,
  writes: boolean,
): Promise<ClaimFinding[]> {
  const catalog = await asUsageError(() => surroundings.loadIterations());
  const read = readResults(folder);
  const record = await withConfusion(folder, read, () => surroundings.loadTestLabels(data));
  const problem = checkWhole(folder, record, catalog)[0];
  if (problem !== undefined) {
    throw new UsageError(
      `Cannot judge claims by "${folder}": expected results that agree with themselves, got "${problem}"`,
    );
  }
  const findings = auditClaims(record, catalog);
  if (writes) {
    const write = (file: string, text: string) => replaceFile(folder, file, text, "pass --no-write");
    if (record.confusion !== undefined) {
      write(CONFUSION, formatCsv(CONFUSION_COLUMNS, record.confusion));
    }
    write(CLAIMS, serializeClaims(findings));
  }
  return findings;
}

/** The record with digits counted anew from the labels, where they are those that it was measured with. */
async function withConfusion(
  folder: string,
  record: RunRecord,
  loadLabels: () => ReturnType<ClaimsSurroundings["loadTestLabels"]>,
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
async function loadTestLabels(
  dir: string | undefined,
): Promise<{ labels: Uint8Array; digest: string } | undefined> {
  const options = { dir, mnistDirEnv: dir === undefined ? Deno.env.get("MNIST_DIR") : undefined };
  if (await findMnist(options) === undefined) return undefined;
  const { test, digests } = await loadDataset("mnist", options);
  return { labels: test.labels, digest: digests[IDX_FILES.testLabels] };
}

function countVerdicts(findings: readonly ClaimFinding[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of findings) {
    counts.set(CLAIM_WORDS[verdict], (counts.get(CLAIM_WORDS[verdict]) ?? 0) + 1);
  }
  return `${findings.length} claims: ${[...counts].map(([word, count]) => `${count} ${word}`).join(", ")}`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
