/**
 * What the field shows as a whole, in sentences.
 *
 * @module
 */
import { formatCount, formatP, formatPercent, formatPoints, plural } from "../command_line/format.ts";
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
    `Published best against measured final accuracy: ${gap(total)}, the mean over ${
      entriesText(judged)
    } that can be judged. A recipe is published with so much more than it gives after its last epoch. That has two parts.`,
    `The choice of the epoch: ${
      gap(epochChoice)
    }. Published is the best epoch, picked with the test set; so much more has the best epoch of an ordinary trial than its last.`,
    `The choice of the run: ${
      gap(runChoice)
    }. Published is one run; so much more has it than an ordinary trial's best epoch. That is luck, the pick among several runs, and whatever that run had and its source does not say. ` +
    `${overview.above} of the published best accuracies ${
      isOrAre(overview.above)
    } above the mean of the measured ones and ${overview.below} below; about half of each is what publishing the first run gives, whatever it is (sign test, ${
      pWords(overview.signP)
    }).`,
    `Held against where 95 % of new trials would lie: ${verdicts("best", overview.best)}; ${
      verdicts("final", overview.final)
    }.`,
    ...luckSentences(overview),
    `The challenge's ${TARGET}: published by ${
      entriesText(overview.publishedTarget)
    } of those whose claim can be judged, and the measured mean final accuracy of ${overview.confirmedTarget} of them is that high. Of all ${
      entriesText(entries)
    } it is for ${overview.measuredTarget}; for ${overview.onlyBestTarget} more, only the mean of the best epochs is.`,
    ...scheduleSentences(overview),
    ...(judged > 1
      ? [
        "Means over entries take them as independent; many come from one course and resemble each other, so their intervals are rather too narrow.",
      ]
      : []),
  ];
}

/** How large luck is, and what it leaves of an order. */
function luckSentences({ spread, pairs, pairsInOrder }: FieldOverview): string[] {
  if (spread === undefined) return [];
  const apart = normalQuantile((1 + CONFIDENCE) / 2) * Math.SQRT2 * spread;
  const order = pairs === 0
    ? ""
    : ` Who published more is not always better: of ${
      plural(pairs, "pair")
    } of entries with different published best accuracies, ${formatCount(pairsInOrder)} (${
      formatPercent(pairsInOrder / pairs, 0)
    } %) are in the same order by measured mean final accuracy, where tossing a coin gives half.`;
  return [
    `The size of luck: from seed to seed an entry's final accuracy spreads by an SD of ${
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

function pWords(p: number): string {
  const text = formatP(p);
  return text.startsWith("<") ? `p ${text}` : `p = ${text}`;
}

function gap({ mean, interval }: MeanGap): string {
  const range = interval === undefined
    ? ""
    : ` (95 %: ${formatPoints(interval.low)} to ${formatPoints(interval.high)})`;
  return `${formatPoints(mean)} points${range}`;
}
