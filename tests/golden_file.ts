/**
 * Reads a golden fixture of `tests/golden/`, or of the folder `$GOLDEN` where that is set, which holds files of the same
 * names from other seeds (the READMEs say what each holds).
 *
 * @module
 */
import { parseSafetensors, type StoredTensor, type TensorData } from "../engine/safetensors.ts";

function folder(): URL {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "GOLDEN" });
  const given = state === "granted" ? Deno.env.get("GOLDEN") : undefined;
  if (given === undefined || given === "") return new URL("golden/", import.meta.url);
  return new URL(`${given.replace(/\/+$/, "")}/`, `file://${Deno.cwd()}/`);
}

/** Bytes of a fixture, `name` being its path below the folder without the extension. */
export function readGolden(name: string): Uint8Array<ArrayBuffer> {
  const file = new URL(`${name}.safetensors`, folder());
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot read a golden file: expected ${decodeURIComponent(file.pathname)}, got no such file`,
    );
  }
}

/** A fixture's tensors by name; asking for one that is not there, or of another type, throws. */
export class GoldenFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;

  /** @param name such as `iteration_1`, `networks/network_order` */
  constructor(name: string) {
    const file = parseSafetensors(readGolden(name));
    this.tensors = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
    this.metadata = file.metadata;
  }

  tensor(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new TypeError(`Cannot find golden tensor "${name}"`);
    return tensor;
  }

  #data<Data extends TensorData>(name: string, ArrayType: new (length: number) => Data): Data {
    const { data } = this.tensor(name);
    if (!(data instanceof ArrayType)) {
      throw new TypeError(
        `Cannot read golden tensor "${name}": expected ${ArrayType.name}, got ${data.constructor.name}`,
      );
    }
    return data;
  }

  f32(name: string): Float32Array {
    return this.#data(name, Float32Array);
  }

  f64(name: string): Float64Array {
    return this.#data(name, Float64Array);
  }

  u8(name: string): Uint8Array {
    return this.#data(name, Uint8Array);
  }

  i32(name: string): Int32Array {
    return this.#data(name, Int32Array);
  }
}
