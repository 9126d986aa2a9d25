/**
 * `results/records/README.md`: the records, the smallest first.
 *
 * @module
 */
import { formatCount, formatMean, formatP } from "../command_line/format.ts";
import { type CheckedRecord, RECORD_P } from "../records/check_record.ts";
import { summarizeIteration } from "../run/summary.ts";
import { serializeTable } from "./markdown.ts";
import { columns } from "./report.ts";

export const RECORDS_FILE = "README.md";

/** The text of the file; a folder without records has none. */
export function recordsMarkdown(records: readonly CheckedRecord[]): string {
  const rows = [...records].sort((a, b) => a.iteration.parameters - b.iteration.parameters).map((each) => {
    const { iteration, record, path, p } = each;
    const { final, parameters } = summarizeIteration(iteration, record);
    const { engine } = record.manifest;
    return [
      path.split(/[\\/]/).at(-1)!,
      iteration.title,
      formatCount(parameters ?? iteration.parameters),
      String(iteration.training.epochs),
      String(final?.n ?? 0),
      formatMean(final),
      formatP(p),
      `${engine.name} ${engine.version}`,
    ];
  });
  return [
    "# Records",
    "Networks inside the challenge whose mean final accuracy is above 99.4 %, shown with seeds that nobody picked " +
    `(one-sided p < ${RECORD_P}), and whose test set was looked at once, after the last epoch. \`deno task record --check\` ` +
    "holds all of it and trains a part again; CONTRIBUTING.md says how to add one.",
    serializeTable({
      columns: columns(
        "Record",
        "Title",
        "> Parameters",
        "> Epochs",
        "> n",
        "> Final mean ± SD [%]",
        "> p",
        "Engine",
      ),
      rows,
    }),
  ].join("\n\n") + "\n";
}
