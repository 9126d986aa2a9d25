/**
 * Decompresses gzip files as gzip(1) does: member after member, and what follows the last is ignored.
 *
 * `node:zlib` and `DecompressionStream` refuse such a file. The members' checksums are not compared: who calls this
 * compares SHA-256.
 *
 * Source: RFC 1952.
 *
 * @module
 */
import { promisify } from "node:util";
import { constants, type InflateRaw, inflateRaw, inflateRawSync } from "node:zlib";
import { reasonOf } from "./types.ts";

/** What `gunzipLimited` made of a file. */
export interface Gunzipped {
  /** All that could be decompressed, up to the limit. */
  readonly bytes: Uint8Array;
  /** Why there is no more: `"more"` where the limit ended it, else in words what is wrong; absent for a whole file. */
  readonly problem?: string;
}

const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16 } as const;
const DEFLATE = 8;

const inflate = promisify(inflateRaw) as unknown as (
  bytes: Uint8Array,
  options: { readonly chunkSize: number; readonly maxOutputLength: number; readonly info: true },
) => Promise<{ readonly buffer: Uint8Array; readonly engine: InflateRaw }>;

/** Whether the bytes begin as a gzip file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a gzip file to at most `most` bytes, so that a hostile file cannot fill the memory.
 *
 * It does not throw: a file that is cut or damaged gives its beginning and the problem.
 */
export async function gunzipLimited(gzip: Uint8Array, most: number): Promise<Gunzipped> {
  const pieces: Uint8Array[] = [];
  let length = 0, at = 0;
  const result = (problem?: string): Gunzipped => ({
    bytes: pieces.length === 1 ? pieces[0] : concatenate(pieces, length),
    problem,
  });
  do {
    const data = at + headerBytes(gzip.subarray(at));
    if (!(data <= gzip.length)) return result("the end of its header");
    if (gzip[at + 2] !== DEFLATE) return result(`an unknown compression method, ${gzip[at + 2]}`);
    const body = gzip.subarray(data);
    // zero is no limit that zlib takes, and a member may be empty
    const limit = Math.max(1, most - length);
    try {
      // One piece of the right size saves copying.
      const { buffer, engine } = await inflate(body, {
        chunkSize: Math.max(64, limit),
        maxOutputLength: limit,
        info: true,
      });
      if (length + buffer.length > most) return result("more");
      pieces.push(buffer);
      length += buffer.length;
      at = data + engine.bytesWritten + TRAILER_BYTES;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ERR_BUFFER_TOO_LARGE") {
        const beginning = beginningOf(body, limit);
        pieces.push(beginning);
        length += beginning.length;
        return result("more");
      }
      if (code === "Z_BUF_ERROR") {
        const beginning = inflateRawSync(body, {
          finishFlush: constants.Z_SYNC_FLUSH,
          maxOutputLength: limit,
        });
        pieces.push(beginning);
        length += beginning.length;
        return result("the end of the gzip file");
      }
      return result(`damaged gzip data ("${reasonOf(error)}")`);
    }
  } while (isGzip(gzip.subarray(at)));
  return result();
}

/** What the first kilobyte of deflated data holds: enough to say what a file is that is too long. */
function beginningOf(deflated: Uint8Array, most: number): Uint8Array {
  const bytes = inflateRawSync(deflated.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, most);
}

/** Length of a member's header; NaN where it ends early. */
function headerBytes(member: Uint8Array): number {
  const flags = member[3];
  let at = FIXED_HEADER_BYTES;
  if (flags & FLAG.extra) at += 2 + (member[at] | member[at + 1] << 8);
  for (const flag of [FLAG.name, FLAG.comment]) {
    if (!(flags & flag)) continue;
    const end = member.indexOf(0, at);
    if (end < 0) return NaN;
    at = end + 1;
  }
  return flags & FLAG.headerChecksum ? at + 2 : at;
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece.subarray(0, length - at), at);
    at += piece.length;
  }
  return whole;
}
