/**
 * What each iteration gets wrong: what it takes for what, and the images that most of its trials get wrong, with their
 * votes and what is known about their labels.
 *
 * @module
 */
import { IMAGE_PIXELS, IMAGE_SIZE } from "../../../data/idx.ts";
import { type LabelError, MNIST_LABEL_ERRORS } from "../../../data/mnist_label_errors.ts";
import { formatCount, plural } from "../../command_line/format.ts";
import { trialKey } from "../../run/rows.ts";
import type { JudgedIteration } from "../report.ts";
import { meetingChallenge } from "./cards.ts";
import { type Counted, countedTrials, matrix } from "./digits.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import type { PageData } from "./page_data.ts";
import { fold, notice } from "./parts.ts";
import { pngDataUrl } from "./png.ts";
import { countWrong, type HardImage, hardImages } from "./votes.ts";

/** Of an iteration; more would fill the page and tell nothing new. */
const MOST_IMAGES = 24;

/** One iteration with what its completed trials said. */
interface Mistaken extends Counted {
  readonly predictions: readonly Uint8Array[];
  /** None where the test images are not there. */
  readonly images: readonly HardImage[];
}

/** A fold for each iteration; the one that meets the challenge, else the last, is open. */
export function mistakesBody(data: PageData): Content {
  const { report, test } = data;
  const iterations = countedTrials(data).map((counted): Mistaken => {
    const predictions = predictionsOf(counted.judged, data);
    return { ...counted, predictions, images: test ? hardImages(predictions, test.labels) : [] };
  }).filter(({ predictions, trials }) => predictions.length > 0 || trials.length > 0);
  const lacking = data.predictions.size === 0
    ? notice("Images are not shown: the predictions of no completed trial are in the run's folder.")
    : test === undefined
    ? notice("Images are not shown: the test images were not found on this machine.")
    : undefined;
  if (iterations.length === 0) return lacking;
  const met = meetingChallenge(report.iterations).at(-1);
  const first = iterations.find(({ judged }) => judged === met) ?? iterations[iterations.length - 1];
  const doubts = knownDoubts(data);
  return [
    lacking,
    lacking === undefined ? legend(doubts.length) : undefined,
    iterations.map((iteration) =>
      fold(
        foldLine(iteration, data),
        [
          imagesText(iteration, data, doubts),
          gallery(iteration, data, doubts),
          iteration.trials.length === 0 ? undefined : matrix(iteration),
        ],
        { isOpen: iteration === first, group: "mistakes" },
      )
    ),
  ];
}

function predictionsOf({ summary }: JudgedIteration, { predictions }: PageData): Uint8Array[] {
  return summary.completed.flatMap((trial) => predictions.get(trialKey(trial)) ?? []);
}

/** Indices and doubts are those of MNIST's own test set; a part of it begins at the same image. */
function knownDoubts({ report, test }: PageData): readonly LabelError[] {
  return test !== undefined && report.identity.dataset.name === "mnist"
    ? MNIST_LABEL_ERRORS.filter(({ index }) => index < test.labels.length)
    : [];
}

function foldLine({ judged, predictions, images }: Mistaken, { test }: PageData): Markup {
  const { id, title } = judged.summary.iteration;
  const count = test === undefined || predictions.length === 0 ? undefined : plural(images.length, "image");
  return markup`${id} ${title}${count === undefined ? "" : `: ${count}`}`;
}

function imagesText(
  { predictions, images }: Mistaken,
  { test }: PageData,
  doubts: readonly LabelError[],
): Markup | undefined {
  const trials = predictions.length;
  if (test === undefined || trials === 0) return undefined;
  const inEvery = images.filter(({ wrong }) => wrong === trials).length;
  const areWrong = `${plural(images.length, "test image")} of ${formatCount(test.labels.length)} ${
    images.length === 1 ? "is" : "are"
  } wrong in`;
  const sentence = trials === 1
    ? `${areWrong} its one trial.`
    : `${areWrong} more than half of ${trials} trials, ${formatCount(inEvery)} of them in every one.`;
  // What wrong labels cost: images of these that a trial misses on average.
  const missed =
    doubts.reduce((sum, { index }) => sum + countWrong(predictions, test.labels[index], index), 0) /
    trials;
  const cost = doubts.length === 0
    ? ""
    : ` Of the ${doubts.length} images whose label people doubt a trial misses ${missed.toFixed(1)}: ${
      (missed / test.labels.length * 100).toFixed(2)
    } points of accuracy that say more about the labels than about the model.`;
  const shown = images.length > MOST_IMAGES ? ` The ${MOST_IMAGES} that are wrong most often:` : "";
  return markup`<p>${sentence}${cost}${shown}</p>`;
}

function gallery(
  { predictions, images }: Mistaken,
  { test }: PageData,
  doubts: readonly LabelError[],
): Markup | undefined {
  if (test === undefined || images.length === 0) return undefined;
  return markup`<ol class="gallery">${
    images.slice(0, MOST_IMAGES).map((image) =>
      card(image, {
        pixels: test.images.subarray(image.index * IMAGE_PIXELS, (image.index + 1) * IMAGE_PIXELS),
        doubt: doubts.find(({ index }) => index === image.index),
        trials: predictions.length,
      })
    )
  }</ol>
`;
}

function card(
  { index, label, votes }: HardImage,
  { pixels, doubt, trials }: {
    readonly pixels: Uint8Array;
    readonly doubt?: LabelError;
    readonly trials: number;
  },
): Markup {
  const frame = doubt === undefined ? undefined : markup` class="doubted"`;
  const right = markup` class="right"`;
  return markup`<li${frame}><img width="56" height="56" alt="Test image ${index}" src="${
    pngDataUrl(pixels, IMAGE_SIZE)
  }"><div>
<p class="index">No. ${index}</p>
<p>label <b>${label}</b></p></div>
<ul class="votes" aria-label="Read as">${
    votes.map(({ digit, count }) =>
      markup`<li${digit === label ? right : undefined} style="--share:${
        Math.round(100 * count / trials)
      }%"><b>${digit}</b> ×${count}</li>`
    )
  }</ul>
${doubt === undefined ? undefined : doubtText(doubt)}</li>
`;
}

function legend(doubts: number): Markup {
  const framed = doubts === 0 ? undefined : markup` Framed: one of the ${doubts} images whose label people
doubt: fewer than three of five chose it when they were asked
(<a href="https://arxiv.org/abs/2103.14749">Northcutt, Athalye and Mueller 2021</a>; data in
<a href="https://github.com/cleanlab/label-errors">cleanlab/label-errors</a>).`;
  return markup`<p class="caption">Bars: what the trials read.${framed}</p>`;
}

function doubtText({ given, guessed, people }: LabelError): Markup {
  const said = [[given, people.given], [guessed, people.guessed], ["neither", people.neither]] as const;
  return markup`<p class="doubt">People chose ${
    said.filter(([, count]) => count > 0).map(([what, count]) => `${what} ×${count}`).join(", ")
  }.</p>`;
}
