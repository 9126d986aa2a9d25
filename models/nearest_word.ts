/**
 * The known word that was probably meant.
 *
 * @module
 */

/** Insertions, deletions and replacements that turn one text into the other (Levenshtein, 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

/** Longer texts are no slips of the pen. */
const LONGEST = 40;

/** The nearest of `words`; undefined where none is near. Upper and lower case count as equal. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  let best: string | undefined, least = Infinity;
  for (const known of words) {
    const distance = editDistance(word.toLowerCase(), known.toLowerCase());
    if (distance < least) [best, least] = [known, distance];
  }
  return best !== undefined && least <= Math.max(2, Math.floor(best.length / 2)) ? best : undefined;
}
