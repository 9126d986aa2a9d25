/**
 * SHA-256, for browsers: they have it only where a page came over an encrypted connection, and only as a promise.
 *
 * Stands in the bundle for what `node:crypto` is to the engine and the data sets.
 * Source: NIST FIPS 180-4.
 *
 * @module
 */

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS = Uint32Array.from(firstPrimes(64), (prime) => fractionBits(Math.cbrt(prime)));
/** The same of the square roots of the first 8. */
const START = Uint32Array.from(firstPrimes(8), (prime) => fractionBits(Math.sqrt(prime)));
const BLOCK_BYTES = 64;
/** Where a block's last 8 bytes are, the length in bits. */
const LENGTH_AT = 56;

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

/** 32 bits behind the point: float64 has them all, since the whole part takes 5 bits at most. */
function fractionBits(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32);
}

const rotate = (word: number, by: number): number => word >>> by | word << 32 - by;

class Sha256 {
  readonly #state = START.slice();
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  readonly #words = new Uint32Array(64);
  #filled = 0;
  #bytes = 0;

  update(bytes: Uint8Array): this {
    this.#bytes += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      at += part.length;
      this.#filled += part.length;
      if (this.#filled === BLOCK_BYTES) this.#compress();
    }
    return this;
  }

  /** In lower-case hex; nothing can be added afterwards. */
  digest(_encoding: "hex"): string {
    const bits = this.#bytes * 8;
    this.#block[this.#filled++] = 0x80;
    this.#block.fill(0, this.#filled);
    if (this.#filled > LENGTH_AT) {
      this.#compress();
      this.#block.fill(0);
    }
    this.#view.setUint32(LENGTH_AT, Math.floor(bits / 2 ** 32));
    this.#view.setUint32(LENGTH_AT + 4, bits >>> 0);
    this.#compress();
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  #compress(): void {
    const w = this.#words, state = this.#state;
    for (let t = 0; t < 16; t++) w[t] = this.#view.getUint32(4 * t);
    for (let t = 16; t < 64; t++) {
      const early = w[t - 15], late = w[t - 2];
      w[t] = w[t - 16] + (rotate(early, 7) ^ rotate(early, 18) ^ early >>> 3) + w[t - 7] +
        (rotate(late, 17) ^ rotate(late, 19) ^ late >>> 10);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const one =
        h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (e & f ^ ~e & g) + ROUND_CONSTANTS[t] + w[t] | 0;
      const two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, d + one | 0, c, b, a, one + two | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => state[i] += word);
    this.#filled = 0;
  }
}

/** As `node:crypto` has it, of what is used of that. */
export function createHash(name: string): Sha256 {
  if (name !== "sha256") throw new RangeError(`Cannot hash: expected "sha256", got "${name}"`);
  return new Sha256();
}
