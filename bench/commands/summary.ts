/**
 * Shows networks layer by layer: `deno task summary 5`.
 *
 * @module
 */
import { loadNamedIterations } from "../../models/catalog.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine } from "../command_line/flags.ts";
import { readIterationNames } from "../command_line/iteration_names.ts";
import { serializeTable } from "../report/markdown.ts";
import { layersTable, type NetworkSummary, summarizeNetwork, totalLines } from "../report/network_summary.ts";
import { layOut } from "../report/terminal.ts";

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

/** What the command takes from outside. */
export interface SummarySurroundings {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const STANDARD: SummarySurroundings = { out: console.log, err: console.error };

/** Shows the networks that `args` name and returns the exit code. */
export async function main(
  args: readonly string[],
  { out, err }: SummarySurroundings = STANDARD,
): Promise<number> {
  try {
    const { flags, positionals: [names] } = readCommandLine(
      args,
      { json: "boolean", markdown: "boolean", help: "boolean" },
      { positionals: 1 },
    );
    if (flags.has("help")) {
      out(HELP.trimEnd());
      return EXIT.ok;
    }
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
    const iterations = await asUsageError(() => loadNamedIterations(readIterationNames(names)));
    const summaries = iterations.map(summarizeNetwork);
    if (flags.has("json")) out(JSON.stringify(summaries, null, 2));
    else out(summaries.map((each) => flags.has("markdown") ? asMarkdown(each) : asText(each)).join("\n\n"));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    err(`error: ${reasonOf(error)}`);
    return EXIT.usage;
  }
}

const asText = (summary: NetworkSummary): string =>
  [`${summary.id} ${summary.title}`, layOut(layersTable(summary), false), ...totalLines(summary)].join("\n");

const asMarkdown = (summary: NetworkSummary): string =>
  [
    `## ${summary.id} ${summary.title}`,
    "",
    serializeTable(layersTable(summary)),
    "",
    ...totalLines(summary).map((line) => `- ${line.trim()}`),
  ].join("\n");

if (import.meta.main) Deno.exit(await main(Deno.args));
