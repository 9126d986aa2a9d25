/**
 * Philox 4×32-10: a random generator that is a pure function of a counter and a key.
 *
 * Source: Salmon, Moraes, Dror and Shaw (2011), "Parallel Random Numbers: As Easy as 1, 2, 3"; checked against
 * the known answers of their Random123 library.
 *
 * @module
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9; // golden ratio
const WEYL_1 = 0xbb67ae85; // √3 − 1
const ROUNDS = 10;

/** Upper 32 bits of the 64-bit product of two uint32, as int32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16;
  const bLow = b & 0xffff, bHigh = b >>> 16;
  // Each sum below stays under 2^32, so no carry is lost.
  const carried = (Math.imul(aLow, bLow) >>> 16) + (Math.imul(aHigh, bLow) >>> 0);
  const middle = (carried & 0xffff) + (Math.imul(aLow, bHigh) >>> 0);
  return (Math.imul(aHigh, bHigh) + (carried >>> 16) + (middle >>> 16)) | 0;
}

/**
 * Writes the four random words of one counter and key to `out[0..3]`.
 *
 * All arguments are uint32 (only their low 32 bits count). Integer arithmetic alone, so the words are the same
 * everywhere.
 */
export function philox4x32(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, counter0);
    const low0 = Math.imul(MULTIPLIER_0, counter0);
    const high1 = multiplyHigh(MULTIPLIER_1, counter2);
    const low1 = Math.imul(MULTIPLIER_1, counter2);
    counter0 = high1 ^ counter1 ^ key0;
    counter1 = low1;
    counter2 = high0 ^ counter3 ^ key1;
    counter3 = low0;
    key0 = (key0 + WEYL_0) | 0;
    key1 = (key1 + WEYL_1) | 0;
  }
  out[0] = counter0;
  out[1] = counter1;
  out[2] = counter2;
  out[3] = counter3;
}
