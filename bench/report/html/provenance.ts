/**
 * Where the numbers come from: data, configuration, machines, digests.
 *
 * @module
 */
import type { Environment } from "../../run/environment.ts";
import { formatCount, formatNumberList, MISSING, plural } from "../../command_line/format.ts";
import { type Content, markup } from "./markup.ts";
import type { PageData } from "./page_data.ts";
import { fold, tableBox } from "./parts.ts";
import { columns } from "../report.ts";

export function provenanceBody({ report, record }: PageData): Content {
  const { engine, dataset, seeds, iterations, invocations } = record.manifest;
  return [
    markup`<dl>${
      [
        ["Engine", `${engine.name}, version ${engine.version}`],
        [
          "Data",
          `${dataset.name}, ${formatCount(dataset.trainImages)} and ${
            formatCount(dataset.testImages)
          } images`,
        ],
        ["Seeds", formatNumberList(seeds)],
      ].map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)
    }</dl>`,
    fold(
      `${plural(invocations.length, "command")} that trained`,
      tableBox({
        columns: columns(
          "Start",
          "End",
          "Outcome",
          "Device",
          "> Workers",
          "> Cores",
          "CPU",
          "System",
          "Deno",
          "V8",
          "Commit",
        ),
        rows: invocations.map((each) => [
          each.start,
          each.end ?? MISSING,
          each.outcome,
          each.device,
          String(each.workers),
          String(each.cores),
          each.cpu,
          each.os,
          each.deno,
          each.v8,
          commitText(each.git),
        ]),
      }, "Commands that trained the trials"),
    ),
    fold(
      "SHA-256 of data and configuration",
      digestTable("SHA-256 of data and configuration", [
        ...Object.entries(dataset.digests),
        ...iterations.map(({ id, configHash }): [string, string] => [
          `layers and training of iteration ${id}`,
          configHash,
        ]),
      ]),
    ),
    fold(
      "SHA-256 of each trial",
      digestTable(
        "SHA-256 of each trial's weights and predictions",
        report.iterations.flatMap(({ summary }) => summary.trials).flatMap((trial): [string, string][] => [
          [`iteration ${trial.iteration}, seed ${trial.seed}: weights`, trial.weightsDigest ?? MISSING],
          [
            `iteration ${trial.iteration}, seed ${trial.seed}: predictions`,
            trial.predictionsDigest ?? MISSING,
          ],
        ]),
      ),
    ),
  ];
}

function digestTable(caption: string, rows: readonly (readonly [string, string])[]) {
  return markup`<div class="digests">${tableBox({ columns: columns("Of", "SHA-256"), rows }, caption)}</div>`;
}

function commitText(git: Environment["git"]): string {
  if (git === null) return MISSING;
  const changes = git.dirty === null ? ", changes not known" : git.dirty ? ", with changes" : "";
  return `${git.commit}${changes}`;
}
