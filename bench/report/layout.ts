/**
 * Lays tables out for a screen that has so many columns and no more.
 *
 * @module
 */
import { paint } from "../command_line/paint.ts";
import { broken, visibleLength } from "../command_line/wrap.ts";
import type { Table } from "./report.ts";

/** How a screen wants it. */
export interface Screen {
  readonly color: boolean;
  /** Absent where a line may have any length. */
  readonly width?: number;
}

const GAP = "  ";
/** A column of words is not made narrower than this. */
const NARROWEST = 12;

/**
 * Columns two spaces apart, the header dim, no line wider than the screen.
 *
 * Where it does not fit, titles are broken between their words; what still does not is left out, in the order of
 * `dispensable` titles, and named below the table; then columns of words are broken into several lines, the widest first.
 */
export function layOut(table: Table, screen: Screen, dispensable: readonly string[] = []): string {
  const width = screen.width ?? Infinity;
  let shown = table;
  const left: string[] = [];
  const titleWidth = widthOf(columnWidths(table, visibleLength)) <= width ? visibleLength : widestWord;
  for (const title of dispensable) {
    if (widthOf(columnWidths(shown, titleWidth)) <= width) break;
    shown = without(shown, title);
    left.push(title);
  }
  const widths = narrowed(columnWidths(shown, titleWidth), shown, width);
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) =>
      shown.columns[index].align === "right" ? cell.padStart(widths[index]) : cell.padEnd(widths[index])
    ).join(GAP).trimEnd();
  const lines = (cells: readonly string[]): string[] => {
    const parts = cells.map((cell, index) => broken(withBreaks(cell, widths[index]), widths[index]));
    const height = Math.max(...parts.map((each) => each.length));
    return Array.from({ length: height }, (_, at) => line(parts.map((each) => each[at] ?? "")));
  };
  return [
    ...lines(shown.columns.map(({ title }) => title)).map((text) => paint(text, "dim", screen.color)),
    ...shown.rows.flatMap(lines),
    ...(left.length === 0
      ? []
      : broken(`No room for ${left.join(", ")}.`, width).map((text) => paint(text, "dim", screen.color))),
  ].join("\n");
}

function columnWidths({ columns, rows }: Table, titleWidth: (title: string) => number): number[] {
  return columns.map(({ title }, index) =>
    Math.max(titleWidth(title), ...rows.map((row) => visibleLength(row[index])))
  );
}

/** The least room for a text that is broken between words. */
function widestWord(text: string): number {
  return Math.max(...text.split(" ").map(visibleLength));
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1);
}

function without({ columns, rows }: Table, title: string): Table {
  const at = columns.findIndex((column) => column.title === title);
  if (at < 0) throw new RangeError(`Cannot leave out a column: expected one of the table's, got "${title}"`);
  return { columns: columns.toSpliced(at, 1), rows: rows.map((row) => row.toSpliced(at, 1)) };
}

/** Widths with which the table fits, if breaking words' columns is enough for that. */
function narrowed(wanted: readonly number[], table: Table, width: number): number[] {
  const widths = [...wanted];
  while (widthOf(widths) > width) {
    const words = widths.map((each, index) => table.columns[index].align === "left" ? each : 0);
    const widest = Math.max(...words);
    if (widest <= NARROWEST) break;
    const excess = widthOf(widths) - width,
      next = Math.max(NARROWEST, ...words.filter((each) => each < widest));
    widths[words.indexOf(widest)] = Math.max(NARROWEST, Math.min(next, widest - 1), widest - excess);
  }
  return widths;
}

/** A cell whose words fit into `width`: a wider one is cut after a slash, hyphen or underscore, or where it must be. */
function withBreaks(cell: string, width: number): string {
  if (visibleLength(cell) <= width) return cell;
  return cell.split(" ").map((word) => {
    const parts: string[] = [];
    let rest = word;
    while (visibleLength(rest) > width && !rest.includes("\x1b")) {
      const start = rest.slice(0, width),
        seam = Math.max(...["/", "-", "_"].map((mark) => start.lastIndexOf(mark)));
      const end = seam > 0 ? seam + 1 : width;
      parts.push(rest.slice(0, end));
      rest = rest.slice(end);
    }
    return [...parts, rest].join(" ");
  }).join(" ");
}
