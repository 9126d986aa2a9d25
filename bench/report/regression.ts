/**
 * What a comparison with the reference says, for a terminal and for a CI job's page.
 *
 * @module
 */
import { formatNumberList } from "../command_line/format.ts";
import { paint, type Style } from "../command_line/paint.ts";
import { wrap } from "../command_line/wrap.ts";
import { escapeMarkdown, serializeTable } from "./markdown.ts";
import { columns, runTitle, type Table } from "./report.ts";
import type { RunIdentity } from "../run/manifest.ts";
import { layOut, type Screen } from "./layout.ts";
import type { Check, Comparison } from "../judge/regress/compare.ts";

const CHECK_NAMES: Record<Check["name"], string> = {
  digests: "digests",
  trials: "trials",
  parameters: "parameters",
  finalAccuracy: "final accuracy",
  epochToTarget: "epoch to target",
  speed: "speed",
};

const STATUS_WORDS: Record<Check["status"], string> = {
  passed: "passed",
  regressed: "REGRESSED",
  underpowered: "underpowered",
  shown: "shown",
  notCompared: "not compared",
};

const HEADLINES: Record<Comparison["status"], readonly [mark: string, text: string, style: Style]> = {
  passed: ["✓", "no regression", "green"],
  regressed: ["✗", "regression", "red"],
  underpowered: ["!", "underpowered: too few trials to rule a regression out", "yellow"],
};

/** One line per check. */
function checksTable({ iterations }: Comparison): Table {
  return {
    columns: columns("> Iteration", "Check", "Verdict", "Found"),
    rows: iterations.flatMap(({ id, checks }) =>
      checks.map((check) => [
        String(id),
        CHECK_NAMES[check.name],
        check.name === "digests" && check.status === "passed" ? "identical" : STATUS_WORDS[check.status],
        check.detail,
      ])
    ),
  };
}

/** `✗ regression (iteration 5: final accuracy)`. */
function headline(comparison: Comparison): string {
  const [mark, text] = HEADLINES[comparison.status];
  const faults = comparison.iterations.flatMap(({ id, checks }) => {
    const names = checks.filter(({ status }) => status === comparison.status).map(({ name }) =>
      CHECK_NAMES[name]
    );
    return names.length === 0 ? [] : [`iteration ${id}: ${names.join(", ")}`];
  });
  return `${mark} ${text}${comparison.status === "passed" ? "" : ` (${faults.join("; ")})`}`;
}

/** What the table does not hold. */
function notes({ iterations, onlyRun, onlyReference }: Comparison): string[] {
  const line = (ids: readonly number[], side: string) =>
    ids.length === 0
      ? []
      : [`Not in the ${side}: iteration${ids.length === 1 ? "" : "s"} ${formatNumberList(ids)}.`];
  const identical = iterations.some(({ checks: [digests] }) => digests.status === "passed");
  return [
    ...(identical
      ? ["Identical digests: the same bits have the same accuracies, so these are not tested."]
      : []),
    ...line(onlyReference, "run"),
    ...line(onlyRun, "reference"),
  ];
}

/** The parts of the last column one below the other. */
function narrow({ columns, rows }: Table): Table {
  return {
    columns,
    rows: rows.flatMap((row) =>
      row[row.length - 1].split("; ").map((part, index) =>
        index === 0 ? [...row.slice(0, -1), part] : [...row.slice(0, -1).map(() => ""), part]
      )
    ),
  };
}

/** What was compared: `MNIST (…): engine wasm 1 against wasm 1`. */
export function comparisonTitle(run: RunIdentity, reference: RunIdentity): string {
  const engine = ({ engine }: RunIdentity) => `${engine.name} ${engine.version}`;
  return `${runTitle(run).split(", engine")[0]}: engine ${engine(run)} against ${engine(reference)}`;
}

/** One JSON document. */
export function comparisonJson(
  comparison: Comparison,
  folders: { readonly run: string; readonly against: string },
): string {
  return JSON.stringify({ ...folders, ...comparison }, null, 2) + "\n";
}

/** What a terminal shows. */
export function formatComparison(
  comparison: Comparison,
  options: Screen & { readonly title: string },
): string {
  const { title, color } = options;
  return [
    wrap(paint(title, "bold", color), options),
    layOut(narrow(checksTable(comparison)), options),
    "",
    ...notes(comparison).map((note) => wrap(note, options)),
    wrap(paint(headline(comparison), HEADLINES[comparison.status][2], color), options),
    "",
  ].join("\n");
}

/** A section of Markdown. */
export function formatComparisonMarkdown(
  comparison: Comparison,
  options: { readonly title: string },
): string {
  return [
    `## ${headline(comparison)}`,
    `${escapeMarkdown(options.title)}.`,
    serializeTable(checksTable(comparison)),
    ...notes(comparison),
  ].join("\n\n") + "\n";
}
