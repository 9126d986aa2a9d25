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
/** Shorter words begin others by chance. */
const SHORTEST_PREFIX = 3;

/** What other libraries call the vocabulary's words. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  avgpool: "averagePool",
  avgpool2d: "averagePool",
  bn: "batchNorm",
  dense: "linear",
  dropout2d: "channelDropout",
  eps: "epsilon",
  fc: "linear",
  filters: "out",
  gamma: "factor",
  lr: "learningRate",
  maxlr: "maxLearningRate",
  outchannels: "out",
  outfeatures: "out",
  pctstart: "warmUp",
  residual: "branches",
  std: "deviation",
  stepsize: "epochs",
  units: "out",
};

/** Lower case and without what other languages put between words. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[_\s-]/g, "");

/**
 * The nearest of `words`; undefined where none is near. Upper and lower case count as equal, and a word that begins with
 * another is near to it.
 */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const given = plain(word), elsewhere = Object.hasOwn(ELSEWHERE, given) ? ELSEWHERE[given] : undefined;
  let best: string | undefined, least = Infinity, prefix = "";
  for (const known of words) {
    if (known === elsewhere) return known;
    const other = plain(known), distance = editDistance(given, other);
    if (distance < least) [best, least] = [known, distance];
    const begins = given.startsWith(other) || (given.length >= SHORTEST_PREFIX && other.startsWith(given));
    if (begins && other.length >= SHORTEST_PREFIX && known.length > prefix.length) prefix = known;
  }
  const near = best !== undefined && least < best.length && least <= Math.max(2, Math.floor(best.length / 2));
  if (near) return best;
  return prefix === "" ? undefined : prefix;
}
