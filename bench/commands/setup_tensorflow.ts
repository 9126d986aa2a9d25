/**
 * Makes the native backend of TensorFlow.js work on a current machine: `deno task setup:tensorflow`.
 *
 * The npm packages fetch a TensorFlow of 2022 (CUDA 11) when they are installed, from a place that many machines do not
 * reach. Their binding is a small C++ library, though, which compiles against any later TensorFlow, such as pip installs.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { Streams } from "../command_line/output.ts";

const HELP = `Makes the native backend of TensorFlow.js work, for --engine tensorflow.

Usage: deno task setup:tensorflow [flags]

  --tensorflow DIR    compile against the TensorFlow in this folder: the Python package, its site-packages, or a
                      virtual environment        (default: the package's own binary where it can be fetched, else the
                                                  TensorFlow of the python3 on the PATH)
  --node-headers DIR  folder with node_api.h     (default: the npm package node-api-headers)
  --help              this text

A TensorFlow with CUDA serves @tensorflow/tfjs-node-gpu, any other @tensorflow/tfjs-node. The compiler is $CXX, g++,
clang++ or c++. Everything is put into engine/tensorflow/process/node_modules, which may be deleted.
Exit codes: 0 it works, 2 usage or input error.
`;

const SYNTAX = { flags: { tensorflow: "path", "node-headers": "path" } } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: () => ({ installs: true }),
};

/** Runs `deno task setup:tensorflow` and returns the exit code. */
export function main(args: readonly string[], streams?: Streams): Promise<number> {
  return runCommand(command, args, {
    streams,
    async work({ flags }, { out }) {
      const { setUp } = await import("../tensorflow_setup/set_up.ts");
      const write = (line: string) => out.write(`${line}\n`);
      const loaded = await setUp(flags.get("tensorflow"), flags.get("node-headers"), write);
      write(`ready: ${loaded.description}`);
      return EXIT.ok;
    },
  });
}

if (import.meta.main) Deno.exit(await main(Deno.args));
