/**
 * Bytes inside an HTML page: compressed, then written in 85 printable characters, five for four bytes.
 *
 * None of the characters means anything in HTML or ends a script. Floats are written byte by byte of significance
 * first, because their exponents repeat and the rest does not.
 *
 * @module
 */

/** From `#` to `y` without `<` and `\`. */
const ALPHABET = Array.from({ length: 87 }, (_, i) => String.fromCharCode(35 + i))
  .filter((character) => character !== "<" && character !== "\\").join("");
const FLOAT_BYTES = 4;

/** Bytes as text; its first character says how many zeros fill the last group. */
export function toText(bytes: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer), groups = [ALPHABET[padded.length - bytes.length]];
  for (let at = 0; at < padded.length; at += 4) {
    let word = view.getUint32(at), group = "";
    for (let i = 0; i < 5; i++, word = Math.floor(word / 85)) group = ALPHABET[word % 85] + group;
    groups.push(group);
  }
  return groups.join("");
}

/** The bytes of `toText`. @throws {SyntaxError} If the text is no such text. */
export function fromText(text: string): Uint8Array<ArrayBuffer> {
  const values = new Int16Array(128).fill(-1);
  [...ALPHABET].forEach((character, value) => values[character.charCodeAt(0)] = value);
  const valueAt = (at: number) => {
    const value = values[text.charCodeAt(at)] ?? -1;
    if (value < 0) throw new SyntaxError(`Cannot unpack: expected packed text, got "${text[at]}" at ${at}`);
    return value;
  };
  const bytes = new Uint8Array((text.length - 1) / 5 * 4), view = new DataView(bytes.buffer);
  for (let at = 1, to = 0; at < text.length; to += 4) {
    let word = 0;
    for (let i = 0; i < 5; i++, at++) word = word * 85 + valueAt(at);
    view.setUint32(to, word);
  }
  return bytes.slice(0, bytes.length - valueAt(0));
}

/** Floats as bytes: the first of each, then the second of each, …, little-endian. */
export function planesOf(floats: Float32Array): Uint8Array {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), count = floats.length;
  return Uint8Array.from(bytes, (_, i) => bytes[i % count * FLOAT_BYTES + Math.floor(i / count)]);
}

/** The floats of `planesOf`. */
export function fromPlanes(planes: Uint8Array): Float32Array<ArrayBuffer> {
  const bytes = new Uint8Array(planes.length), count = planes.length / FLOAT_BYTES;
  planes.forEach((byte, i) => bytes[i % count * FLOAT_BYTES + Math.floor(i / count)] = byte);
  return new Float32Array(bytes.buffer);
}

/** Undoes raw deflate. @throws {TypeError} If the data are none. */
export async function inflate(deflated: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The bytes that were compressed and written as text; space around it does not count. */
export const unpack = (text: string): Promise<Uint8Array<ArrayBuffer>> => inflate(fromText(text.trim()));
