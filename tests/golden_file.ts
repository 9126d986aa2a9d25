/**
 * Reads the golden fixtures of `tests/golden/` (its README says what each holds), or others of the same form.
 *
 * Where the environment variable `GOLDEN` names a folder, every fixture that is there is read from there: the folder
 * is laid out as `tests/golden/` is, or it holds what `networks/` holds.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseSafetensors, type StoredTensor, type TensorData } from "../engine/safetensors.ts";

const OWN = fileURLToPath(new URL("golden", import.meta.url));

const isNetwork = (file: string): boolean => /^network_.*\.safetensors$/.test(file);

const networksIn = (folder: string): string[] =>
  existsSync(folder) ? [...Deno.readDirSync(folder)].map(({ name }) => name).filter(isNetwork).sort() : [];

/** Where fixtures named `networks/…` and all others are looked for before `tests/golden/`. */
function givenFolders(): { readonly networks: string; readonly others?: string } | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "GOLDEN" });
  const given = state === "granted" ? Deno.env.get("GOLDEN") : undefined;
  if (given === undefined || given === "") return undefined;
  if (!existsSync(given)) {
    throw new TypeError(
      `Cannot read golden fixtures: expected the folder of GOLDEN, got nothing at "${given}"; correct or unset it`,
    );
  }
  return networksIn(given).length > 0
    ? { networks: given }
    : { networks: `${given}/networks`, others: given };
}

function pathOf(name: string): string {
  const given = givenFolders(), file = `${name}.safetensors`, inner = file.replace(/^networks\//, "");
  const folder = inner === file ? given?.others : given?.networks;
  const path = `${folder}/${inner}`;
  return folder !== undefined && existsSync(path) ? path : `${OWN}/${file}`;
}

/** Names of all golden networks, for `GoldenFile`: those of `GOLDEN` where it has some. */
export function goldenNetworks(): string[] {
  const given = givenFolders();
  const files = given === undefined ? [] : networksIn(given.networks);
  return (files.length > 0 ? files : networksIn(`${OWN}/networks`)).map((file) =>
    `networks/${file.replace(/\.safetensors$/, "")}`
  );
}

/** A fixture's tensors by name; asking for one that is not there, or of another type, throws. */
export class GoldenFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;

  /** Reads `iteration_1`, `networks/network_order` or any other, by its name without the ending. */
  constructor(name: string) {
    const file = parseSafetensors(Deno.readFileSync(pathOf(name)));
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
