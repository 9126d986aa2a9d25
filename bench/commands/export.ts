/**
 * Writes a trained network for other programs: `deno task export 5/0 --to onnx`.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { FORMAT_NAMES, type FormatName, FORMATS, PIXEL_TYPES, type PixelType } from "../../export/formats.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders } from "../command_line/iteration_names.ts";
import { PUBLISHED } from "../command_line/needs.ts";
import { refuseOverwriting } from "../command_line/real_path.ts";
import type { Streams } from "../command_line/output.ts";
import { readChoice, readRow } from "../command_line/values.ts";
import { type TrialId, trialKey } from "../run/rows.ts";
import { exportPaths } from "../weights/paths.ts";

const HELP = `Writes a trained network for other programs.

Usage: deno task export ROW --to FORMAT [flags]
       deno task export --weights FILE --iteration F --to FORMAT [flags]

  ROW              iteration/seed of a published row, such as 5/0
  --to FORMAT      onnx, safetensors, pytorch (a program and its weights) or json
                   (default: what the ending of --out says)
  --out FILE       where it goes                (default: iteration-5-seed-0.onnx and the like, here)
  --fold           batch norms become part of the convolution or linear layer in front of them
  --input TYPE     what enters an ONNX file: uint8, pixels from 0 to 255, or float,
                   from 0 to 1 as torchvision's ToTensor gives them    (default: uint8)
  --run DIR        the results that the row is of                      (default: ${PUBLISHED})
  --weights FILE   a safetensors file instead of a row, with the names of a PyTorch nn.Sequential
  --iteration F    what that file was trained as: a number or a file
  --help           this text

Examples:
  deno task export 5/0 --to onnx
  deno task export 5/0 --to pytorch --out model.py       then: python model.py --data FOLDER
  deno task export --weights mine.safetensors --iteration ./my_net.ts --to onnx

The normalization of the pixels is part of an ONNX file and of the PyTorch program; batch and names are
those of ONNX's and PyTorch's own exporters: images [batch,1,28,28], logits [batch,10].
Exit codes: 0 written, 2 usage or input error.
`;

const SYNTAX = {
  flags: {
    to: "text",
    out: "path",
    fold: "switch",
    input: "text",
    run: "path",
    weights: "path",
    iteration: "iterations",
  },
  positionals: ["text"],
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line) {
    const { source, format, out } = readOptions(line);
    const written = exportPaths(format, out).flatMap((path) => [path, `${path}.tmp`]);
    const read = source.kind === "row" ? [source.run] : [source.file, ...iterationFolders(source.iteration)];
    return { read: [...read, ...written], write: written };
  },
};

/** Where the weights come from. */
type Source =
  | { readonly kind: "row"; readonly run: string; readonly row: TrialId }
  | { readonly kind: "file"; readonly file: string; readonly iteration: string };

interface ExportRequest {
  readonly source: Source;
  readonly format: FormatName;
  readonly out: string;
  readonly fold: boolean;
  readonly pixels: PixelType;
}

/** Exports what `args` name and returns the exit code. */
export function main(args: readonly string[], streams?: Streams): Promise<number> {
  return runCommand(command, args, {
    streams,
    async work(line, { out }) {
      const { exportNetwork } = await import("../weights/export_network.ts");
      const { source, ...request } = readOptions(line);
      const { networkOfFile, networkOfRow } = await import("../weights/trained.ts");
      const { loadOneIteration } = await import("../weights/one_iteration.ts");
      const { network } = source.kind === "row"
        ? await networkOfRow(source.run, source.row)
        : await networkOfFile(source.file, await loadOneIteration("--iteration", source.iteration));
      out.write(exportNetwork(network, request));
      return EXIT.ok;
    },
  });
}

function readOptions(line: Line): ExportRequest {
  const { flags } = line, source = readSource(line), given = flags.get("out");
  const ending = given === undefined ? "" : extname(given).toLowerCase();
  const format = readChoice("--to", flags.get("to"), FORMAT_NAMES) ??
    FORMAT_NAMES.find((name) => FORMATS[name].extension === ending);
  if (format === undefined) {
    throw new UsageError(`Cannot export: expected --to with one of ${FORMAT_NAMES.join(", ")}, got none`);
  }
  const pixels = readChoice("--input", flags.get("input"), PIXEL_TYPES);
  if (pixels !== undefined && format !== "onnx") {
    throw new UsageError(`Cannot use --input: expected --to onnx with it, got "${format}"; leave it out`);
  }
  const out = given ?? defaultOut(source, format), paths = exportPaths(format, out);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) {
    throw new UsageError(
      `Cannot use --out: expected a name for the program whose weights lie beside it, got "${out}"; end it in .py`,
    );
  }
  if (source.kind === "file") refuseOverwriting([source.file, source.iteration], paths, "export");
  return { source, format, out, fold: flags.has("fold"), pixels: pixels ?? "uint8" };
}

function readSource({ flags, positionals: [text] }: Line): Source {
  const file = flags.get("weights"), iteration = flags.get("iteration"), run = flags.get("run");
  if (text !== undefined && file !== undefined) {
    throw new UsageError(
      `Cannot export: expected either a row or --weights, got "${text}" and "${file}"; leave one out`,
    );
  }
  if (text === undefined && file === undefined) {
    throw new UsageError(
      `Cannot export: expected a row such as 5/0, or --weights FILE, got none; see --help`,
    );
  }
  if (file === undefined) {
    if (iteration !== undefined) {
      throw new UsageError(
        `Cannot use --iteration: expected --weights with it, got the row "${text}"; leave it out`,
      );
    }
    return { kind: "row", run: run ?? PUBLISHED, row: readRow(text!) };
  }
  if (run !== undefined) {
    throw new UsageError(`Cannot use --run: expected a row with it, got --weights; leave it out`);
  }
  if (iteration === undefined) {
    throw new UsageError(
      `Cannot use --weights: expected --iteration with it, such as 5 or ./my_net.ts, got none`,
    );
  }
  return { kind: "file", file, iteration };
}

function defaultOut(source: Source, format: FormatName): string {
  const name = source.kind === "row" ? trialKey(source.row) : basename(source.file, extname(source.file));
  // Python imports no name with a hyphen in it
  return `${format === "pytorch" ? name.replaceAll(/[^\p{L}\p{N}_]/gu, "_") : name}${
    FORMATS[format].extension
  }`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
