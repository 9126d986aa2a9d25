/**
 * The published tables: README.md's, each between `<!-- table:NAME -->` and `<!-- /table -->`, and the reference
 * folder's own summary.csv, SUMMARY.md and claims.csv.
 *
 * @module
 */
import { join } from "node:path";
import { UsageError } from "../command_line/errors.ts";
import { REFERENCE } from "../command_line/needs.ts";
import { CLAIMS, serializeClaims } from "./claims.ts";
import { serializeCsv } from "./csv.ts";
import { MARKDOWN_TABLES, serializeMarkdown, serializeTable } from "./markdown.ts";
import { type PublishedFile, readPublished } from "./published_files.ts";
import type { Report } from "./report.ts";

/** Stands in for a table while there are no reference results. */
const NO_RESULTS = "No reference results yet.";

/** Every file as the results make it; `root` is the project's folder. */
export function publishedFiles(root: string, report: Report | undefined): PublishedFile[] {
  const readme = join(root, "README.md");
  const folder = join(root, REFERENCE);
  return [
    { path: readme, text: fillTables(readPublished(readme) ?? missing(readme), { path: readme, report }) },
    ...(report === undefined ? [] : [
      { path: join(folder, "summary.csv"), text: serializeCsv(report) },
      { path: join(folder, "SUMMARY.md"), text: serializeMarkdown(report) },
      { path: join(folder, CLAIMS), text: serializeClaims(report.claims) },
    ]),
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

function missing(path: string): never {
  throw new UsageError(`Cannot read "${path}": expected a file, got none`);
}
