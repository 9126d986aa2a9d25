/**
 * The part of ONNX's protocol buffers that a network needs, and a writer for it.
 *
 * Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), the wire format is
 * https://protobuf.dev/programming-guides/encoding. A library would read and write any message; for six kinds that
 * are only written it is more to load and to trust than these lines.
 *
 * @module
 */

/** The wire types that are used: integers, texts and messages behind their length, and 32 bits. */
const VARINT = 0, DELIMITED = 2, FIXED32 = 5;

/** Appends fields of one message. */
class Message {
  readonly #parts: Uint8Array[] = [];

  /** Seven bits a byte, lowest first; nothing that is written here is negative. */
  static #varint(value: number): Uint8Array {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(rest % 0x80 + 0x80);
    bytes.push(rest);
    return Uint8Array.from(bytes);
  }

  #key(field: number, wireType: number): void {
    this.#parts.push(Message.#varint(field * 8 + wireType));
  }

  integer(field: number, value: number): this {
    this.#key(field, VARINT);
    this.#parts.push(Message.#varint(value));
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, FIXED32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#parts.push(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, DELIMITED);
    this.#parts.push(Message.#varint(value.length), value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  each<T>(values: Iterable<T>, write: (message: this, value: T) => void): this {
    for (const value of values) write(this, value);
    return this;
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** A setting of an operator. */
export type Attribute =
  | { readonly integer: number }
  | { readonly integers: readonly number[] }
  | { readonly float: number };

/** One operator. */
export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor inside the file. */
export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** Element types by the numbers of `TensorProto.DataType`. */
const ELEMENT_TYPES = { float: 1, uint8: 2, int64: 7 } as const;

/** A value that enters or leaves; a text as dimension is the name of one that is known only when the network runs. */
export interface OnnxValue {
  readonly name: string;
  readonly type: keyof typeof ELEMENT_TYPES;
  readonly shape: readonly (number | string)[];
}

/** A whole file. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opset: number;
  readonly producer: string;
  readonly producerVersion: string;
  readonly name: string;
  readonly description: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

function attributeMessage(name: string, attribute: Attribute): Message {
  // the type's number stands beside the value, in field 20
  const message = new Message().text(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).integer(20, 1);
  if ("integer" in attribute) return message.integer(3, attribute.integer).integer(20, 2);
  return message.each(attribute.integers, (each, value) => each.integer(8, value)).integer(20, 7);
}

function nodeMessage({ name, operator, inputs, outputs, attributes }: OnnxNode): Message {
  return new Message()
    .each(inputs, (message, input) => message.text(1, input))
    .each(outputs, (message, output) => message.text(2, output))
    .text(3, name)
    .text(4, operator)
    .each(
      Object.entries(attributes),
      (message, [key, value]) => message.message(5, attributeMessage(key, value)),
    );
}

function tensorMessage({ name, shape, data }: Initializer): Message {
  const type = data instanceof Float32Array ? ELEMENT_TYPES.float : ELEMENT_TYPES.int64;
  return new Message()
    .each(shape, (message, size) => message.integer(1, size))
    .integer(2, type)
    .text(8, name)
    // little-endian, as every machine is that Deno runs on
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueMessage({ name, type, shape }: OnnxValue): Message {
  const dimensions = new Message().each(shape, (message, size) => {
    const dimension = new Message();
    message.message(1, typeof size === "number" ? dimension.integer(1, size) : dimension.text(2, size));
  });
  const tensor = new Message().integer(1, ELEMENT_TYPES[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

/** The bytes of an ONNX file: equal models, equal bytes. */
export function serializeModel(model: OnnxModel): Uint8Array {
  const graph = new Message()
    .each(model.nodes, (message, node) => message.message(1, nodeMessage(node)))
    .text(2, model.name)
    .each(model.initializers, (message, tensor) => message.message(5, tensorMessage(tensor)))
    .each(model.inputs, (message, value) => message.message(11, valueMessage(value)))
    .each(model.outputs, (message, value) => message.message(12, valueMessage(value)));
  return new Message()
    .integer(1, model.irVersion)
    .text(2, model.producer)
    .text(3, model.producerVersion)
    .text(6, model.description)
    .message(7, graph)
    .message(8, new Message().text(1, "").integer(2, model.opset))
    .each(
      Object.entries(model.metadata),
      (message, [key, value]) => message.message(14, new Message().text(1, key).text(2, value)),
    )
    .finish();
}
