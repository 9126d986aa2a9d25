/**
 * Observable Plot, drawn into a document that lives in memory: a specification in, SVG text out.
 *
 * The only file that imports the plotting library. Its packages are pinned in `deno.all.lock` and not in `deno.lock`,
 * because Deno downloads all that a lock file names, and training needs none of them.
 *
 * @module
 */
// deno-lint-ignore no-import-prefix -- as in bench/run/csv.ts; an entry in deno.json would be downloaded by every task
import * as Plot from "npm:@observablehq/plot@0.6.17";
// deno-lint-ignore no-import-prefix -- as above
import { DOMParser } from "npm:linkedom@0.18.12";
import { escapeText } from "./markup.ts";

export { Plot };

/** A picture with its words: `title` names it, `description` says what it shows to whoever cannot see it. */
export interface PlotWords {
  readonly title: string;
  readonly description: string;
}

/** An SVG element as text, its size in pixels and its words. */
export interface Drawing {
  readonly svg: string;
  readonly words: PlotWords;
  readonly width: number;
  readonly height: number;
}

/** What is used of the element that the library makes; the project's types know no documents. */
interface DrawnElement {
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
}

/**
 * Draws a plot.
 *
 * Coordinates are rounded to a hundredth of a pixel: the last bits of a logarithm are the JavaScript engine's own, and
 * the text is the same wherever it is made. Colours may be variables, as in `var(--ink)`: they are the page's.
 */
export function draw(options: Plot.PlotOptions, words: PlotWords): Drawing {
  const document = new DOMParser().parseFromString("<!doctype html><html></html>", "text/html");
  const element: DrawnElement = Plot.plot({
    ...options,
    document: document as unknown as Plot.PlotOptions["document"],
  });
  const width = Number(element.getAttribute("width")), height = Number(element.getAttribute("height"));
  const body = element.outerHTML
    .replace(/^<svg[^>]*>|<\/svg>$/g, "")
    .replace(/<style>[^]*?<\/style>/g, "")
    // The picture has one label for the ear; those of its parts are the library's.
    .replace(/ aria-(?:label|description|hidden)="[^"]*"/g, "")
    // Within tags only: what a tick says is not a coordinate.
    .replace(/<[^>]*>/g, (tag) => tag.replace(/-?\d+\.\d{3,}(?:e[-+]?\d+)?/g, roundCoordinate));
  return { svg: frame(body, { width, height }, words), words, width, height };
}

function roundCoordinate(number: string): string {
  return String(Number(Number(number).toFixed(2)));
}

/** Puts drawings into one picture, each at its place. */
export function compose(
  parts: readonly { readonly drawing: Drawing; readonly x: number; readonly y: number }[],
  { width, height, extra = "" }: { readonly width: number; readonly height: number; readonly extra?: string },
  words: PlotWords,
): Drawing {
  const inner = parts.map(({ drawing, x, y }) =>
    drawing.svg
      .replace(/^<svg /, `<svg x="${x}" y="${y}" `)
      .replace(/ role="img" aria-label="[^"]*"/, "")
      .replace(/ class="plot" xmlns="[^"]*"/, "")
      .replace(/<desc>[^]*?<\/desc>/, "")
  );
  return { svg: frame(inner.join("") + extra, { width, height }, words), words, width, height };
}

function frame(
  body: string,
  { width, height }: { readonly width: number; readonly height: number },
  { title, description }: PlotWords,
): string {
  return `<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" aria-label="${escapeText(title)}" fill="currentColor" ` +
    `font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" font-size="11" text-anchor="middle">` +
    `<desc>${escapeText(description)}</desc>${body}</svg>`;
}
