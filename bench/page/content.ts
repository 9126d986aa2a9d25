/**
 * What a page shows, from a run: networks, weights, examples, the training that it repeats.
 *
 * @module
 */
import { deflateRawSync } from "node:zlib";
import { IMAGE_PIXELS } from "../../data/idx.ts";
import { buildGraph, describe, isLayer, type Node } from "../../models/graph.ts";
import type { Iteration } from "../../models/iteration.ts";
import type {
  ExampleContent,
  LayerRow,
  NetworkContent,
  PageContent,
  TrainingContent,
  TrialContent,
} from "../../page/content.ts";
import { planesOf, toText } from "../../page/packed.ts";
import { summarizeNetwork } from "../report/network_summary.ts";
import type { PageData } from "../report/html/page_data.ts";
import { hardImages } from "../report/html/votes.ts";
import { runTitle } from "../report/report.ts";
import type { RecordedIteration } from "../run/manifest.ts";
import { weightsPath } from "../run/run_record.ts";
import type { TrainedTrial } from "./choose_weights.ts";

/** More would fill the page and tell nothing new. */
const MOST_HARD_IMAGES = 18;

/** Bytes as they stand in a page. */
export const pack = (bytes: Uint8Array): string => toText(deflateRawSync(bytes, { level: 9 }));

/** Weights as they stand in a page. */
export const packWeights = (weights: Float32Array): string => pack(planesOf(weights));

/** How a node slides over its input, as the page has it. */
function windowOf({ operation, inputs }: Node, shapes: readonly (readonly number[])[]): LayerRow["window"] {
  if (!isLayer(operation)) return undefined;
  const input = shapes[inputs[0]], window = describe(operation).window(operation, input);
  if (window === undefined) return undefined;
  const isWhole = window.size === Infinity || shapes[inputs[0]].length === 1 ||
    operation.kind.startsWith("global");
  const { size, stride, padding, dilation } = window;
  return isWhole ? "whole" : { size, stride, padding, dilation };
}

/** A network and its layer table. */
export function networkContent(iteration: Iteration | RecordedIteration): NetworkContent {
  const { id, title, parameters, layers, training } = iteration;
  const graph = buildGraph(layers), shapes = graph.values.map(({ shape }) => shape);
  const rows = summarizeNetwork({ id, title, parameters, layers, training }).rows.map(
    (row, index): LayerRow => {
      const { multiplyAdds: _, place: __, ...shown } = row, node = graph.nodes[index];
      return { ...shown, inputs: node.inputs, window: windowOf(node, shapes) };
    },
  );
  return { id, title, parameters, layers, normalization: training.testNormalization, rows };
}

/** One image of each digit that no trial gets wrong, then those that most get wrong. */
function examplesOf(
  { test, predictions }: PageData,
): { readonly examples: ExampleContent[]; readonly images: Uint8Array } {
  if (test === undefined) return { examples: [], images: new Uint8Array() };
  const { labels } = test, all = [...predictions.values()];
  const isEasy = (index: number) => all.every((digits) => digits[index] === labels[index]);
  const easy = Array.from(
    { length: 10 },
    (_, digit) => labels.findIndex((label, index) => label === digit && isEasy(index)),
  ).filter((index) => index >= 0);
  const hard = hardImages(all, labels).slice(0, MOST_HARD_IMAGES);
  const examples: ExampleContent[] = [
    ...easy.map((index) => ({ index, label: labels[index] })),
    ...hard.map(({ index, label, wrong, votes }) => ({ index, label, wrong, votes })),
  ];
  const images = new Uint8Array(examples.length * IMAGE_PIXELS);
  examples.forEach(({ index }, i) =>
    images.set(test.images.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS), i * IMAGE_PIXELS)
  );
  return { examples, images };
}

/** The element that holds a trial's weights. */
export const weightsElement = ({ trial }: TrainedTrial): string => `weights-${trial.iteration}-${trial.seed}`;

/** All that the page shows; `embedded` are the trials whose weights stand in it, among `trials`. */
export function pageContent(
  data: PageData,
  { trials, embedded, training }: {
    readonly trials: readonly TrainedTrial[];
    readonly embedded: ReadonlySet<TrainedTrial>;
    readonly training: TrainingContent;
  },
): PageContent {
  const { record, report, predictions } = data, { examples, images } = examplesOf(data);
  const used = new Set(trials.map(({ iteration }) => iteration));
  return {
    run: runTitle(report.identity),
    trials: predictions.size,
    networks: record.manifest.iterations.filter((iteration) => used.has(iteration)).map(networkContent),
    weights: trials.map((each): TrialContent => ({
      network: each.iteration.id,
      seed: each.trial.seed,
      testAccuracy: each.trial.finalTestAccuracy,
      digest: each.trial.weightsDigest ?? "",
      element: embedded.has(each) ? weightsElement(each) : undefined,
      file: weightsPath(each.trial),
    })),
    examples,
    exampleImages: pack(images),
    training,
  };
}
