import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { encodePng, pngDataUrl } from "../../../../bench/report/html/png.ts";

/** Type, data and checksum of each chunk after the signature. */
function readChunks(png: Uint8Array) {
  const view = new DataView(png.buffer), chunks = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at), data = at + 8;
    chunks.push({
      type: new TextDecoder().decode(png.subarray(at + 4, data)),
      data: png.slice(data, data + length),
      checksum: view.getUint32(data + length),
    });
    at = data + length + 4;
  }
  return chunks;
}

Deno.test("encodePng() writes rows of unfiltered grey pixels between a header and an end", () => {
  const png = encodePng(Uint8Array.of(0, 64, 128, 255), 2);
  assert.deepEqual([...png.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const [header, pixels, end, ...rest] = readChunks(png);
  assert.equal(header.type, "IHDR");
  assert.deepEqual([...header.data], [0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
  assert.equal(pixels.type, "IDAT");
  assert.deepEqual([...inflateSync(pixels.data)], [0, 0, 64, 0, 128, 255]);
  // The checksum of an empty end is in every PNG.
  assert.deepEqual({ ...end, data: [...end.data] }, { type: "IEND", data: [], checksum: 0xae426082 });
  assert.deepEqual(rest, []);
});

Deno.test("pngDataUrl() holds the file", () => {
  const pixels = new Uint8Array(784).fill(7);
  const [head, base64] = pngDataUrl(pixels, 28).split(",");
  assert.equal(head, "data:image/png;base64");
  assert.deepEqual(Uint8Array.fromBase64(base64), encodePng(pixels, 28));
});
