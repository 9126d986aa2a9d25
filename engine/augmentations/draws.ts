/**
 * The random numbers of one augmentation of one image.
 *
 * @module
 */
import { drawBlock, type DrawPosition, Stream, toUnit } from "../streams.ts";

const TWO_TO_32 = 4294967296;
const NOTHING_DRAWN = -1;

/** Which image of which epoch, and the operation's place in the recipe. */
export interface AugmentationPosition {
  readonly seed: number;
  /** 1-based. */
  readonly epoch: number;
  /** In the training set. */
  readonly exampleIndex: number;
  /** Of the operation in the recipe. */
  readonly ordinal: number;
}

/** Draws by their numbers, any of them in any order, each a pure function of the position and its number. */
export class Draws {
  readonly #words = new Uint32Array(4);
  #position: DrawPosition = { seed: 0, stream: Stream.augmentation };
  #block = NOTHING_DRAWN;

  /** Moves to another image or operation. */
  moveTo({ seed, epoch, exampleIndex, ordinal }: AugmentationPosition): void {
    this.#position = { seed, stream: Stream.augmentation, index: exampleIndex, epoch, channel: ordinal };
    this.#block = NOTHING_DRAWN;
  }

  /** uint32 */
  word(number: number): number {
    const block = number >>> 2;
    if (block !== this.#block) {
      drawBlock(this.#position, block, this.#words);
      this.#block = block;
    }
    return this.#words[number & 3];
  }

  /** U[0, 1) */
  unit(number: number): number {
    return toUnit(this.word(number));
  }

  /** U[least, most) */
  between(number: number, least: number, most: number): number {
    return least + (most - least) * this.unit(number);
  }

  /** U[−range, range) */
  symmetric(number: number, range: number): number {
    return (2 * this.unit(number) - 1) * range;
  }

  /** A whole number from 0 to below `count`, each as likely. */
  below(number: number, count: number): number {
    return Math.floor(this.word(number) * count / TWO_TO_32);
  }
}
