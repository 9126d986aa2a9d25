/**
 * What the field shows as a whole, in sentences.
 *
 * @module
 */
import { formatCount, formatPercent, formatPoints, MISSING, plural, pWords } from "../command_line/format.ts";
import type { MeanGap } from "../field/judge_field.ts";
import type { FieldOverview, VerdictCounts } from "../field/overview.ts";
import { CHALLENGE } from "../judge/judge.ts";
import { CONFIDENCE, normalQuantile } from "../statistics/mod.ts";

const TARGET = `${formatPercent(CHALLENGE.accuracy, 1)} %`;

/** `1 entry`, `2 entries`. */
export function entriesText(count: number): string {
  return `${count} ${count === 1 ? "entry" : "entries"}`;
}

/** What the field shows, a sentence or two for each thing. */
export function overviewSentences(overview: FieldOverview): string[] {
  const { entries, judged, total, epochChoice, runChoice } = overview;
  if (judged === 0 || total === undefined || epochChoice === undefined || runChoice === undefined) {
    return [`Of ${entriesText(entries)} none has two trials and a claim that can be judged yet.`];
  }
  return [
    `${gainSentence(overview)} It has two parts.`,
    `The choice of the epoch: ${
      gap(epochChoice)
    }. The best epoch was published, picked with the test set; this is how far the best epoch of an ordinary trial lies above its last.`,
    `The choice of the run: ${
      gap(runChoice)
    }. One run was published; this is how far it lies above the best epoch of an ordinary trial: luck, the pick among several runs, and whatever that run had that its source does not say. ` +
    `${overview.above} of the published best accuracies ${
      isOrAre(overview.above)
    } above the mean of the measured ones and ${overview.below} below; whoever publishes the first run gets about half of each (sign test, ${
      pWords(overview.signP)
    }).`,
    `Held against where 95 % of new trials would lie: ${verdicts("best", overview.best)}; ${
      verdicts("final", overview.final)
    }.`,
    ...trainingSentences(overview),
    ...luckSentences(overview),
    `The challenge's ${TARGET}: ${
      entriesText(overview.publishedTarget)
    } of those whose claim can be judged published it; the measured mean final accuracy of ${overview.confirmedTarget} of them reaches it. Of all ${
      entriesText(entries)
    } ${overview.measuredTarget} reach it with the final accuracy, and ${overview.onlyBestTarget} more with the best epoch alone, in the mean.`,
    ...scheduleSentences(overview),
    ...(judged > 1
      ? [
        "Means over entries take them as independent; many come from one course and resemble each other, so their intervals are rather too narrow.",
      ]
      : []),
  ];
}

/** Published against measured numbers; `overview` has entries that can be judged. */
function gainSentence({ judged, total }: FieldOverview): string {
  return `Published best minus measured final accuracy: ${
    total === undefined ? MISSING : gap(total)
  }, the mean over ${entriesText(judged)} that can be judged. ${promiseSentence(total)}`;
}

/** What a difference of published and measured accuracies shows. */
function promiseSentence(total: MeanGap | undefined): string {
  const { low, high } = total?.interval ?? { low: -Infinity, high: Infinity };
  if (low > 0) {
    return "A published number promises that much more than its recipe gives after the last epoch.";
  }
  if (high < 0) {
    return "A published number promises that much less than its recipe gives after the last epoch.";
  }
  return "That published numbers promise more, or less, than their recipes give after the last epoch is not shown.";
}

/** The same, and how much of it is the choice of the epoch, for a document that says the rest elsewhere. */
export function findingInShort(overview: FieldOverview): string | undefined {
  const { judged, epochChoice, pairs, pairsInOrder } = overview;
  if (judged === 0 || epochChoice === undefined) return undefined;
  const order = pairs === 0
    ? ""
    : ` Of ${plural(pairs, "pair")} of entries, ${
      formatPercent(pairsInOrder / pairs, 0)
    } % are in the published order by measured final accuracy as well; a coin gives half.`;
  return `${gainSentence(overview)} The choice of the epoch makes ${
    formatPoints(epochChoice.mean)
  } of it, the choice of the run and luck the rest.${trainingInShort(overview)}${order}`;
}

/** That the recipes are those that were logged, for who wonders whether the rest is theirs. */
function trainingInShort({ trainingGap }: FieldOverview): string {
  if (trainingGap?.interval === undefined) return "";
  return ` By the training accuracy of the last epoch, which nobody picks a run by, log and recipe differ by ${
    gap(trainingGap)
  } over ${entriesText(trainingGap.count)}.`;
}

/** Whether the recipes are those that were logged. */
function trainingSentences({ training, trainingGap }: FieldOverview): string[] {
  if (trainingGap === undefined) return [];
  return [
    `Nobody picks a run by the training accuracy of its last epoch, so it says whether a recipe as it is written here is the one that was logged: ${
      verdicts("training", training)
    }; logged minus measured ${gap(trainingGap)}, the mean over ${
      entriesText(trainingGap.count)
    } that can be judged. An entry is not judged where they cannot be of the same training.`,
  ];
}

/** How large luck is, and what it leaves of an order. */
function luckSentences({ spread, pairs, pairsInOrder }: FieldOverview): string[] {
  if (spread === undefined) return [];
  const apart = normalQuantile((1 + CONFIDENCE) / 2) * Math.SQRT2 * spread;
  const order = pairs === 0
    ? ""
    : ` Of ${plural(pairs, "pair")} of entries with different published best accuracies, ${
      formatCount(pairsInOrder)
    } (${
      formatPercent(pairsInOrder / pairs, 0)
    } %) are in the same order by measured mean final accuracy; tossing a coin would give half.`;
  return [
    `The size of luck: from seed to seed an entry's final accuracy has an SD of ${
      formatPercent(spread)
    } points (median over entries). Two runs of one and the same recipe differ by more than about ${
      formatPercent(apart)
    } points in one case of twenty, so a smaller difference between two single runs says nothing.${order}`,
  ];
}

function scheduleSentences({ unusedSchedules }: FieldOverview): string[] {
  if (unusedSchedules.length === 0) return [];
  const count = unusedSchedules.length;
  return [
    `Schedules that are never stepped: ${entriesText(count)} ${
      count === 1 ? "builds one and trains" : "build one and train"
    } with a constant learning rate. Final accuracy with the schedule stepped minus without, paired by seed: ${
      unusedSchedules.map(({ iteration: { title }, stepping }) =>
        `${title} ${stepping === undefined ? "not measured yet" : gap(stepping)}`
      ).join("; ")
    }.`,
  ];
}

function verdicts(what: string, { consistent, above, below }: VerdictCounts): string {
  return `of ${consistent + above + below} published ${what} accuracies ${consistent} ${
    isOrAre(consistent)
  } consistent, ${above} above and ${below} below`;
}

const isOrAre = (count: number) => count === 1 ? "is" : "are";

function gap({ mean, interval }: MeanGap): string {
  const range = interval === undefined
    ? ""
    : ` (95 %: ${formatPoints(interval.low)} to ${formatPoints(interval.high)})`;
  return `${formatPoints(mean)} points${range}`;
}
