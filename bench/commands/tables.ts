/**
 * Makes the published tables from the committed results: `deno task tables`, or `--check` to find those that differ.
 *
 * @module
 */
import { join } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { ABLATIONS, REFERENCE } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { PublishedFolder } from "../report/published_tables.ts";
import type { EffectRow } from "../run/effects.ts";
import type { RunRecord } from "../run/run_record.ts";

const HELP = `Makes the tables of README.md, ${REFERENCE} and ${ABLATIONS} from the results there.

Usage: deno task tables [flags]

  --check   write nothing; exit 1 where a published table and the results differ
  --help    this text
`;

const SYNTAX = { flags: { check: "switch" } } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: ({ flags }) => ({
    read: ["README.md", REFERENCE, ABLATIONS],
    write: flags.has("check") ? [] : ["README.md", "README.md.tmp", "results"],
  }),
};

export interface TablesSurroundings extends Streams {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
}

/** Runs `deno task tables` and returns the exit code: 0, 1 where something differs, 2 for a usage or input error. */
export function main(args: readonly string[], surroundings?: TablesSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work({ flags }, streams) {
      const { loadIterations } = await import("../../models/catalog.ts");
      const given = surroundings ?? { root: ".", loadIterations: () => loadIterations(), ...streams };
      return await tables({ check: flags.has("check") }, given);
    },
  });
}

async function tables(
  { check }: { readonly check: boolean },
  { root, loadIterations, out }: TablesSurroundings,
): Promise<number> {
  const { checkFiles, updateFiles } = await import("../report/published_files.ts");
  const { publishedFiles } = await import("../report/published_tables.ts");
  const { makeReport } = await import("../report/report.ts");
  const { readPublishedEffects } = await import("../run/effects.ts");
  const write = (line: string) => out.write(`${line}\n`);
  const catalog = await asUsageError(() => loadIterations());
  const record = await readWhole(join(root, REFERENCE), { catalog, check, write });
  const ablations = await readWhole(join(root, ABLATIONS), { catalog, check, write });
  if (record === "broken" || ablations === "broken") return EXIT.failed;
  const effects = readPublishedEffects(join(root, ABLATIONS));
  const others = [...(ablations === undefined ? [] : [await ablationFiles(ablations, catalog, effects)])];
  const report = record === undefined ? undefined : makeReport(record, catalog, effects);
  const files = publishedFiles(root, report, others);
  return check ? checkFiles(files, { write, command: "deno task tables" }) : updateFiles(files, write);
}

/** A folder of results that agrees with itself; undefined where there is none, and what is wrong is said. */
async function readWhole(
  folder: string,
  { catalog, check, write }: {
    readonly catalog: readonly Iteration[];
    readonly check: boolean;
    readonly write: (line: string) => void;
  },
): Promise<RunRecord | undefined | "broken"> {
  const { readRunFolder } = await import("../run/run_record.ts");
  const { checkSums } = await import("../run/sums.ts");
  const { checkWhole } = await import("../run/verify_folder.ts");
  const record = readRunFolder(folder);
  if (record === undefined) return undefined;
  const problems = checkWhole(folder, record, catalog);
  problems.forEach((problem) => write(`${folder}: ${problem}`));
  if (problems.length > 0) return "broken";
  // Whoever renews the digests sees which results are others than those that they were made for.
  if (!check) checkSums(folder).forEach((problem) => write(`${folder}: ${problem}`));
  return record;
}

async function ablationFiles(
  record: RunRecord,
  catalog: readonly Iteration[],
  effects: readonly EffectRow[],
): Promise<PublishedFolder> {
  const { ABLATIONS_FILE, effectsMarkdown } = await import("../report/ablations.ts");
  const { makeReport } = await import("../report/report.ts");
  return {
    path: ABLATIONS,
    report: makeReport(record, catalog),
    extra: { [ABLATIONS_FILE]: effectsMarkdown(effects, record) },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
