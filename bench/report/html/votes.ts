/**
 * The test images that most trials get wrong.
 *
 * @module
 */

/** How often a digit was predicted. */
export interface Vote {
  readonly digit: number;
  readonly count: number;
}

/** An image with what the trials took it for. */
export interface HardImage {
  /** From 0, in the test set. */
  readonly index: number;
  readonly label: number;
  readonly wrong: number;
  /** The most frequent first. */
  readonly votes: readonly Vote[];
}

/** Images that more than half of the trials get wrong: the most often wrong first, then by index. */
export function hardImages(predictions: readonly Uint8Array[], labels: Uint8Array): HardImage[] {
  const images: HardImage[] = [];
  labels.forEach((label, index) => {
    const wrong = countWrong(predictions, label, index);
    if (2 * wrong > predictions.length) {
      images.push({ index, label, wrong, votes: countVotes(predictions, index) });
    }
  });
  return images.sort((a, b) => b.wrong - a.wrong || a.index - b.index);
}

/** Trials that do not take image `index` for `label`. */
export function countWrong(predictions: readonly Uint8Array[], label: number, index: number): number {
  return predictions.reduce((sum, digits) => sum + Number(digits[index] !== label), 0);
}

function countVotes(predictions: readonly Uint8Array[], index: number): Vote[] {
  const counts = new Map<number, number>();
  for (const digits of predictions) counts.set(digits[index], (counts.get(digits[index]) ?? 0) + 1);
  return [...counts].map(([digit, count]) => ({ digit, count }))
    .sort((a, b) => b.count - a.count || a.digit - b.digit);
}
