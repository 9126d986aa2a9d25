/**
 * What a search came to: rankings, what each choice gave, everything that was tried; for a terminal, Markdown and CSV.
 *
 * @module
 */
import { formatCount, formatMean, formatNumberList, formatPoints, plural } from "../command_line/format.ts";
import { paint } from "../command_line/paint.ts";
import { wrap } from "../command_line/wrap.ts";
import { formatCsv } from "../run/csv.ts";
import { newTrials, type SearchPlan } from "../search/plan.ts";
import { type OptionEffect, optionEffects } from "../search/rank.ts";
import { TRIED, TRIED_COLUMNS } from "../search/tried_file.ts";
import { type Contender, type FinishedRung, rungTitle, triedTrials } from "../search/search.ts";
import { layOut, type Screen } from "./layout.ts";
import { escapeMarkdown, serializeTable } from "./markdown.ts";
import { columns, runTitle, type Table, validationNote } from "./report.ts";

const QUICK_SEARCH =
  "This is a quick search, a few candidates on a part of the data: it shows that everything works and is no result.";

/** The documents in a search's folder. */
export const SEARCH_SUMMARY = "SUMMARY.md", BEST = "best.json";

/** The text of `tried.csv`: one row a trial. */
export function triedCsv(rungs: readonly FinishedRung[]): string {
  return formatCsv(
    TRIED_COLUMNS,
    triedTrials(rungs).map(({ rung, epochs, entry, trial }) => ({
      candidate: trial.iteration,
      name: entry.name,
      choices: Object.entries(entry.choices).map(([choice, option]) => `${choice}=${option}`).join("; "),
      parameters: entry.parameters,
      rung,
      epochs,
      seed: trial.seed,
      status: trial.status,
      finalValidationAccuracy: trial.finalTestAccuracy,
      bestValidationAccuracy: trial.course?.bestTestAccuracy,
      bestEpoch: trial.course?.bestEpoch,
    })),
  );
}

/** Best first; `most` lines at most. */
function rankingTable({ ranking, kept }: FinishedRung, { most = Infinity, isLast }: {
  readonly most?: number;
  readonly isLast: boolean;
}): Table {
  return {
    columns: columns("> Place", "Candidate", "> Parameters", "> n", "> Final mean ± SD [%]", ""),
    rows: ranking.slice(0, most).map((entry, index) => [
      String(index + 1),
      entry.name,
      formatCount(entry.parameters),
      String(entry.accuracies.length),
      formatMean(entry.accuracy),
      outcomeOf(entry, index < kept, isLast),
    ]),
  };
}

function outcomeOf({ diverged }: { readonly diverged: number }, isKept: boolean, isLast: boolean): string {
  return [
    ...(isKept ? [isLast ? "best" : "goes on"] : []),
    ...(diverged === 0 ? [] : [`${diverged} diverged`]),
  ].join(", ");
}

function effectsTable(effects: readonly OptionEffect[]): Table {
  return {
    columns: columns(
      "Choice",
      "Option",
      "> Candidates",
      "> Final mean ± SD [%]",
      "> Difference [points]",
      "> Diverged",
    ),
    rows: effects.map(({ choice, option, candidates, accuracy, difference, diverged }) => [
      choice,
      option,
      String(candidates),
      formatMean(accuracy),
      formatPoints(difference),
      String(diverged),
    ]),
  };
}

const EFFECTS_NOTE =
  "Means over all candidates that have the option, after the first rung, with the spread among these candidates; the " +
  "difference is from the mean of the choice's options. Candidates with a diverged trial are left out. Where " +
  "combinations are missing, options also differ in what they stand beside.";

/** The work of a plan, rung by rung, without trials that an earlier rung has. */
function workTable(plan: SearchPlan): Table {
  const trials = newTrials(plan);
  return {
    columns: columns("> Rung", "> Epochs", "Seeds", "> Candidates", "> New trials", "> Epochs in all"),
    rows: plan.rungs.map(({ epochs, seeds, candidates }, index) => [
      String(index + 1),
      String(epochs),
      formatNumberList(seeds),
      formatCount(candidates),
      formatCount(trials[index]),
      formatCount(trials[index] * epochs),
    ]),
  };
}

function spaceLine({ most, candidates, possible, leftOut }: SearchPlan): string {
  return `${plural(candidates.length, "candidate")} of at most ${formatCount(most)} parameters${
    candidates.length === possible ? "" : `, of ${formatCount(possible)} that are possible`
  }${leftOut.length === 0 ? "" : `; ${formatCount(leftOut.length)} left out`}.`;
}

function leftOutLines({ leftOut }: SearchPlan, most = Infinity): string[] {
  return [
    ...leftOut.slice(0, most).map(({ name, reason }) => `${name}: ${reason}`),
    ...(leftOut.length > most ? [`and ${formatCount(leftOut.length - most)} more`] : []),
  ];
}

/** Lines of a list that a screen takes. */
const SHOWN = 10;

/** What would be trained: `--list`. */
export function planText(plan: SearchPlan, screen: Screen): string {
  const trials = newTrials(plan).reduce((sum, count) => sum + count, 0);
  return [
    paint(plan.space.title, "bold", screen.color),
    wrap(spaceLine(plan), screen),
    "",
    layOut({
      columns: columns("> Number", "Candidate", "> Parameters"),
      rows: plan.candidates.map(({ name, iteration: { id, parameters } }) => [
        String(id),
        name,
        formatCount(parameters),
      ]),
    }, screen),
    ...(plan.leftOut.length === 0
      ? []
      : ["", "Left out:", ...leftOutLines(plan).map((line) => wrap(`  ${line}`, screen))]),
    "",
    layOut(workTable(plan), screen),
    "",
    wrap(
      `${plural(trials, "trial")} on training images alone: the test set is never evaluated.`,
      screen,
    ),
    "",
  ].join("\n");
}

/** Said before anything is trained. */
export function greeting(plan: SearchPlan, folder: string): string {
  return [
    `space    ${plan.space.title}: ${spaceLine(plan)}`,
    ...leftOutLines(plan, SHOWN).map((line) => `         left out  ${line}`),
    `results  ${folder}`,
    "",
  ].join("\n");
}

/** What a person sees at the end. */
export function searchText(
  plan: SearchPlan,
  rungs: readonly FinishedRung[],
  { next, ...screen }: Screen & { readonly next: string },
): string {
  const effects = effectsOf(plan, rungs);
  return [
    ...rungs.flatMap((rung, index) => [
      paint(rungTitle(index + 1, plan.rungs.length, rung.plan), "bold", screen.color),
      layOut(rankingTable(rung, { most: SHOWN, isLast: isLast(plan, index) }), screen, ["n", "Parameters"]),
      ...(rung.ranking.length > SHOWN ? [`and ${formatCount(rung.ranking.length - SHOWN)} more`] : []),
      "",
    ]),
    ...(effects.length === 0 ? [] : [
      paint("What each option gave in rung 1", "bold", screen.color),
      layOut(effectsTable(effects), screen, ["Candidates", "Diverged"]),
      "",
    ]),
    ...(rungs.length < plan.rungs.length ? [] : [wrap(`${winnerLine(rungs)} ${LUCK}`, screen), `  ${next}`]),
    ...(plan.quick ? [wrap(QUICK_SEARCH, screen)] : []),
    "",
  ].join("\n");
}

const isLast = ({ rungs }: SearchPlan, index: number) => index === rungs.length - 1;

/** Whether there is a winner. */
export const isOver = (plan: SearchPlan, rungs: readonly FinishedRung[]): boolean =>
  rungs.length === plan.rungs.length && rungs.every(({ missing }) => missing === 0);

const LUCK = "The best of many is better by luck too: measure it with seeds that the search has not seen.";

/** The best of the last rung. */
export function winnerOf(rungs: readonly FinishedRung[]): FinishedRung["ranking"][number] {
  return rungs[rungs.length - 1].ranking[0];
}

function winnerLine(rungs: readonly FinishedRung[]): string {
  const { name, parameters, accuracy, diverged } = winnerOf(rungs);
  return `Best: ${name}, ${formatCount(parameters)} parameters, ${
    formatMean(accuracy)
  } % on held-out images (n = ${accuracy?.n ?? 0}${diverged === 0 ? "" : `, ${diverged} diverged`}).`;
}

function effectsOf({ choices }: SearchPlan, [first]: readonly FinishedRung[]): OptionEffect[] {
  return first === undefined ? [] : optionEffects(first.ranking, choices);
}

/** The text of `SUMMARY.md`. */
export function searchMarkdown(plan: SearchPlan, rungs: readonly FinishedRung[]): string {
  const { tried: _, ...manifest } = rungs[0].manifest, tried = triedTrials(rungs);
  const images = tried.reduce((sum, each) => sum + each.images, 0);
  const effects = effectsOf(plan, rungs), isDone = isOver(plan, rungs);
  return [
    `# Search: ${escapeMarkdown(plan.space.title)}`,
    `${escapeMarkdown(runTitle(manifest))}.`,
    ...(plan.quick ? [`**${QUICK_SEARCH}**`] : []),
    ...validationNote(manifest),
    escapeMarkdown(
      `${spaceLine(plan)} Trained so far: ${plural(tried.length, "trial")} on ${
        formatMillions(images)
      } images, in ${formatCount(rungs.length)} of ${plural(plan.rungs.length, "rung")}.`,
    ),
    ...(isDone ? [`${escapeMarkdown(`${winnerLine(rungs)} ${LUCK}`)} Its recipe is in \`${BEST}\`.`] : []),
    ...rungs.flatMap((rung, index) => [
      `## R${rungTitle(index + 1, plan.rungs.length, rung.plan).slice(1)}`,
      `Seeds ${formatNumberList(rung.plan.seeds)}.${
        rung.missing === 0 ? "" : ` Not over: ${plural(rung.missing, "trial")} of it not trained yet.`
      }`,
      serializeTable(rankingTable(rung, { isLast: isLast(plan, index) })),
    ]),
    ...(effects.length === 0
      ? []
      : ["## What each option gave", EFFECTS_NOTE, serializeTable(effectsTable(effects))]),
    ...(plan.leftOut.length === 0
      ? []
      : ["## Left out", leftOutLines(plan).map((line) => `- ${escapeMarkdown(line)}`).join("\n")]),
    `Every trial is in \`${TRIED}\`.`,
  ].join("\n\n") + "\n";
}

/** Images that were trained on, as `20.6 million`. */
function formatMillions(images: number): string {
  return images < 1e5 ? formatCount(images) : `${(images / 1e6).toFixed(1)} million`;
}

/** The JSON document. */
export function searchJson(
  plan: SearchPlan,
  rungs: readonly FinishedRung[],
  { folder, outcome }: { readonly folder: string; readonly outcome: string },
): string {
  const entryOf = (
    entry: Contender & { readonly accuracy?: { readonly mean: number }; readonly diverged: number },
  ) => ({
    candidate: entry.candidate.iteration.id,
    name: entry.name,
    choices: entry.choices,
    parameters: entry.parameters,
    mean: entry.accuracy?.mean ?? null,
    accuracies: entry.accuracies.map((each) => each ?? null),
    diverged: entry.diverged,
  });
  const isDone = rungs.length === plan.rungs.length;
  return `${
    JSON.stringify(
      {
        folder,
        outcome,
        space: plan.space.name,
        candidates: plan.candidates.map(({ name, choices, iteration: { id, parameters } }) => ({
          candidate: id,
          name,
          choices,
          parameters,
        })),
        leftOut: plan.leftOut,
        trials: triedTrials(rungs).length,
        rungs: rungs.map(({ plan: { epochs, seeds }, ranking, kept }) => ({
          epochs,
          seeds,
          kept,
          ranking: ranking.map(entryOf),
        })),
        options: effectsOf(plan, rungs).map(({ accuracy, ...effect }) => ({
          ...effect,
          mean: accuracy?.mean ?? null,
        })),
        best: isDone ? entryOf(winnerOf(rungs)) : null,
      },
      null,
      2,
    )
  }\n`;
}

/** The winner as a network file, in its whole length, for every command that takes one. */
export function bestJson({ space }: SearchPlan, rungs: readonly FinishedRung[]): string {
  const { candidate: { iteration } } = winnerOf(rungs);
  return `${JSON.stringify({ ...iteration, title: `${space.title}: ${iteration.title}` }, null, 2)}\n`;
}
