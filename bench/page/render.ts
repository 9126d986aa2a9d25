/**
 * The page's text: a template filled with what is shown, its scripts and its weights.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { PageContent } from "../../page/content.ts";
import { formatCount, formatPercent } from "../command_line/format.ts";
import { type Content, Markup, markup } from "../report/html/markup.ts";
import { notice } from "../report/html/parts.ts";
import { colorVariables } from "../report/html/theme.ts";
import { pack } from "./content.ts";

/** What a page is put together from. */
export interface PageParts {
  readonly content: PageContent;
  /** Packed, by the id of its element. */
  readonly weights: ReadonlyMap<string, string>;
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
  readonly template: string;
  readonly style: string;
  /** Of the page, bundled: what starts the program, the program, and its worker. */
  readonly loader: string;
  readonly program: string;
  readonly worker: string;
}

/** The whole page. */
export function renderPage(
  { content, weights, problems, template, style, loader, program, worker }: PageParts,
): string {
  const css = `:root{color-scheme:light dark;${colorVariables("light")}}` +
    `@media (prefers-color-scheme:dark){:root{${colorVariables("dark")}}}${minifyStyle(style)}`;
  return fill(template, {
    policy: policyOf(css, loader),
    title: "under20k: draw a digit",
    style: new Markup(css),
    lead: lead(content),
    problems: problems.map(notice),
    content: new Markup(packText(JSON.stringify(content))),
    worker: new Markup(packText(worker)),
    program: new Markup(packText(program)),
    weights: [...weights].map(([id, packed]) =>
      markup`<script type="text/plain" id="${id}">${new Markup(packed)}</script>\n`
    ),
    loader: new Markup(safeScript(loader)),
    footer:
      `Made by “deno task page” from a run on ${content.run}. Nothing on this page comes from elsewhere, and ` +
      "nothing that you draw leaves it.",
  });
}

const packText = (text: string): string => pack(new TextEncoder().encode(text));

function lead({ networks, weights }: PageContent): string {
  const [best] = weights, network = networks.find(({ id }) => id === best.network)!;
  return `Iteration ${network.id}, “${network.title}”: ${formatCount(network.parameters)} parameters, ${
    formatPercent(best.testAccuracy)
  } % of the test images right. Everything is computed on this page.`;
}

/** Puts a value in the place of each `{{name}}`. @throws {Error} If names and values do not go together. */
function fill(template: string, values: Readonly<Record<string, Content>>): string {
  const missing = new Set(Object.keys(values));
  const text = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (!missing.delete(name)) throw new Error(`Cannot fill the page: expected a value for "${name}" once`);
    return markup`${values[name]}`.text;
  });
  if (missing.size > 0) {
    throw new Error(`Cannot fill the page: expected a place for "${[...missing][0]}", got none`);
  }
  return text;
}

/**
 * Nothing may be loaded, sent or run but what stands in the page: a browser that is asked to all the same, by whatever,
 * refuses.
 */
function policyOf(style: string, script: string): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(safeScript(script))} blob: 'wasm-unsafe-eval'`,
    "worker-src blob:",
    `style-src ${hash(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Inside a script, these would end it or hide its end; both can only stand in strings and regular expressions. */
function safeScript(script: string): string {
  return script.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}

/** Without comments, line breaks and indents. */
function minifyStyle(style: string): string {
  return style.replace(/\/\*.*?\*\//gs, "").replace(/\s*\n\s*/g, " ").trim();
}
