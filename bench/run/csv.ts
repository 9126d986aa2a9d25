/**
 * CSV files with typed columns: one definition gives the row type, the header, and both directions.
 *
 * Numbers are written in JavaScript's shortest form that reads back as the same float64.
 *
 * @module
 */
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { UsageError } from "../command_line/errors.ts";

/** What a column holds; a `?` column may be empty. */
export type ColumnKind = "number" | "text" | "number?" | "text?";

/** Column names, in order, with what they hold. */
export type Columns = Readonly<Record<string, ColumnKind>>;

type Cell<Kind extends ColumnKind> = Kind extends "number" ? number
  : Kind extends "text" ? string
  : Kind extends "number?" ? number | undefined
  : string | undefined;

/** The row type that belongs to `columns`. */
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: Cell<C[Name]> };

/** The header line. */
export function formatHeader(columns: Columns): string {
  return stringify([Object.keys(columns)]);
}

/** One line per row, without the header. */
export function formatRows<C extends Columns>(columns: C, rows: readonly RowOf<C>[]): string {
  // String() and not the library's own conversion, whose digits are no promise of ours.
  return stringify(
    rows.map((row) => Object.keys(columns).map((name) => row[name] === undefined ? "" : String(row[name]))),
  );
}

/** Header and rows. */
export function formatCsv<C extends Columns>(columns: C, rows: readonly RowOf<C>[]): string {
  return formatHeader(columns) + formatRows(columns, rows);
}

/**
 * Reads what `formatCsv` and appended `formatRows` wrote; `name` is the file's, for messages.
 *
 * Rows are appended one by one, so a crash can tear the last line only: with `repair`, a last line without its
 * newline, or with cells that cannot be read, is left out. No cell holds a newline.
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
  let lines = text.split("\n");
  const rest = lines.pop() ?? "";
  if (rest !== "" && !repair) throw refuse(lines.length + 1, "a whole line", `"${rest}"`);
  if (lines.length === 0 && repair) return [];
  const header = formatHeader(columns).trimEnd();
  if (lines[0] !== header) throw refuse(1, `the columns "${header}"`, `"${lines[0] ?? ""}"`);
  lines = lines.slice(1);

  const rows: RowOf<C>[] = [];
  for (const [index, line] of lines.entries()) {
    const row = parseLine(columns, line);
    if (typeof row !== "string") rows.push(row);
    else if (!repair || index < lines.length - 1) throw refuse(index + 2, row, `"${line}"`);
  }
  return rows;
}

/** The row, or in words what was expected instead. */
function parseLine<C extends Columns>(columns: C, line: string): RowOf<C> | string {
  const names = Object.keys(columns);
  let cells: string[];
  try {
    cells = parse(line, { relax_column_count: true })[0] ?? [];
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
      row[name] = cell;
    } else {
      const value = Number(cell);
      if (Number.isNaN(value) && cell !== "NaN") return `a number in column "${name}"`;
      row[name] = value;
    }
  }
  return row as RowOf<C>;
}
