import { deepEqual, equal, throws } from "node:assert/strict";
import { parseSafetensors, serializeSafetensors } from "../../engine/safetensors.ts";
import { GoldenFile } from "../golden_file.ts";

/** A file with the given header text and body. */
function fileOf(header: string, body = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + body.length);
  new DataView(file.buffer).setUint32(0, text.length, true);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}

Deno.test("parseSafetensors() reads a golden fixture", () => {
  const golden = new GoldenFile("augmentation");
  deepEqual(golden.tensor("translate/xy").shape, [48, 2]);
  equal(golden.i32("translate/xy").length, 96);
  equal(golden.metadata.semantics.startsWith("as torchvision applies them"), true);
});

Deno.test("serializeSafetensors() writes the bytes that the format states", () => {
  const file = serializeSafetensors([{ name: "a", shape: [1, 2], data: Float32Array.of(1, -2) }]);
  const header = `{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}`;
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, " ");
  deepEqual(file, fileOf(padded, Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0)));
});

Deno.test("parseSafetensors() gives back what serializeSafetensors() was given, in its order", () => {
  const tensors = [
    { name: "second", shape: [3], data: Uint8Array.of(1, 2, 3) },
    { name: "10", shape: [2], data: Float64Array.of(1 / 3, -0) },
    { name: "first", shape: [2, 1], data: BigInt64Array.of(-1n, 1n << 40n) },
    { name: "scalar", shape: [], data: Int32Array.of(-7) },
    { name: "empty", shape: [0, 4], data: new Float32Array(0) },
  ];
  const file = serializeSafetensors(tensors, { seed: "0" });
  const parsed = parseSafetensors(file);
  deepEqual(parsed.tensors, tensors);
  deepEqual(parsed.metadata, { seed: "0" });
  deepEqual(serializeSafetensors(tensors, { seed: "0" }), file);
});

Deno.test("serializeSafetensors() rejects a wrong shape and a name used twice", () => {
  const data = Float32Array.of(1, 2);
  throws(() => serializeSafetensors([{ name: "a", shape: [3], data }]), {
    name: "RangeError",
    message: `Cannot write safetensors: expected "a" [3] to hold 3 values, got 2`,
  });
  throws(
    () => serializeSafetensors([{ name: "a", shape: [2], data }, { name: "a", shape: [2], data }]),
    RangeError,
  );
});

Deno.test("parseSafetensors() rejects bytes that are not safetensors", () => {
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(3), /expected at least 8 bytes, got 3$/],
    [Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 1), /expected a header of at most 1 bytes, got 9$/],
    [fileOf("not json"), /expected a JSON header/],
    [fileOf("[1]"), /expected a JSON object as header/],
    [fileOf(`{"a":{"dtype":"F7","shape":[1],"data_offsets":[0,4]}}`, new Uint8Array(4)), /"a" of type F32/],
    [
      fileOf(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, new Uint8Array(4)),
      /"a" with a shape/,
    ],
    [
      fileOf(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, new Uint8Array(4)),
      /"a" within 4 bytes/,
    ],
    [
      fileOf(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, new Uint8Array(4)),
      /with 8 bytes, got 4$/,
    ],
    [
      fileOf(
        `{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`,
        new Uint8Array(3),
      ),
      /"b" to start at byte 2, got 1$/,
    ],
    [fileOf(`{}`, new Uint8Array(4)), /expected 0 bytes of tensors, got 4$/],
  ];
  for (const [file, message] of cases) throws(() => parseSafetensors(file), { name: "SyntaxError", message });
});
