/**
 * The published tables: README.md's, each between `<!-- table:NAME -->` and `<!-- /table -->`, and the reference
 * folder's own summary.csv, SUMMARY.md, claims.csv, errors.csv, comparisons.csv and, over all of it, SHA256SUMS.
 *
 * @module
 */
import { join } from "node:path";
import { UsageError } from "../command_line/errors.ts";
import { CLAIMS, serializeClaims } from "./claims.ts";
import { serializeCsv } from "./csv.ts";
import { MARKDOWN_TABLES, serializeMarkdown, serializeTable } from "./markdown.ts";
import { type PublishedFile, readPublished } from "./published_files.ts";
import type { Report, Table } from "./report.ts";
import { formatSums, SUMS } from "../run/sums.ts";

/** Stands in for a table while there are no reference results. */
const NO_REFERENCE = "No reference results yet.", NO_RESULTS = "No results yet.";

/** A published folder of results, with what it has beyond what every run has. */
export interface PublishedFolder {
  /** Below the project's folder. */
  readonly path: string;
  readonly report: Report;
  /** File name to text; what every run has may be another here. */
  readonly extra: Readonly<Record<string, string>>;
}

/** A table with what is said below it, in Markdown. */
export interface NotedTable {
  readonly table: Table;
  readonly note: string;
}

/** Tables of other folders than the reference, by the name that a document has for them; undefined without results. */
export type OtherTables = Readonly<Record<string, NotedTable | undefined>>;

/**
 * Every file as the results make it; `root` is the project's folder, `folders` are those of results, the reference among
 * them.
 */
export function publishedFiles(
  root: string,
  report: Report | undefined,
  folders: readonly PublishedFolder[] = [],
  tables: OtherTables = {},
): PublishedFile[] {
  const readme = join(root, "README.md");
  return [
    {
      path: readme,
      text: fillTables(readPublished(readme) ?? missing(readme), { path: readme, report, tables }),
    },
    ...folders.flatMap((folder) => filesOf(root, folder)),
  ];
}

function filesOf(root: string, { path, report, extra }: PublishedFolder): PublishedFile[] {
  const folder = join(root, path);
  const derived: Record<string, string> = {
    "summary.csv": serializeCsv(report),
    "SUMMARY.md": serializeMarkdown(report),
    [CLAIMS]: serializeClaims(report.claims),
    ...extra,
  };
  return [
    ...Object.entries(derived).map(([file, text]) => ({ path: join(folder, file), text })),
    { path: join(folder, SUMS), text: formatSums(folder, derived) },
  ];
}

/**
 * A document with the tables between its markers made anew.
 *
 * @throws {UsageError} If a marker names no table or is not closed.
 */
export function fillTables(
  text: string,
  options: { readonly path: string; readonly report: Report | undefined; readonly tables?: OtherTables },
): string {
  const { path, report, tables = {} } = options;
  const names = [...Object.keys(MARKDOWN_TABLES), ...Object.keys(tables)];
  refuseLooseTables(text, options);
  return text.replace(
    /^<!-- table:(.*?) -->$\n?([^]*?)(^<!-- \/table -->$|^<!-- table:|(?![^]))/gm,
    (_all, name: string, _old, end: string) => {
      if (!names.includes(name)) {
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
      const text = Object.hasOwn(MARKDOWN_TABLES, name)
        ? report === undefined ? NO_REFERENCE : serializeTable(MARKDOWN_TABLES[name](report))
        : notedText(tables[name]);
      return `<!-- table:${name} -->\n\n${wrapProse(text)}\n\n<!-- /table -->`;
    },
  );
}

/** As wide as `deno fmt` makes prose. */
const LINE_WIDTH = 110;

/** Lines that are no table's rows, broken between words as `deno fmt` breaks them; code stays in one piece. */
export function wrapProse(text: string): string {
  return text.split("\n").map((line) => {
    if (line.startsWith("|")) return line;
    const lines: string[] = [];
    for (const word of line.match(/(?:`[^`]*`|\S)+/g) ?? []) {
      const last = lines.at(-1);
      if (last === undefined || last.length + 1 + word.length > LINE_WIDTH) lines.push(word);
      else lines[lines.length - 1] = `${last} ${word}`;
    }
    return lines.join("\n");
  }).join("\n");
}

function notedText(noted: NotedTable | undefined): string {
  return noted === undefined ? NO_RESULTS : `${serializeTable(noted.table)}\n\n${noted.note}`;
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
