/**
 * Shows networks layer by layer: `deno task summary 5`.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders, readIterationNames } from "../command_line/iteration_names.ts";
import type { Streams } from "../command_line/output.ts";

const HELP = `Shows a network layer by layer: output, parameters, multiply-adds, receptive field.

Usage: deno task summary ITERATIONS [flags]

  ITERATIONS       numbers, ranges or files, such as 5, 1-3,101 or ./my_net.ts
  --json           one JSON document
  --markdown       Markdown tables
  --help           this text

Field: the receptive field, the square of the image that one element of the output looks at.
Examples:
  deno task summary 5
  deno task summary ./my_net.json --markdown
Exit codes: 0 shown, 2 usage or input error.
`;

const SYNTAX = { flags: { json: "switch", markdown: "switch" }, positionals: ["iterations"] } as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: ({ positionals: [names] }) => ({ read: iterationFolders(names) }),
};

/** Shows the networks that `args` name and returns the exit code. */
export function main(args: readonly string[], streams?: Streams): Promise<number> {
  return runCommand(command, args, { streams, work: summary });
}

async function summary({ flags, positionals: [names] }: Line, { out }: Streams): Promise<number> {
  if (names === undefined) {
    throw new UsageError(
      `Cannot show a network: expected an iteration such as 5 or ./my_net.ts, got none; see --help`,
    );
  }
  if (flags.has("json") && flags.has("markdown")) {
    throw new UsageError(
      "Cannot use --markdown: expected either --json or --markdown, got both; leave one out",
    );
  }
  const { loadNamedIterations } = await import("../../models/catalog.ts");
  const { layersTable, summarizeNetwork, totalLines } = await import("../report/network_summary.ts");
  const iterations = await asUsageError(() =>
    loadNamedIterations(readIterationNames(names, "the iterations"))
  );
  const summaries = iterations.map(summarizeNetwork);
  const parts: string[] = [];
  if (flags.has("json")) parts.push(JSON.stringify(summaries, null, 2));
  else if (flags.has("markdown")) {
    const { serializeTable } = await import("../report/markdown.ts");
    for (const each of summaries) {
      const totals = totalLines(each).map((line) => `- ${line.trim()}`);
      parts.push(
        [`## ${each.id} ${each.title}`, "", serializeTable(layersTable(each)), "", ...totals].join("\n"),
      );
    }
  } else {
    const { wrap } = await import("../command_line/wrap.ts");
    const { layOut } = await import("../report/layout.ts");
    const screen = { color: out.color, width: out.width };
    for (const each of summaries) {
      const totals = totalLines(each).map((line) => wrap(line, screen));
      parts.push(
        [`${each.id} ${each.title}`, layOut(layersTable(each), screen, ["Field", "Place"]), ...totals].join(
          "\n",
        ),
      );
    }
  }
  out.write(`${parts.join("\n\n")}\n`);
  return EXIT.ok;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
