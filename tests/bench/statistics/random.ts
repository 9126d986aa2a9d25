/**
 * Seeded normal numbers and permutations for simulations.
 *
 * @module
 */
import { philox4x32 } from "../../../random/philox.ts";

/** Words of one stream, one after the other. */
export function randomWords(seed: number): () => number {
  const words = new Uint32Array(4);
  let counter = 0, left = 0;
  return () => {
    if (left === 0) {
      philox4x32(counter++, 0, 0, 0, seed, 0x57a7, words);
      left = 4;
    }
    return words[--left];
  };
}

/** Standard normal numbers by the method of Box and Muller. */
export function randomNormals(seed: number): () => number {
  const word = randomWords(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((word() + 0.5) / 2 ** 32));
    const angle = 2 * Math.PI * word() / 2 ** 32;
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** A copy in random order. */
export function shuffled<T>(values: readonly T[], seed: number): T[] {
  const word = randomWords(seed), result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = word() % (last + 1);
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}
