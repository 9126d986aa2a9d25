/**
 * Paragraphs in lines that a screen has room for.
 *
 * @module
 */

/** A paragraph in lines that are no wider than the screen; colours take no room. */
export function wrap(text: string, { width = Infinity }: { readonly width?: number }): string {
  return text.split("\n").flatMap((line) => broken(line, width)).join("\n");
}

/** A text in lines of at most `width`, broken between words; a word that is wider stays whole. */
export function broken(text: string, width: number): string[] {
  if (visibleLength(text) <= width) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && visibleLength(longer) > width) {
      lines.push(line.trimEnd());
      line = word === "" ? undefined : word;
    } else line = longer;
  }
  return [...lines, ...(line === undefined ? [] : [line])];
}

/** Characters that take room. */
export function visibleLength(text: string): number {
  // deno-lint-ignore no-control-regex
  return [...text.replace(/\x1b\[\d+m/g, "")].length;
}
