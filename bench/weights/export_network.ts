/**
 * Writes a trained network to files, all of them or none, and says what they are.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { countBatchNorms, foldBatchNorms } from "../../export/fold.ts";
import type { FormatName, PixelType } from "../../export/formats.ts";
import { type Content, WRITERS } from "../../export/mod.ts";
import type { TrainedNetwork } from "../../export/trained_network.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { formatCount, formatPercent, plural } from "../command_line/format.ts";
import { writeWhole } from "../run/whole_files.ts";
import { exportPaths, stemOf } from "./paths.ts";

/** How a network is to be written. */
export interface ExportRequest {
  readonly format: FormatName;
  readonly out: string;
  readonly fold: boolean;
  readonly pixels: PixelType;
}

/**
 * Writes the files; returns what a person is told, a line for each and what was folded.
 *
 * @throws {UsageError} If a file cannot be written; then none is.
 */
export function exportNetwork(given: TrainedNetwork, { format, out, fold, pixels }: ExportRequest): string {
  const network = fold ? foldBatchNorms(given) : given;
  const options = { stem: stemOf(out), pixels, version: config.version };
  const contents: readonly Content[] = WRITERS[format](network, options);
  const files = exportPaths(format, out).map((path, index) => ({ path, content: contents[index] }));
  writeFiles(files);
  const { iteration, seed, testAccuracy } = network.provenance;
  const what = [
    `iteration ${iteration}${seed === undefined ? "" : ` seed ${seed}`}`,
    plural(network.graph.parameterCount, "parameter"),
    ...(testAccuracy === undefined ? [] : [`test accuracy ${formatPercent(testAccuracy)} %`]),
  ].join(", ");
  const lines = files.map(({ path, content }) =>
    `${path}: ${formatCount(Math.ceil(content.length / 1000))} kB, ${what}`
  );
  if (fold) {
    lines.push(`folded ${network.folded} of ${plural(countBatchNorms(given.layers), "batch norm")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Where one cannot be written, those that were not there before are removed again. */
export function writeFiles(files: readonly { readonly path: string; readonly content: Content }[]): void {
  const made: string[] = [];
  for (const { path, content } of files) {
    try {
      const isNew = !exists(path);
      writeWhole(path, content);
      if (isNew) made.push(path);
    } catch (error) {
      for (const each of made) Deno.removeSync(each);
      throw new UsageError(
        `Cannot write "${path}": expected a place that can be written, got "${
          reasonOf(error)
        }"; choose another --out`,
        { cause: error },
      );
    }
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
