/**
 * What an evaluation is shown as: lines and a table for people, a document for programs.
 *
 * @module
 */
import { CLASS_COUNT } from "../../models/shape.ts";
import { formatCount, formatPercent, MISSING } from "../command_line/format.ts";
import { visible } from "../command_line/quote.ts";
import { wrap } from "../command_line/wrap.ts";
import { layOut, type Screen } from "../report/layout.ts";
import { columns, type Table } from "../report/report.ts";
import { classAccuracy, type Confusion, imagesOf } from "../run/confusion.ts";
import type { NetworkEvaluation } from "./evaluate.ts";
import type { FoundNetwork } from "./trained.ts";

/** An evaluation with what was evaluated. */
export interface EvaluatedFile {
  readonly file: string;
  readonly found: FoundNetwork;
  readonly evaluation: NetworkEvaluation;
}

const DIGITS = Array.from({ length: CLASS_COUNT }, (_, digit) => digit);

/** The other digits that one is taken for, most often first. */
function mistakes(confusion: Confusion, digit: number): { readonly digit: number; readonly count: number }[] {
  return DIGITS.filter((other) => other !== digit && confusion[digit][other] > 0)
    .map((other) => ({ digit: other, count: confusion[digit][other] }))
    .sort((a, b) => b.count - a.count);
}

function classTable(confusion: Confusion): Table {
  return {
    columns: columns("> Digit", "> Images", "> Right", "> Accuracy [%]", "Taken for"),
    rows: DIGITS.map((digit) => {
      const images = imagesOf(confusion, digit);
      return [
        String(digit),
        formatCount(images),
        formatCount(confusion[digit][digit]),
        images === 0 ? MISSING : formatPercent(classAccuracy(confusion, digit)),
        mistakes(confusion, digit).map(({ digit, count }) => `${digit} (${count}×)`).join(", ") || "none",
      ];
    }),
  };
}

/** For people. */
export function evaluationText({ file, found, evaluation }: EvaluatedFile, screen: Screen): string {
  const { network: { graph, provenance }, taken } = found;
  const { right, predictions, accuracy, loss, confusion, predictionsDigest } = evaluation;
  const extras = [
    ...(taken.averages === undefined ? [] : ["averages in the parameters' place"]),
    ...(taken.prefix === "" ? [] : [`names without "${taken.prefix}"`]),
  ];
  const matched = [...taken.matched].map(([module, place]) => `${module || "(no name)"} is ${place}`).join(
    ", ",
  );
  return [
    `file         ${file}${extras.length === 0 ? "" : `, ${extras.join(", ")}`}`,
    ...(matched === "" ? [] : [wrap(visible(`matched      by shape and number: ${matched}`), screen)]),
    `network      iteration ${provenance.iteration}: ${visible(provenance.title)}, ${
      formatCount(graph.parameterCount)
    } parameters`,
    `accuracy     ${formatPercent(accuracy)} % (${formatCount(right)} of ${formatCount(predictions.length)})`,
    `loss         ${loss.toFixed(5)}`,
    `digests      SHA-256 of the weights, and of the predicted digits`,
    `  weights      ${provenance.weightsDigest}`,
    `  predictions  ${predictionsDigest}`,
    "",
    layOut(classTable(confusion), screen, ["Images"]),
    "",
  ].join("\n");
}

/** For programs. */
export function evaluationJson({ file, found, evaluation }: EvaluatedFile): string {
  const { iteration, title, weightsDigest } = found.network.provenance;
  const { right, predictions, accuracy, loss, confusion, predictionsDigest } = evaluation;
  return `${
    JSON.stringify(
      {
        file,
        iteration,
        title,
        parameters: found.network.graph.parameterCount,
        matchedModules: Object.fromEntries(found.taken.matched),
        averaged: found.taken.averages !== undefined,
        testImages: predictions.length,
        right,
        accuracy,
        loss,
        weightsDigest,
        predictionsDigest,
        classes: DIGITS.map((digit) => ({
          digit,
          images: imagesOf(confusion, digit),
          right: confusion[digit][digit],
          takenFor: mistakes(confusion, digit),
        })),
      },
      null,
      2,
    )
  }\n`;
}
