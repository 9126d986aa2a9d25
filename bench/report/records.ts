/**
 * `results/records/README.md`, and the README's table of records: the smallest first.
 *
 * @module
 */
import {
  formatCount,
  formatInterval,
  formatMean,
  formatP,
  formatPercent,
  MISSING,
} from "../command_line/format.ts";
import type { CheckedRecord } from "../records/check_record.ts";
import { RECORD_P, SIZE_CLASSES } from "../records/marks.ts";
import { choiceOf, type PublishedSearch } from "../records/published_searches.ts";
import { summarizeIteration } from "../run/summary.ts";
import { picture } from "./field.ts";
import { serializeTable } from "./markdown.ts";
import type { NotedTable } from "./published_tables.ts";
import { columns, type Table } from "./report.ts";

export const RECORDS_FILE = "README.md";

/** The text of the file; a folder without records has none. Their plot is the field's, where there is one. */
export function recordsMarkdown(
  records: readonly CheckedRecord[],
  { hasPlot, searches }: { readonly hasPlot: boolean; readonly searches: readonly PublishedSearch[] },
): string {
  return [
    "# Records",
    "Networks of fewer than 20,000 parameters, trained in at most 20 epochs, that are the most accurate of their size, " +
    "each measured with seeds that nobody picked, its test set looked at once, after the last epoch. `deno task record " +
    "--check` holds all of it and trains a part again; CONTRIBUTING.md says how to add one.",
    serializeTable(recordsTable(records, searches)),
    "Final: test accuracy after the last epoch; mean ± sample standard deviation over n seeds, with Student's 95 % interval " +
    `of the mean. p: one-sided, that the mean is above the floor, which makes a record (p < ${RECORD_P}). Reached: the mean ` +
    "is at least the mark of its size, and by the same test above the mark of the next smaller one. Held out: final accuracy " +
    "on training images by other writers, by which the searches of `results/search` chose it among the recipes that they " +
    "tried for networks of its size; chosen by it, it is optimistic. n/a: none of them trained it for as many epochs.",
    ...(hasPlot
      ? [picture("Final accuracy against parameters: records, iterations and the field", "../field/plots")]
      : []),
    "## Floors and marks",
    serializeTable(marksTable()),
    "The smallest floor is the mean of the 223 trainings of a network with 997 parameters whose best was published as " +
    "99.05 %. From 3,000 parameters on the floor is the challenge's 99.4 %.",
  ].join("\n\n") + "\n";
}

/** Every record, the smallest first. */
export function recordsTable(
  records: readonly CheckedRecord[],
  searches: readonly PublishedSearch[],
): Table {
  return {
    columns: columns(
      "Record",
      "Title",
      "> Parameters",
      "> Epochs",
      "> n",
      "> Final mean ± SD [%]",
      "> 95 % interval [%]",
      "> Floor [%]",
      "> p",
      "> Mark [%]",
      "Reached",
      "> Held out [%]",
      "> Recipes tried",
      "Engine",
    ),
    rows: [...records].sort((a, b) => a.iteration.parameters - b.iteration.parameters).map((each) => {
      const { iteration, record, path, standing: { sizeClass, p, isAtMark } } = each;
      const { final, finalInterval, parameters } = summarizeIteration(iteration, record);
      const { engine } = record.manifest, choice = choiceOf(iteration, searches);
      return [
        nameOf(path),
        iteration.title,
        formatCount(parameters ?? iteration.parameters),
        String(iteration.training.epochs),
        String(final?.n ?? 0),
        formatMean(final),
        formatInterval(finalInterval),
        formatPercent(sizeClass.floor),
        formatP(p),
        formatPercent(sizeClass.mark),
        isAtMark ? "yes" : "no",
        formatMean(choice?.heldOut),
        choice === undefined ? MISSING : formatCount(choice.recipes),
        `${engine.name} ${engine.version}`,
      ];
    }),
  };
}

/** Every record in short, as README.md shows it where a marker asks for it; undefined without any. */
export function briefRecords(records: readonly CheckedRecord[]): NotedTable | undefined {
  if (records.length === 0) return undefined;
  const rows = [...records].sort((a, b) => a.iteration.parameters - b.iteration.parameters);
  return {
    table: {
      columns: columns(
        "Record",
        "> Parameters",
        "> n",
        "> Final mean ± SD [%]",
        "> Floor [%]",
        "> p",
        "> Mark [%]",
        "Reached",
      ),
      rows: rows.map(({ iteration, record, path, standing: { sizeClass, p, isAtMark } }) => {
        const { final, parameters } = summarizeIteration(iteration, record);
        return [
          nameOf(path),
          formatCount(parameters ?? iteration.parameters),
          String(final?.n ?? 0),
          formatMean(final),
          formatPercent(sizeClass.floor),
          formatP(p),
          formatPercent(sizeClass.mark),
          isAtMark ? "yes" : "no",
        ];
      }),
    },
    note:
      "Seeds that nobody picked, the test set looked at once; p: one-sided, that the mean is above the floor of the " +
      `size. How each was chosen: [results/records](results/records/${RECORDS_FILE}).`,
  };
}

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1)!;

/** The ladder. */
function marksTable(): Table {
  return {
    columns: columns("> Parameters, fewer than", "> Floor [%]", "> Mark [%]"),
    rows: SIZE_CLASSES.map(({ parametersBelow, floor, mark }) => [
      formatCount(parametersBelow),
      formatPercent(floor),
      formatPercent(mark),
    ]),
  };
}
