/**
 * Reads a golden fixture of `tests/golden/` (its README says what each holds).
 *
 * @module
 */
import { parseSafetensors, type StoredTensor, type TensorData } from "../engine/safetensors.ts";

/** A fixture's tensors by name; asking for one that is not there, or of another type, throws. */
export class GoldenFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(name: string) {
    const file = parseSafetensors(
      Deno.readFileSync(new URL(`golden/${name}.safetensors`, import.meta.url)),
    );
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
