/**
 * Texts from files in messages: what cannot be seen, or could be taken for something else, is shown by its code point.
 *
 * @module
 */

/** Longer texts are cut around what matters. */
const MOST_CHARACTERS = 160;

/**
 * Controls, white space other than " ", format characters (zero-width ones, those that turn the direction, the
 * byte-order mark), lone surrogates and what is unassigned: nobody can tell these apart by looking.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** The text without characters that cannot be seen or that move a terminal's cursor: each is shown as `\u{D}`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, codePoint);
}

/** The text in quotes, visible, and cut where it is long. */
export function quote(text: string): string {
  return `"${visible(cut(text, 0))}"`;
}

/**
 * Two texts that differ, each in quotes, so that a reader sees how: a character beyond ASCII that only one of them
 * has is shown by its code point, since `а` may look like `a`; long texts are cut around the first difference.
 */
export function quoteApart(wanted: string, got: string): { readonly wanted: string; readonly got: string } {
  const start = Math.max(0, firstDifference(wanted, got) - MOST_CHARACTERS / 2);
  const show = (text: string, other: string) => {
    const known = new Set(other);
    const foreign = (character: string) => known.has(character) ? character : codePoint(character);
    return `"${visible(cut(text, start)).replace(/[^ -~…]/gu, foreign)}"`;
  };
  return { wanted: show(wanted, got), got: show(got, wanted) };
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function cut(text: string, start: number): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const end = start + MOST_CHARACTERS;
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}

function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`;
}

/** A path as one word of a shell. */
export function word(path: string): string {
  return /^[\w./@%+=:,~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
