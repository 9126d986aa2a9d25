/**
 * Reads and writes safetensors: named arrays behind a JSON header.
 *
 * Layout: header length (uint64, little-endian), header (JSON, padded with spaces to 8 bytes), the arrays'
 * bytes (little-endian, row-major). Source: https://github.com/huggingface/safetensors, "Format".
 *
 * @module
 */

/** The arrays that a tensor may hold. */
export type TensorData = Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array;

/** One tensor of a file. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What a file holds: tensors in the order of their bytes, and its `__metadata__`. */
export interface SafetensorsFile {
  readonly tensors: readonly StoredTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

// Typed arrays have the machine's byte order; every machine that Deno runs on is little-endian, as the format is.
const ARRAY_TYPES = {
  F32: Float32Array,
  F64: Float64Array,
  U8: Uint8Array,
  I32: Int32Array,
  I64: BigInt64Array,
} as const;

type DType = keyof typeof ARRAY_TYPES;

function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(ARRAY_TYPES, value);
}

function dtypeOf(data: TensorData): DType {
  for (const [dtype, ArrayType] of Object.entries(ARRAY_TYPES)) {
    if (data instanceof ArrayType && isDType(dtype)) return dtype;
  }
  throw new TypeError(
    `Cannot write safetensors: expected an array of ${Object.keys(ARRAY_TYPES).join(", ")}, got ${
      Object.prototype.toString.call(data)
    }`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function cannotRead(wanted: string, got: string): SyntaxError {
  return new SyntaxError(`Cannot read safetensors: expected ${wanted}, got ${got}`);
}

function parseHeader(text: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw cannotRead("a JSON header", error instanceof Error ? error.message : String(error));
  }
  if (!isRecord(header)) throw cannotRead("a JSON object as header", text.slice(0, 40));
  return header;
}

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function parseEntry(name: string, entry: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (!isDType(dtype)) {
    throw cannotRead(
      `"${name}" of type ${Object.keys(ARRAY_TYPES).join(", ")}`,
      JSON.stringify(dtype) ?? "none",
    );
  }
  if (!isSizes(shape)) throw cannotRead(`"${name}" with a shape`, JSON.stringify(shape) ?? "none");
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw cannotRead(`"${name}" with two offsets`, JSON.stringify(offsets) ?? "none");
  }
  const [start, end] = offsets;
  const byteLength = shape.reduce((product, size) => product * size, 1) *
    ARRAY_TYPES[dtype].BYTES_PER_ELEMENT;
  if (end - start !== byteLength) {
    throw cannotRead(`"${name}" ${dtype} [${shape.join(",")}] with ${byteLength} bytes`, `${end - start}`);
  }
  return { name, dtype, shape, start, end };
}

/**
 * Reads a safetensors file.
 *
 * @throws {SyntaxError} If the bytes are not safetensors, or hold a type other than F32, F64, U8, I32 and I64.
 */
export function parseSafetensors(file: Uint8Array): SafetensorsFile {
  if (file.length < 8) throw cannotRead("at least 8 bytes", `${file.length}`);
  const headerLength = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (headerLength > BigInt(file.length - 8)) {
    throw cannotRead(`a header of at most ${file.length - 8} bytes`, `${headerLength}`);
  }
  const bodyStart = 8 + Number(headerLength);
  const header = parseHeader(new TextDecoder().decode(file.subarray(8, bodyStart)));
  const body = file.subarray(bodyStart);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata)) throw cannotRead(`"__metadata__" to be an object`, JSON.stringify(metadata));
  const parsed = Object.entries(entries).map(([name, entry]) => parseEntry(name, entry));
  parsed.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = 0;
  const tensors = parsed.map(({ name, dtype, shape, start, end }): StoredTensor => {
    if (start !== covered) throw cannotRead(`"${name}" to start at byte ${covered}`, `${start}`);
    if (end > body.length) throw cannotRead(`"${name}" within ${body.length} bytes`, `an end at ${end}`);
    covered = end;
    // A copy, because the file need not align its arrays.
    return { name, shape, data: new ARRAY_TYPES[dtype](body.slice(start, end).buffer) };
  });
  if (covered !== body.length) throw cannotRead(`${covered} bytes of tensors`, `${body.length}`);
  return {
    tensors,
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)])),
  };
}

/**
 * Bytes of a safetensors file with the tensors in the given order: equal input, equal bytes.
 *
 * @throws {RangeError} If a name occurs twice or a shape does not match its data.
 */
export function serializeSafetensors(
  tensors: readonly StoredTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) entries.set("__metadata__", metadata);
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const length = shape.reduce((product, size) => product * size, 1);
    if (length !== data.length) {
      throw new RangeError(
        `Cannot write safetensors: expected "${name}" [${
          shape.join(",")
        }] to hold ${length} values, got ${data.length}`,
      );
    }
    if (entries.has(name)) {
      throw new RangeError(`Cannot write safetensors: expected each name once, got "${name}" twice`);
    }
    const end = offset + data.byteLength;
    entries.set(name, { dtype: dtypeOf(data), shape, data_offsets: [offset, end] });
    offset = end;
  }
  // A Map, spelled out, keeps the order even of names that look like numbers.
  const json = `{${
    [...entries].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")
  }}`;
  const header = new TextEncoder().encode(json);
  const headerLength = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(header, 8);
  let position = 8 + headerLength;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}
