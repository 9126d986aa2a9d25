/**
 * Evaluates weights that were trained elsewhere: `deno task import model.safetensors --iteration 5`.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { UsageError } from "../command_line/errors.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders } from "../command_line/iteration_names.ts";
import { dataNeeds, joinNeeds } from "../command_line/needs.ts";
import { refuseOverwriting } from "../command_line/real_path.ts";
import type { EvaluationSurroundings } from "../weights/evaluate_file.ts";

const HELP = `Evaluates weights, of PyTorch or of this project, on MNIST's test images.

Usage: deno task import FILE --iteration F [flags]

  FILE             safetensors with the names of a PyTorch nn.Sequential: 0.weight, 1.running_mean, ...
                   num_batches_tracked is ignored, and so is what stands in front of every name (module.);
                   other names (conv1.weight) are matched by shape and number, and what is which is shown
  --iteration F    the network: a number or a file, such as 5 or ./my_net.ts
  --out FILE       also writes the weights as this project does: its order, its names, where they are from
  --data DIR       folder with the MNIST files    (default: $MNIST_DIR, data/cache/mnist, or download)
  --json           one JSON document on standard output, everything else on standard error
  --help           this text

Examples:
  deno task import model.safetensors --iteration 5
  deno task import model.safetensors --iteration ./my_net.ts --json

In PyTorch: safetensors.torch.save_file(model.state_dict(), "model.safetensors").
Exit codes: 0 evaluated, 2 usage or input error.
`;

const SYNTAX = {
  flags: { iteration: "iterations", out: "path", data: "path", json: "switch" },
  positionals: ["path"],
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { file, iteration, out, data } = readOptions(line);
    const written = out === undefined ? [] : [out, `${out}.tmp`];
    return joinNeeds(
      { read: [file, ...iterationFolders(iteration), ...written], write: written, trains: true },
      dataNeeds(data, place, { mayDownload: true }),
    );
  },
};

/** Evaluates the file that `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: EvaluationSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const options = readOptions(line);
      const { evaluateFile } = await import("../weights/evaluate_file.ts");
      return await evaluateFile(options, { ...surroundings, ...streams });
    },
  });
}

function readOptions({ flags, positionals: [file] }: Line) {
  if (file === undefined) {
    throw new UsageError("Cannot import: expected a file such as model.safetensors, got none; see --help");
  }
  const iteration = flags.get("iteration"), out = flags.get("out");
  if (iteration === undefined) {
    throw new UsageError(
      "Cannot import: expected --iteration with the network, such as 5 or ./my_net.ts, got none",
    );
  }
  if (out !== undefined) refuseOverwriting([file, iteration], [out], "import");
  return {
    file,
    iteration,
    iterationFlag: "--iteration",
    out,
    data: flags.get("data"),
    json: flags.has("json"),
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
