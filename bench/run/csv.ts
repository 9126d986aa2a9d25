/**
 * CSV files with typed columns: one definition gives the row type, the header, and both directions.
 *
 * Numbers are written in JavaScript's shortest form that reads back as the same float64.
 *
 * @module
 */
// deno-lint-ignore no-import-prefix -- whoever imports `mod.ts` from elsewhere has another import map, or none
import { parse } from "npm:csv-parse@7.0.3/sync";
// deno-lint-ignore no-import-prefix -- as above
import { stringify } from "npm:csv-stringify@6.9.0/sync";
import { UsageError } from "../command_line/errors.ts";
import { quote, quoteApart, visible } from "../command_line/quote.ts";

/** What a column holds; a `?` column may be empty. */
export type ColumnKind = "number" | "text" | "number?" | "text?";

/** Column names, in order, with what they hold. */
export type Columns = Readonly<Record<string, ColumnKind>>;

type Cell<Kind extends ColumnKind> = Kind extends "number" ? number
  : Kind extends "text" ? string
  : Kind extends "number?" ? number | undefined
  : string | undefined;

/** No row of ours comes near; `csv-parse` takes seconds for a line of a megabyte. */
const MOST_LINE_CHARACTERS = 65_536;

const ROWS_AT_ONCE = 1000;

/** What programs that save tables write: `Number` reads blanks as 0 and `0x10` as 16, too. */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|-?Infinity|NaN)$/i;

/** The row type that belongs to `columns`. */
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: Cell<C[Name]> };

/** The header line. */
export function formatHeader(columns: Columns): string {
  return stringify([Object.keys(columns)]);
}

/** One line per row, without the header. */
export function formatRows<C extends Columns>(columns: C, rows: readonly RowOf<C>[]): string {
  const names = Object.keys(columns);
  // String() and not the library's own conversion, whose digits are no promise of ours.
  return stringify(rows.map((row) => names.map((name) => row[name] === undefined ? "" : String(row[name]))));
}

/** Header and rows, a part at a time: the cells of all rows at once take several times the room of the text. */
export function* csvParts<C extends Columns>(columns: C, rows: readonly RowOf<C>[]): Generator<string> {
  yield formatHeader(columns);
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    yield formatRows(columns, rows.slice(start, start + ROWS_AT_ONCE));
  }
}

/** Header and rows. */
export function formatCsv<C extends Columns>(columns: C, rows: readonly RowOf<C>[]): string {
  return [...csvParts(columns, rows)].join("");
}

/**
 * Reads what `formatCsv` and appended `formatRows` wrote; `name` is the file's, for messages.
 *
 * Rows are appended one by one, so a crash can tear the last line only: with `repair`, a last line without its
 * newline, or with cells that cannot be read, is left out. No cell holds a newline. Lines may end in CR LF and the
 * file may begin with a byte-order mark, as Excel and git on Windows leave them.
 *
 * @throws {UsageError} If the header or another line is not what `columns` says; the message names the line.
 */
export function parseCsv<C extends Columns>(
  columns: C,
  text: string,
  options: { readonly name: string; readonly repair?: boolean },
): RowOf<C>[] {
  const { name, repair = false } = options;
  const refuse = (line: number, wanted: string, got: string) =>
    new UsageError(`Cannot read "${name}" line ${line}: expected ${wanted}, got ${got}`);
  let lines = withPlainLineEnds(text).split("\n");
  const rest = lines.pop() ?? "";
  if (rest !== "" && !repair) throw refuse(lines.length + 1, "a whole line", quote(rest));
  if (lines.length === 0 && repair) return [];
  const header = formatHeader(columns).trimEnd();
  if (lines[0] !== header) {
    const { wanted, got } = quoteApart(header, lines[0] ?? "");
    throw refuse(1, `the columns ${wanted}`, got);
  }
  lines = lines.slice(1);

  const rows: RowOf<C>[] = [];
  for (const [index, line] of lines.entries()) {
    const row = parseLine(columns, line);
    if (typeof row !== "string") rows.push(row);
    else if (!repair || index < lines.length - 1) throw refuse(index + 2, row, quote(line));
  }
  return rows;
}

/** The row, or in words what was expected instead. */
function parseLine<C extends Columns>(columns: C, line: string): RowOf<C> | string {
  const names = Object.keys(columns);
  if (line.length > MOST_LINE_CHARACTERS) {
    return `${names.length} cells in at most ${MOST_LINE_CHARACTERS} characters`;
  }
  let cells: string[];
  try {
    // only a quote or a line's end gives a comma another meaning, and the parser takes ten times as long
    cells = /["\r]/.test(line) ? parse(line, { relax_column_count: true })[0] ?? [] : line.split(",");
  } catch {
    return `${names.length} cells`;
  }
  if (cells.length !== names.length) return `${names.length} cells`;
  const row: Record<string, number | string | undefined> = {};
  for (const [index, name] of names.entries()) {
    const kind = columns[name], cell = cells[index];
    if (cell === "") {
      if (kind === "number") return `a number in column "${name}"`;
      row[name] = kind === "text" ? "" : undefined;
    } else if (kind === "text" || kind === "text?") {
      if (visible(cell) !== cell) return `text that can be seen in column "${name}"`;
      row[name] = cell;
    } else {
      if (!NUMBER.test(cell)) return `a number in column "${name}"`;
      row[name] = Number(cell);
    }
  }
  return row as RowOf<C>;
}

/** The text without byte-order mark and with LF alone at the end of each line. */
export function withPlainLineEnds(text: string): string {
  return text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
}
