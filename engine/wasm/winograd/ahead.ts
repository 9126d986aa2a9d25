/**
 * Fetching ahead: loading a word of (nearly) every cache line that is soon needed.
 *
 * A strip's rows of a map are short runs in many channels, whose pages the machine has mostly forgotten: a transform that
 * came upon them would wait for each anew. Loaded in bursts beforehand, the misses overlap, with each other and with the
 * products meanwhile.
 *
 * @module
 */
import {
  advance,
  choose,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  repeat,
  set,
  type Stmt,
} from "../assembler.ts";
import { channelBytes, type Plane, rowBytes } from "../layout.ts";

/** Bytes of a cache line. */
const LINE_BYTES = 64;

/** Some rows of each channel of a map. */
export interface Rows {
  readonly plane: Plane;
  readonly channels: number;
  readonly rows: number;
}

/** Rows and where they begin; the address is left as it is. */
interface RowsAt {
  readonly at: Local;
  readonly rows: Rows;
}

/** A cursor in some rows, which is moved in bursts of lines. */
class Cursor {
  readonly #f: FunctionBuilder;
  readonly #from: RowsAt;
  readonly #at: Local;
  /** Bursts left, of all and in this channel. */
  readonly #left: Local;
  readonly #leftInChannel: Local;
  readonly #perChannel: number;
  /** Lines in a burst, and bytes from one burst to the next: nothing behind the rows is read. */
  readonly #lines: number;
  readonly #step: number;

  constructor(f: FunctionBuilder, from: RowsAt, bursts: number) {
    const { plane, rows, channels } = from.rows, lines = Math.floor(rows * rowBytes(plane) / LINE_BYTES);
    this.#f = f;
    this.#from = from;
    this.#perChannel = Math.max(1, Math.min(lines, Math.floor(bursts / channels)));
    this.#lines = Math.ceil(lines / this.#perChannel);
    this.#step = LINE_BYTES * Math.floor((lines - this.#lines) / Math.max(1, this.#perChannel - 1));
    [this.#at, this.#left, this.#leftInChannel] = f.locals(3, I32);
  }

  get begin(): Stmt {
    return [
      ...set(this.#at, get(this.#from.at)),
      ...set(this.#left, i32.const(this.#perChannel * this.#from.rows.channels)),
      ...set(this.#leftInChannel, i32.const(this.#perChannel)),
    ];
  }

  /** A burst, if any are left, added to `sums`. */
  burst(sums: readonly Local[]): Stmt {
    const lines = Array.from({ length: this.#lines }, (_, i) => {
      const sum = sums[i % sums.length];
      return set(sum, i32.add(get(sum), i32.load(get(this.#at), i * LINE_BYTES)));
    });
    return choose(get(this.#left), [
      ...lines.flat(),
      ...advance(this.#at, this.#step),
      ...advance(this.#left, -1),
      ...advance(this.#leftInChannel, -1),
      ...choose(get(this.#leftInChannel), [], [
        ...advance(this.#at, channelBytes(this.#from.rows.plane) - this.#perChannel * this.#step),
        ...set(this.#leftInChannel, i32.const(this.#perChannel)),
      ]),
    ], []);
  }

  /** All bursts one after the other. */
  all(sums: readonly Local[]): Stmt {
    const bursts = this.#perChannel * this.#from.rows.channels;
    return [...this.begin, ...repeat(this.#f.local(I32), bursts, this.burst(sums))];
  }
}

/** Fetches rows little by little: `begin` once, `some` up to `bursts` times, `end` once. */
export class Fetching {
  readonly #cursors: readonly Cursor[];
  readonly #sums: readonly Local[];

  constructor(f: FunctionBuilder, soon: readonly RowsAt[], bursts: number) {
    this.#cursors = soon.map((rows) => new Cursor(f, rows, bursts));
    this.#sums = f.locals(2, I32);
  }

  get begin(): Stmt {
    return this.#cursors.flatMap((cursor) => cursor.begin);
  }

  get some(): Stmt {
    return this.#cursors.flatMap((cursor) => cursor.burst(this.#sums));
  }

  /** What is not used would not be loaded. */
  end(scratch: Local): Stmt {
    return i32.store(get(scratch), this.#sums.map(get).reduce((a, b) => i32.add(a, b)));
  }
}

/** Lines of a burst where there is nothing else to do. */
const LONG_BURST = 16;

/** Fetches rows at once. */
export function fetchNow(f: FunctionBuilder, rows: RowsAt, scratch: Local): Stmt {
  const lines = rows.rows.channels * rows.rows.rows * rowBytes(rows.rows.plane) / LINE_BYTES;
  const bursts = Math.ceil(lines / LONG_BURST), sums = f.locals(2, I32);
  return [
    ...new Cursor(f, rows, bursts).all(sums),
    ...i32.store(get(scratch), sums.map(get).reduce((a, b) => i32.add(a, b))),
  ];
}
