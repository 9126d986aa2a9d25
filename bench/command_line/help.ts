/**
 * A command's help on a screen of any width.
 *
 * Paragraphs and lists are separated by empty lines or by their indentation. One whose lines fit stays as it is
 * written; of another, paragraphs are broken between words, and in a list what stands behind a flag or a command goes
 * on below where it began.
 *
 * @module
 */
import type { Output } from "./output.ts";
import { broken, visibleLength } from "./wrap.ts";

/** Where nobody's screen says how wide it is. */
const USUAL_WIDTH = 80;
/** Descriptions that would be narrower than this stand below what they describe. */
const NARROWEST = 30;
const BELOW = 6;
/** Not left alone at the end of a line. */
const DEFAULT = "(default: ", KEPT = DEFAULT.replace(" ", "\u00a0");

/** Writes a command's help for whoever reads it. */
export function showHelp(help: string, out: Output): void {
  out.write(layOutHelp(help, out.width ?? USUAL_WIDTH));
}

/** The help in lines of at most `width`; a word that is wider stays whole. */
export function layOutHelp(help: string, width: number): string {
  return blocksOf(help).flatMap((lines) => {
    if (lines.every((line) => visibleLength(line) <= width)) return lines;
    if (lines[0].startsWith(" ")) return layOutList(lines, width);
    return lines[0].startsWith("Usage:") ? lines : broken(lines.join(" "), width);
  }).join("\n");
}

/** Lines that belong together: a paragraph, a list, or an empty line. */
function blocksOf(help: string): string[][] {
  const blocks: string[][] = [];
  for (const line of help.split("\n")) {
    const before = blocks.at(-1)?.[0];
    const isSame = before !== undefined && before !== "" && line !== "" &&
      before.startsWith(" ") === line.startsWith(" ") &&
      // "Exit codes: 0 done", "Examples:"
      !/^[A-Z][a-z ]*:/.test(line);
    if (isSame) blocks.at(-1)!.push(line);
    else blocks.push([line]);
  }
  return blocks;
}

interface Entry {
  /** A flag with its value, or a command. */
  readonly term: string;
  readonly words: string;
  /** Whether they are written on one line. */
  readonly isBeside: boolean;
}

function layOutList(lines: readonly string[], width: number): string[] {
  const entries = entriesOf(lines);
  // numbers in columns are a table, and what begins further in goes on with a paragraph
  if (entries === undefined) return [...lines];
  const terms = entries.filter(({ isBeside }) => isBeside).map(({ term }) => term.length);
  const column = 2 + Math.max(0, ...terms) + 2, isBelow = width - column < NARROWEST;
  const indent = " ".repeat(isBelow ? BELOW : column);
  return entries.flatMap(({ term, words }) => {
    if (words === "") return layOutCommand(term, width);
    const text = broken(words.replaceAll(DEFAULT, KEPT), width - indent.length)
      .map((line) => line.replaceAll(KEPT, DEFAULT));
    const isAlone = isBelow || term.length + 4 > column;
    return isAlone
      ? [...layOutCommand(term, width), ...text.map((line) => `${indent}${line}`)]
      : text.map((line, at) => `${at === 0 ? `  ${term}`.padEnd(column) : indent}${line}`);
  });
}

/** The list's entries; undefined where it is none. */
function entriesOf(lines: readonly string[]): Entry[] | undefined {
  const entries: Entry[] = [];
  for (const line of lines) {
    if (!/[a-z]/i.test(line)) return undefined;
    const plain = line.trim().replace(/ {2,}/g, " "), last = entries.at(-1);
    if (/^ {2}\S/.test(line)) {
      const [term, ...words] = line.trim().split(/ {2,}/);
      entries.push({ term, words: words.join(" "), isBeside: words.length > 0 });
    } else if (last === undefined) return undefined;
    else entries[entries.length - 1] = { ...last, words: `${last.words} ${plain}`.trim() };
  }
  return entries;
}

/** A command that is too long goes on in the next line, as a shell reads it. */
function layOutCommand(term: string, width: number): string[] {
  const lines = broken(`  ${term}`, width);
  if (lines.length === 1) return lines;
  const narrow = broken(`  ${term}`, width - " \\".length - 2);
  return narrow.map((line, at) => `${at === 0 ? "" : "    "}${line}${at === narrow.length - 1 ? "" : " \\"}`);
}
