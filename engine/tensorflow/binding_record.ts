/**
 * What the native binding of a package was compiled against: a file beside it, which `deno task setup:tensorflow`
 * writes and the engine compares with what it loads.
 *
 * @module
 */

/** Where the native packages look for their binding, from the package's folder. */
export const BINDING_FOLDER = "lib/napi-v8";
export const BINDING_FILE = "tfjs_binding.node";
const RECORD_FILE = "tfjs_binding.json";

/** The TensorFlow that a binding was compiled against. */
export interface BindingRecord {
  /** Folder of the Python package. */
  readonly folder: string;
  /** As TensorFlow says it when it is loaded; absent until it was. */
  readonly version?: string;
  /** Absent where it was built without. */
  readonly cuda?: string;
}

/** The record in a package's folder; undefined where the binding is the package's own. */
export function readBindingRecord(packageFolder: string): BindingRecord | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(`${packageFolder}/${BINDING_FOLDER}/${RECORD_FILE}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

export function writeBindingRecord(packageFolder: string, record: BindingRecord): void {
  const path = `${packageFolder}/${BINDING_FOLDER}/${RECORD_FILE}`;
  Deno.writeTextFileSync(path, JSON.stringify(record, null, 2) + "\n");
}
