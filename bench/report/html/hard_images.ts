/**
 * The images that most trials get wrong, with their votes and what is known about their labels.
 *
 * @module
 */
import { IMAGE_PIXELS, IMAGE_SIZE } from "../../../data/idx.ts";
import { type LabelError, MNIST_LABEL_ERRORS } from "../../../data/mnist_label_errors.ts";
import { formatCount, plural } from "../../command_line/format.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import type { PageData } from "./page_data.ts";
import { notice } from "./parts.ts";
import { pngDataUrl } from "./png.ts";
import { countWrong, type HardImage, hardImages } from "./votes.ts";

/** More would fill the page and tell nothing new. */
const MOST_IMAGES = 48;

/** The gallery of hard images. */
export function hardImagesBody({ report, predictions, test }: PageData): Content {
  if (predictions.size === 0) {
    return notice("Not shown: the predictions of no completed trial are in the run's folder.");
  }
  if (test === undefined) return notice("Not shown: the test images were not found on this machine.");
  const all = [...predictions.values()];
  const images = hardImages(all, test.labels);
  // Indices and doubts are those of MNIST's own test set; a part of it begins at the same image.
  const doubts = report.identity.dataset.name === "mnist"
    ? MNIST_LABEL_ERRORS.filter(({ index }) => index < test.labels.length)
    : [];
  const inEvery = images.filter(({ wrong }) => wrong === all.length).length;
  const doubted = images.filter(({ index }) => doubts.some((doubt) => doubt.index === index)).length;
  const share = doubts.reduce((sum, { index }) => sum + countWrong(all, test.labels[index], index), 0) /
    all.length;
  return [
    markup`<p>${plural(images.length, "test image")} of ${formatCount(test.labels.length)} ${
      images.length === 1 ? "is" : "are"
    } wrong in more than half of ${plural(all.length, "trial")}, ${
      formatCount(inEvery)
    } of them in every one.${images.length > MOST_IMAGES ? ` The first ${MOST_IMAGES} are shown.` : ""}</p>`,
    doubts.length === 0
      ? undefined
      : doubtsText(doubts.length, { doubted, share, testImages: test.labels.length }),
    images.length === 0
      ? undefined
      : markup`<ol class="gallery">${
        images.slice(0, MOST_IMAGES).map((image) =>
          card(image, {
            pixels: test.images.subarray(image.index * IMAGE_PIXELS, (image.index + 1) * IMAGE_PIXELS),
            doubt: doubts.find(({ index }) => index === image.index),
            trials: all.length,
          })
        )
      }</ol>`,
  ];
}

function card(
  { index, label, wrong, votes }: HardImage,
  { pixels, doubt, trials }: {
    readonly pixels: Uint8Array;
    readonly doubt?: LabelError;
    readonly trials: number;
  },
): Markup {
  const frame = doubt === undefined ? undefined : markup` class="doubted"`;
  const right = markup` class="right"`;
  return markup`<li${frame}><img width="84" height="84" alt="Test image ${index}" src="${
    pngDataUrl(pixels, IMAGE_SIZE)
  }"><div>
<p class="index">No. ${index} · ${wrong}/${trials} wrong</p>
<p>labelled <b>${label}</b></p>
<ul class="votes">${
    votes.map(({ digit, count }) =>
      markup`<li${digit === label ? right : undefined} style="--share:${
        Math.round(100 * count / trials)
      }%"><b>${digit}</b> ×${count}</li>`
    )
  }</ul>
${doubt === undefined ? undefined : doubtText(doubt)}</div></li>
`;
}

/** What is known about wrong labels, and what they cost: `share` of them is counted wrong in a trial on average. */
function doubtsText(
  doubts: number,
  { doubted, share, testImages }: {
    readonly doubted: number;
    readonly share: number;
    readonly testImages: number;
  },
): Markup {
  return markup`<p>Among them ${
    doubted === 1 ? "is" : "are"
  } ${doubted} of the ${doubts} whose label people doubt: fewer than three of five chose it
when they were asked (<a href="https://arxiv.org/abs/2103.14749">Northcutt, Athalye and Mueller 2021</a>; data in
<a href="https://github.com/cleanlab/label-errors">cleanlab/label-errors</a>). On average a trial misses ${
    share.toFixed(1)
  } of these ${doubts}: ${
    (share / testImages * 100).toFixed(2)
  } points of accuracy that say more about the labels than
about the model.</p>`;
}

function doubtText({ given, guessed, people }: LabelError): Markup {
  const said = [[given, people.given], [guessed, people.guessed], ["neither", people.neither]] as const;
  return markup`<p class="doubt">Label in doubt: people chose ${
    said.filter(([, count]) => count > 0).map(([what, count]) => `${what} ×${count}`).join(", ")
  }.</p>`;
}
