/**
 * Pieces that the sections of a page share.
 *
 * @module
 */
import type { Table } from "../report.ts";
import { type Content, Markup, markup } from "./markup.ts";
import type { Drawing } from "./plot_library.ts";

/** A section with its heading and the anchor that the contents name. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

/** A box that scrolls sideways by itself, by mouse, finger and keyboard. */
export function scrollBox(label: string, content: Content): Markup {
  return markup`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}

/** Longer text is broken into lines. */
const LONGEST_LINE = 32;

/** A table with its caption for the ear. */
export function tableBox(
  { columns, rows }: Table,
  caption: string,
  options: {
    /** The column that names a row (default: the first). */
    readonly rowName?: number;
    /** `good` or `bad` for a cell whose words say so. */
    readonly tone?: (column: string, cell: string) => string;
    /** Whether a row becomes a block of lines where the page is narrow, `withText` with its last cell as text below. */
    readonly stacks?: "labelled" | "withText";
  } = {},
): Markup {
  const { rowName = 0, stacks } = options;
  const attributes = (column: number, cell = "") => {
    const names = [
      columns[column].align === "right" ? "number" : cell.length > LONGEST_LINE ? "long" : "",
      options.tone?.(columns[column].title, cell) ?? "",
    ].filter((name) => name !== "");
    return names.length === 0 ? undefined : markup` class="${names.join(" ")}"`;
  };
  // A row that is no longer laid out as one is still one by its roles, and its cells carry their column's title.
  const role = (name: string) => stacks ? markup` role="${name}"` : undefined;
  const label = (column: number) => stacks ? markup` data-label="${columns[column].title}"` : undefined;
  const cellElement = (cell: string, column: number) =>
    column === rowName
      ? markup`<th scope="row"${role("rowheader")}${label(column)}${attributes(column, cell)}>${cell}</th>`
      : markup`<td${role("cell")}${label(column)}${attributes(column, cell)}>${cell}</td>`;
  const titles = columns.map(({ title }, column) =>
    markup`<th scope="col"${role("columnheader")}${attributes(column)}>${title}</th>`
  );
  return scrollBox(
    caption,
    markup`<table${
      stacks ? markup` class="stacks ${stacks}" role="table"` : undefined
    }><caption class="unseen">${caption}</caption>
<thead${role("rowgroup")}><tr${role("row")}>${titles}</tr></thead>
<tbody${role("rowgroup")}>
${rows.map((row) => markup`<tr${role("row")}>${row.map(cellElement)}</tr>\n`)}</tbody></table>`,
  );
}

/** What stands folded behind a line until a reader opens it. */
export function fold(
  line: Content,
  content: Content,
  options: {
    readonly isOpen?: boolean;
    /** Of those with the same name the browser keeps one open. */
    readonly group?: string;
  } = {},
): Markup {
  const group = options.group === undefined ? undefined : markup` name="${options.group}"`;
  return markup`<details${group}${options.isOpen ? markup` open` : undefined}><summary>${line}</summary>
${content}</details>
`;
}

/** Pictures side by side; where the page is narrow, in one row that scrolls. */
export function panels(label: string, drawings: readonly Drawing[]): Markup {
  return markup`<div class="panels" role="region" aria-label="${label}" tabindex="0">${
    drawings.map(({ svg }) => new Markup(svg))
  }</div>`;
}

/** A plot drawn for two widths, of which the page shows the one that fits. */
export function figure(
  wide: Drawing,
  options: { readonly narrow?: Drawing; readonly caption: Content },
): Markup {
  const { narrow, caption } = options;
  const plots = narrow === undefined
    ? new Markup(wide.svg)
    : markup`<div class="wide">${new Markup(wide.svg)}</div><div class="narrow">${new Markup(
      narrow.svg,
    )}</div>`;
  return markup`<figure>${plots}<figcaption>${caption}</figcaption></figure>`;
}

/** Says that something is not there. */
export function notice(text: Content): Markup {
  return markup`<p class="notice">${text}</p>`;
}
