/**
 * HTML from template literals: whatever is filled in is escaped, unless it is markup already.
 *
 * @module
 */

/** Text that is HTML or SVG and goes into a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template can hold: text and numbers are escaped, lists are put one after the other, the rest is nothing. */
export type Content = Markup | string | number | undefined | readonly Content[];

/** A piece of HTML: `` markup`<td>${"a < b"}</td>` ``. Attribute values belong in double quotes. */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(strings.reduce((text, part, index) => text + toText(values[index - 1]) + part));
}

/** The characters that mean something in HTML, SVG and their quoted attributes, as references. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function toText(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "string" || typeof content === "number") return escapeText(String(content));
  return content.map(toText).join("");
}
