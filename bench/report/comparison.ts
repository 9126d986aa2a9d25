/**
 * What a comparison says: sentences for people, tables, Markdown, a terminal's text and JSON.
 *
 * @module
 */
import {
  formatCount,
  formatMean,
  formatNumberList,
  formatP,
  formatPercent,
  formatPoints,
  MISSING,
  plural,
  pWords,
} from "../command_line/format.ts";
import { paint } from "../command_line/paint.ts";
import { wrap } from "../command_line/wrap.ts";
import type { Comparison, NoVerdict, PairComparison, Population, Verdict } from "../compare/compare.ts";
import type { SeedsNeeded } from "../compare/seeds_needed.ts";
import { WANTED_POWER } from "../compare/seeds_needed.ts";
import type { Side } from "../compare/side.ts";
import { NOT_EVERY_EPOCH, TARGET_ACCURACY } from "../run/summary.ts";
import type { Interval } from "../statistics/mod.ts";
import { layOut, type Screen } from "./layout.ts";
import { escapeMarkdown, serializeTable } from "./markdown.ts";
import { columns, saidOf, type Table, validationNote } from "./report.ts";

/** `A`, `B`, … */
export function letterOf(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

/** `A (5 One cycle)`. */
export function sideLabel({ sides }: Comparison, index: number): string {
  const { id, title } = sides[index].iteration;
  return `${letterOf(index)} (${id} ${title})`;
}

/** `−0.12 to +0.02`. */
export function formatPointsInterval({ low, high }: Interval): string {
  return `${formatPoints(low)} to ${formatPoints(high)}`;
}

/** The comparison in one line: what the terminal ends with and a page has on top. */
export function headline(comparison: Comparison): string {
  const { pairs } = comparison;
  if (pairs.length > 1) {
    const shown = pairs.filter(({ images }) =>
      images.status === "better" || images.status === "worse"
    ).length;
    return `${shown} of ${plural(pairs.length, "pair")} differ on these ${
      formatCount(comparison.testImages)
    } ${theseImages(comparison)}`;
  }
  const [pair] = pairs;
  return `${verdictWords(pair, pair.images)} on these ${theseImages(comparison)}; ${
    verdictWords(pair, pair.digits)
  } on ${newOnes(comparison)}`;
}

/** What the sides were measured on. */
function theseImages({ sides }: Comparison): string {
  return sides[0].identity.validation === undefined ? "images" : "held-out images";
}

/** What the second verdict is about: by other writers where a data set has any, known here or not. */
export function newOnes({ writers, pairs }: Comparison): "new digits" | "new images" {
  const isMissing = pairs.some(({ images, digits }) =>
    images.status !== "notJudged" && digits.status === "notJudged"
  );
  return writers !== undefined || isMissing ? "new digits" : "new images";
}

/** `B is better`, `equal`, `cannot say`, `not judged`. */
export function verdictWords(
  { a, b }: Pick<PairComparison, "a" | "b">,
  verdict: Verdict | NoVerdict,
): string {
  switch (verdict.status) {
    case "better":
      return `${letterOf(b)} is better`;
    case "worse":
      return `${letterOf(a)} is better`;
    case "equal":
      return "equal";
    case "cannotSay":
      return "cannot say";
    case "notJudged":
      return "not judged";
  }
}

/** What a pair comes to, a sentence for each thing. */
export function pairSentences(comparison: Comparison, pair: PairComparison): string[] {
  return [
    verdictSentence(comparison, pair, pair.images),
    verdictSentence(comparison, pair, pair.digits),
    discordantSentence(comparison, pair),
    ...pairingSentences(comparison, pair),
  ];
}

function placeOf(population: Population, comparison: Comparison): string {
  if (population === "images") {
    return `On these ${formatCount(comparison.testImages)} ${theseImages(comparison)}`;
  }
  return comparison.writers === undefined ? "On new images" : "On new digits, by other writers,";
}

function verdictSentence(
  comparison: Comparison,
  pair: PairComparison,
  verdict: Verdict | NoVerdict,
): string {
  const { a, b, difference } = pair, { rules } = comparison;
  const place = placeOf(verdict.population, comparison);
  if (verdict.status === "notJudged") {
    return `${
      verdict.population === "digits" ? `On ${newOnes(comparison)}` : place
    } nothing can be said: ${verdict.reason}.`;
  }
  const range = formatPointsInterval(verdict.interval);
  const p = adjustedWords(verdict, rules.alpha);
  const ends = [verdict.interval.low, verdict.interval.high].map((end) => difference > 0 ? end : -end)
    .sort((x, y) => x - y).map((end) => end < 0 ? formatPoints(end) : formatPercent(end));
  switch (verdict.status) {
    case "better":
    case "worse": {
      const [best, other] = verdict.status === "better" ? [b, a] : [a, b];
      const reason = verdict.population === "images"
        ? "Other seeds would say the same"
        : comparison.writers === undefined
        ? "Other seeds and other images would say the same"
        : "Other seeds and other writers would say the same";
      return `${place} ${sideLabel(comparison, best)} is better than ${sideLabel(comparison, other)} by ${
        formatPercent(Math.abs(difference))
      } points (${ends[0]} to ${ends[1]}). ${reason} (${p}).`;
    }
    case "equal":
      return `${place} ${letterOf(a)} and ${letterOf(b)} differ by less than ${
        formatPercent(rules.margin)
      } points (${letterOf(b)} − ${letterOf(a)}: ${range}).`;
    case "cannotSay":
      return `${place} it cannot be said which is better (${letterOf(b)} − ${letterOf(a)}: ${
        formatPoints(difference)
      } points, ${range}; ${p}).${
        verdict.seeds === undefined ? "" : ` ${seedsSentence(verdict.seeds, comparison)}`
      }`;
  }
}

function adjustedWords({ p, adjustedP }: Verdict, alpha: number): string {
  const words = (value: number) => pWords(value, alpha);
  return p === adjustedP ? words(p) : `${words(adjustedP)} by Holm's method, ${words(p)} alone`;
}

/** What it would take. */
function seedsSentence(seeds: SeedsNeeded, { sides, writers, testImages }: Comparison): string {
  const often = `${formatPercent(WANTED_POWER, 0)} % of the time`;
  switch (seeds.kind) {
    case "about":
      return `A difference as large as this would be shown ${often} by about ${
        formatCount(seeds.seeds)
      } seeds on each side.`;
    case "moreThan":
      return `A difference as small as this would take more than ${formatCount(seeds.seeds)} seeds.`;
    case "never":
      return `No number of seeds would show it: ${
        saidOf(
          sides[0].identity,
          writers === undefined
            ? `${formatCount(testImages)} test images`
            : `the ${formatCount(writers)} writers of these test images`,
        )
      } can show differences above ${formatPercent(seeds.leastDifference)} points at best.`;
  }
}

function discordantSentence({ testImages }: Comparison, { a, b, seeds, discordant }: PairComparison): string {
  const images = (count: number) => Number.isInteger(count) ? String(count) : count.toFixed(1);
  const over = seeds === undefined
    ? "every two networks"
    : seeds.length === 1
    ? `the two networks of seed ${seeds[0]}`
    : `${plural(seeds.length, "pair")} of networks`;
  const average = seeds?.length === 1 ? "For" : "On average over";
  return `${average} ${over}, ${images(discordant.onlyB)} of ${
    formatCount(testImages)
  } images are right only in ${letterOf(b)}, ${images(discordant.onlyA)} only in ${letterOf(a)}.`;
}

function pairingSentences({ sides }: Comparison, { a, b, seeds, unpaired }: PairComparison): string[] {
  const engine = ({ identity }: Side) => `${identity.engine.name} ${identity.engine.version}`;
  const left = [[a, unpaired.a], [b, unpaired.b]] as const;
  const seedsOf = (side: Side) => formatNumberList(side.trials.map(({ row }) => row.seed));
  return [
    ...(seeds === undefined
      ? [
        `The sides have too few seeds in common to be paired (${seedsOf(sides[a])} and ${
          seedsOf(sides[b])
        }): all are used, unpaired.`,
      ]
      : []),
    ...left.flatMap(([side, list]) =>
      list.length === 0 ? [] : [
        `Left out of ${letterOf(side)}, since the other side lacks ${
          list.length === 1 ? "it" : "them"
        }: seed${list.length === 1 ? "" : "s"} ${formatNumberList(list)}; --seeds N trains what is missing.`,
      ]
    ),
    ...(engine(sides[a]) === engine(sides[b]) ? [] : [
      `Trained by different engines (${letterOf(a)} by ${engine(sides[a])}, ${letterOf(b)} by ${
        engine(sides[b])
      }), so the same seed draws the same numbers but rounds differently.`,
    ]),
  ];
}

/** What is to be known of the sides. */
export function sideNotes({ sides, summaries }: Comparison): string[] {
  // both held out the same images; that more was tried on them, only one folder may know
  const [{ identity }] = [...sides].sort((a, b) =>
    (b.identity.tried?.trials ?? 0) - (a.identity.tried?.trials ?? 0)
  );
  return [
    ...validationNote(identity),
    ...sides.flatMap(({ lost }, index) => [
      ...(lost.length === 0 ? [] : [
        `Not counted in ${letterOf(index)}: ${
          lost.join(", ")
        }. A recipe that diverges is worse than its accuracy says.`,
      ]),
      ...(summaries[index].target === undefined
        ? [`Not known of ${letterOf(index)}: when it reached the target, for ${NOT_EVERY_EPOCH}.`]
        : []),
    ]),
  ];
}

/** What each side is. */
export function sidesTable({ sides, summaries }: Comparison): Table {
  const machine = sides[0].machine;
  const sameMachine = machine !== undefined && sides.every((side) => side.machine === machine);
  return {
    columns: columns(
      "Side",
      "Iteration",
      "> n",
      "> Final mean ± SD [%]",
      "> Parameters",
      "> Multiply-adds",
      `> Epoch to ${formatPercent(TARGET_ACCURACY, 1)} %`,
      "> Training [s]",
      "From",
    ),
    rows: summaries.map((summary, index) => [
      letterOf(index),
      `${sides[index].iteration.id} ${sides[index].iteration.title}`,
      String(summary.accuracy.n),
      formatMean(summary.accuracy),
      formatCount(summary.parameters),
      formatCount(summary.multiplyAdds),
      summary.target === undefined
        ? MISSING
        : summary.target.reached === 0
        ? "not reached"
        : `${summary.target.median} (${summary.target.reached} of ${summary.accuracy.n})`,
      sameMachine && summary.trainSeconds !== undefined ? summary.trainSeconds.toFixed(0) : MISSING,
      sides[index].folders.join(", "),
    ]),
  };
}

/** The differences with both verdicts. */
export function pairsTable(comparison: Comparison): Table {
  const cells = (pair: PairComparison, verdict: Verdict | NoVerdict) =>
    verdict.status === "notJudged"
      ? [MISSING, MISSING, verdictWords(pair, verdict)]
      : [formatPointsInterval(verdict.interval), formatP(verdict.adjustedP), verdictWords(pair, verdict)];
  const p = familyOf(comparison) > 1 ? "p (Holm)" : "p";
  return {
    columns: columns(
      "Pair",
      "About",
      "> Difference [points]",
      `> ${intervalName(comparison)} [points]`,
      `> ${p}`,
      "Verdict",
    ),
    rows: comparison.pairs.flatMap((pair) => [
      [
        `${letterOf(pair.b)} − ${letterOf(pair.a)}`,
        "these images",
        formatPoints(pair.difference, 3),
        ...cells(pair, pair.images),
      ],
      ["", newOnes(comparison), "", ...cells(pair, pair.digits)],
    ]),
  };
}

const capitalized = (text: string) => `${text[0].toUpperCase()}${text.slice(1)}`;

/** How many comparisons were made in all. */
function familyOf({ pairs, rules }: Comparison): number {
  return Math.max(pairs.length, rules.family ?? 0);
}

function intervalName({ rules: { alpha } }: Comparison): string {
  return `${Number(((1 - alpha) * 100).toFixed(3))} % interval`;
}

/** McNemar's test of each two networks of one seed, and of all together. */
export function mcnemarTable(pair: PairComparison): Table {
  const { a, b, perSeed, pooled } = pair;
  const sum = (of: "onlyA" | "onlyB") => String(perSeed.reduce((total, each) => total + each[of], 0));
  return {
    columns: columns("> Seed", `> Right only in ${letterOf(b)}`, `> Right only in ${letterOf(a)}`, "> p"),
    rows: [
      ...perSeed.map(({ seed, onlyA, onlyB, p }) => [
        String(seed),
        String(onlyB),
        String(onlyA),
        formatP(p),
      ]),
      ...(pooled === undefined || perSeed.length < 2
        ? []
        : [["all", sum("onlyB"), sum("onlyA"), formatP(pooled.p)]]),
    ],
  };
}

/** How the numbers came about. */
export function methodNote(comparison: Comparison): string {
  const { writers, rules, pairs } = comparison, family = familyOf(comparison);
  return `These images: ${
    pairs.some(({ seeds }) => seeds === undefined) ? "paired (where unpaired, each side's own)" : "paired"
  } t test over the seeds. ${capitalized(newOnes(comparison))}: seeds and ${
    writers === undefined ? "images" : `the ${formatCount(writers)} writers`
  } as crossed sources of variation; the interval is that of the seeds widened by what other ${
    writers === undefined ? "images" : "writers"
  } add. Two-sided at ${rules.alpha}${
    family > 1 ? `, over ${plural(family, "comparison")} by Holm's method; intervals are each for itself` : ""
  }; equal means shown to differ by less than ${formatPercent(rules.margin)} points.`;
}

/** How McNemar's tests are to be read. */
export function mcnemarNote({ pooled }: PairComparison): string {
  return "McNemar's exact test of the two networks of a seed: whether these two, trained as they are, differ on new " +
    `images${
      pooled === undefined
        ? ""
        : `; all together with ${pooled.clusters}s as clusters (after Obuchowski 1998)`
    }. It does not say what other seeds would give.`;
}

/** The text of a Markdown file. */
export function comparisonMarkdown(comparison: Comparison): string {
  const parts = [
    `# ${escapeMarkdown(comparison.sides.map((_, index) => sideLabel(comparison, index)).join(" against "))}`,
    ...comparison.pairs.flatMap((pair) =>
      pairSentences(comparison, pair).map((sentence) => `- ${escapeMarkdown(sentence)}`).join("\n")
    ),
    serializeTable(pairsTable(comparison)),
    methodNote(comparison),
    "## Sides",
    serializeTable(sidesTable(comparison)),
    ...sideNotes(comparison).map(escapeMarkdown),
    ...comparison.pairs.filter(({ perSeed }) => perSeed.length > 0).flatMap((pair) => [
      `## Seed by seed: ${letterOf(pair.b)} against ${letterOf(pair.a)}`,
      serializeTable(mcnemarTable(pair)),
      mcnemarNote(pair),
    ]),
  ];
  return parts.join("\n\n") + "\n";
}

/** What a terminal shows. */
export function comparisonText(comparison: Comparison, screen: Screen): string {
  const { color } = screen;
  const bold = (text: string) => wrap(paint(text, "bold", color), screen);
  return [
    layOut(sidesTable(comparison), screen, [
      "Training [s]",
      "Multiply-adds",
      "From",
      `Epoch to ${formatPercent(TARGET_ACCURACY, 1)} %`,
    ]),
    ...sideNotes(comparison).map((note) => wrap(note, screen)),
    "",
    layOut(pairsTable(comparison), screen),
    "",
    ...comparison.pairs.flatMap((pair) => [
      ...(comparison.pairs.length > 1 ? [bold(`${letterOf(pair.b)} against ${letterOf(pair.a)}`)] : []),
      ...pairSentences(comparison, pair).map((sentence) => wrap(sentence, screen)),
      "",
    ]),
    ...(comparison.pairs.length > 1 ? [] : comparison.pairs.filter(({ perSeed }) => perSeed.length > 0)
      .flatMap((pair) => [
        bold("McNemar's test, seed by seed"),
        layOut(mcnemarTable(pair), screen),
        "",
      ])),
    bold(headline(comparison)),
    "",
  ].join("\n");
}

/** One JSON document: everything but the predictions. */
export function comparisonJson(comparison: Comparison, exitCode: number): string {
  const sides = comparison.sides.map(({ name, iteration, identity, folders, trials, lost }, index) => {
    const { target, ...summary } = comparison.summaries[index];
    return {
      letter: letterOf(index),
      name,
      iteration: { id: iteration.id, title: iteration.title },
      engine: identity.engine,
      folders,
      seeds: trials.map(({ row }) => row.seed),
      lost,
      ...summary,
      // absent where the test set was not looked at in every epoch
      reached: target?.reached,
      epochToTarget: target?.median === "never" ? undefined : target?.median,
    };
  });
  const { rules, testImages, writers } = comparison;
  const pairs = comparison.pairs.map((pair) => ({
    ...pair,
    a: letterOf(pair.a),
    b: letterOf(pair.b),
    sentences: pairSentences(comparison, pair),
  }));
  const { validation } = comparison.sides[0].identity;
  return JSON.stringify({ exitCode, rules, testImages, validation, writers, sides, pairs }, null, 2) + "\n";
}
