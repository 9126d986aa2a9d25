/**
 * Makes the published tables from the committed results: `deno task tables`, or `--check` to find those that differ.
 *
 * Published are README.md's tables, each between `<!-- table:NAME -->` and `<!-- /table -->`, and the reference
 * folder's own summary.csv, SUMMARY.md, claims.csv and, over all of it, SHA256SUMS.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/types.ts";
import { CLAIMS, serializeClaims } from "../report/claims.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { checkFiles, type PublishedFile, readPublished, updateFiles } from "../report/published_files.ts";
import { serializeCsv } from "../report/csv.ts";
import { MARKDOWN_TABLES, serializeMarkdown, serializeTable } from "../report/markdown.ts";
import { makeReport, type Report } from "../report/report.ts";
import { readRunFolder } from "../run/run_folder.ts";
import { checkSums, formatSums, SUMS } from "../run/sums.ts";
import { checkWhole } from "../run/verify_folder.ts";

/** The results that are published, from the project's folder. */
export const REFERENCE = join("results", "reference");

/** Stands in for a table while there are no reference results. */
const NO_RESULTS = "No reference results yet.";

const HELP = `Makes the tables of README.md and ${REFERENCE} from the results in ${REFERENCE}.

Usage: deno task tables [flags]

  --check   write nothing; exit 1 where a published table and the results differ
  --help    this text
`;

export interface TablesSurroundings {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  readonly write: (text: string) => void;
}

/** Runs `deno task tables` and returns the exit code: 0, 1 where something differs, 2 for a usage or input error. */
export async function main(
  args: readonly string[],
  surroundings: TablesSurroundings = {
    root: ".",
    loadIterations: () => loadIterations(),
    write: (text) => console.log(text),
  },
): Promise<number> {
  const { root, write } = surroundings;
  try {
    const flags = readFlags(args);
    if (flags.help) {
      write(HELP.trimEnd());
      return EXIT.ok;
    }
    const catalog = await asUsageError(() => surroundings.loadIterations());
    const folder = join(root, REFERENCE);
    const record = readRunFolder(folder);
    const problems = record === undefined ? [] : checkWhole(folder, record, catalog);
    if (problems.length > 0) {
      problems.forEach((problem) => write(`${folder}: ${problem}`));
      return EXIT.failed;
    }
    const report = record === undefined ? undefined : makeReport(record, catalog);
    const files = publishedFiles(root, report);
    // Whoever renews the digests sees which results are others than those that they were made for.
    if (!flags.check && record !== undefined) {
      checkSums(folder).forEach((problem) => write(`${folder}: ${problem}`));
    }
    return flags.check
      ? checkFiles(files, { write, command: "deno task tables" })
      : updateFiles(files, write);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    write(`error: ${error.message}`);
    return EXIT.usage;
  }
}

function readFlags(args: readonly string[]): { readonly check: boolean; readonly help: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { check: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    });
    return { check: values.check, help: values.help };
  } catch {
    throw new UsageError(`Cannot read the command line: expected --check or --help, got "${args.join(" ")}"`);
  }
}

function publishedFiles(root: string, report: Report | undefined): PublishedFile[] {
  const readme = join(root, "README.md");
  const folder = join(root, REFERENCE);
  const derived: Record<string, string> = report === undefined ? {} : {
    "summary.csv": serializeCsv(report),
    "SUMMARY.md": serializeMarkdown(report),
    [CLAIMS]: serializeClaims(report.claims),
  };
  return [
    { path: readme, text: fillTables(readPublished(readme) ?? missing(readme), { path: readme, report }) },
    ...Object.entries(derived).map(([file, text]) => ({ path: join(folder, file), text })),
    ...(report === undefined ? [] : [{ path: join(folder, SUMS), text: formatSums(folder, derived) }]),
  ];
}

/**
 * A document with the tables between its markers made anew.
 *
 * @throws {UsageError} If a marker names no table or is not closed.
 */
export function fillTables(
  text: string,
  options: { readonly path: string; readonly report: Report | undefined },
): string {
  const { path, report } = options;
  const names = Object.keys(MARKDOWN_TABLES);
  refuseLooseTables(text, options);
  return text.replace(
    /^<!-- table:(.*?) -->$\n?([^]*?)(^<!-- \/table -->$|^<!-- table:|(?![^]))/gm,
    (_all, name: string, _old, end: string) => {
      if (!Object.hasOwn(MARKDOWN_TABLES, name)) {
        throw new UsageError(
          `Cannot make a table in "${path}": expected one of ${names.join(", ")}, got "${name}"`,
        );
      }
      if (end !== "<!-- /table -->") {
        throw new UsageError(
          `Cannot make a table in "${path}": expected "<!-- /table -->" after "<!-- table:${name} -->", got ${
            end === "" ? "the end of the file" : "another table"
          }`,
        );
      }
      const table = report === undefined ? NO_RESULTS : serializeTable(MARKDOWN_TABLES[name](report));
      return `<!-- table:${name} -->\n\n${table}\n\n<!-- /table -->`;
    },
  );
}

/**
 * A table of ours outside markers would stay as it is whatever the results become.
 *
 * @throws {UsageError} If there is one, or an end without its beginning.
 */
function refuseLooseTables(
  text: string,
  { path, report }: { readonly path: string; readonly report: Report | undefined },
): void {
  const loose = text.replace(
    /^<!-- table:.*? -->$[^]*?^<!-- \/table -->$/gm,
    (marked) => marked.replace(/.+/g, ""),
  );
  const cellsOf = (line: string) => line.split("|").map((cell) => cell.trim()).join("|");
  const headers = new Map(
    report === undefined
      ? []
      : Object.entries(MARKDOWN_TABLES).map(([name, table]) =>
        [cellsOf(serializeTable(table(report)).split("\n")[0]), name] as const
      ),
  );
  for (const [index, line] of loose.split("\n").entries()) {
    const name = headers.get(cellsOf(line));
    if (name === undefined && line !== "<!-- /table -->") continue;
    throw new UsageError(
      `Cannot make the tables of "${path}": expected "<!-- table:${name ?? "NAME"} -->" before line ${
        index + 1
      }, ` +
        `got ${name === undefined ? "an end without it" : "its table without it"}; put the marker back`,
    );
  }
}

function missing(path: string): never {
  throw new UsageError(`Cannot read "${path}": expected a file, got none`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
