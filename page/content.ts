/**
 * What a page is made from: written as JSON by `bench/page/`, read by the page itself.
 *
 * @module
 */
import type { Iteration, Normalization } from "../models/iteration.ts";
import type { Layer } from "../models/layers/mod.ts";
import type { Window } from "../models/shape.ts";

/** One line of the layer table. */
export interface LayerRow {
  readonly kind: string;
  /** What is not a fallback, such as `out 16, kernel 3`. */
  readonly detail: string;
  /** `[C,H,W]` or `[C]` */
  readonly output: readonly number[];
  /** 0 for a layer that shares the weights of an earlier row. */
  readonly parameters: number;
  readonly shared: boolean;
  /** Side of the square of the image that one element looks at. */
  readonly receptiveField: number;
  /** The values that it reads: 0 is the image, row i computes value i + 1. */
  readonly inputs: readonly number[];
  /** How it slides over its input; `whole` looks at all of it, absent is each place for itself. */
  readonly window?: Window | "whole";
}

/** A network, whatever its weights. */
export interface NetworkContent {
  readonly id: number;
  readonly title: string;
  readonly parameters: number;
  readonly layers: readonly Layer[];
  /** Of evaluation. */
  readonly normalization: Normalization;
  readonly rows: readonly LayerRow[];
}

/** Trained weights of a network. */
export interface TrialContent {
  /** Id of its network. */
  readonly network: number;
  readonly seed: number;
  /** A fraction. */
  readonly testAccuracy: number;
  /** SHA-256 of the weights, in hex. */
  readonly digest: string;
  /** Id of the page's element that holds the packed weights; absent where they did not fit. */
  readonly element?: string;
  /** Where they lie in the run's folder. */
  readonly file: string;
}

/** A test image to try. */
export interface ExampleContent {
  /** In the test set, from 0. */
  readonly index: number;
  readonly label: number;
  /** Trials that get it wrong; absent where it is not there for that. */
  readonly wrong?: number;
  /** What trials take it for, the most frequent first. */
  readonly votes?: readonly { readonly digit: number; readonly count: number }[];
}

/** A training that the page repeats. */
export interface TrainingContent {
  /** What is trained, as the page shows it. */
  readonly network: NetworkContent;
  readonly iteration: Iteration;
  readonly seed: number;
  readonly epochs: number;
  /** Of the digits that the project draws. */
  readonly images: { readonly train: number; readonly test: number };
  /** What repeats it in a terminal. */
  readonly command: string;
  /** Where that writes the digest. */
  readonly file: string;
  /** What the engine made of it here, after the last epoch; absent where this machine's engine is no exact one. */
  readonly expected?: { readonly digest: string; readonly testAccuracy: number };
}

/** All that the page shows. */
export interface PageContent {
  /** What the run is: data set, engine and its version. */
  readonly run: string;
  /** Trials of the run, on which the votes are. */
  readonly trials: number;
  readonly networks: readonly NetworkContent[];
  readonly weights: readonly TrialContent[];
  readonly examples: readonly ExampleContent[];
  /** The images of `examples` in turn, uint8 [28,28], packed. */
  readonly exampleImages: string;
  readonly training: TrainingContent;
}
