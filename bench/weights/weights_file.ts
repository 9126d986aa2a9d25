/**
 * Reads a file of weights that a person names.
 *
 * @module
 */
import { parseSafetensors, type SafetensorsFile } from "../../engine/safetensors.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { quote } from "../command_line/quote.ts";

/** A network of this project has 100 kB; more than this is something else, and may not fit the memory. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * What a safetensors file holds.
 *
 * @throws {UsageError} If there is no such file, it cannot be read, is too long, or is not safetensors.
 */
export function readWeightsFile(path: string): SafetensorsFile {
  const refuse = (wanted: string, got: string, cause?: unknown) =>
    new UsageError(`Cannot read ${quote(path)}: expected ${wanted}, got ${got}`, { cause });
  let bytes: Uint8Array;
  try {
    const { isFile, isDirectory, size } = Deno.statSync(path);
    if (!isFile) throw refuse("a file", isDirectory ? "a folder" : "a device or pipe");
    if (size > MOST_BYTES) throw refuse(`at most ${MOST_BYTES} bytes`, `${size}`);
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw error instanceof Deno.errors.NotFound
      ? refuse("a file", "none", error)
      : refuse("a readable file", quote(reasonOf(error)), error);
  }
  try {
    return parseSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [, wanted, got] = error.message.match(/expected (.*), got (.*)$/s) ?? [];
    const short = (text: string) => text.length > 200 ? `${text.slice(0, 200)}…` : text;
    throw refuse(
      wanted === undefined ? "safetensors" : `safetensors with ${short(wanted)}`,
      short(got ?? reasonOf(error)),
      error,
    );
  }
}
