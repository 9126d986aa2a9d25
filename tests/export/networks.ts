/**
 * Trained networks for the tests of exports: every operation at awkward sizes, and the golden networks.
 *
 * @module
 */
import { weightsDigest } from "../../engine/digest.ts";
import { namedTensors } from "../../engine/initial_weights.ts";
import { toTrainedNetwork, type TrainedNetwork } from "../../export/trained_network.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration } from "../../models/iteration.ts";
import {
  batchNorm,
  conv,
  flatten,
  ghostBatchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  leakyRelu,
  linear,
  relu,
} from "../../models/layers/mod.ts";
import { goldenNetwork } from "../engine/golden_networks_suite.ts";
import { drawImages, iterationOf, LAYER_CASES, startingValues } from "../engine/layer_suite.ts";
import type { NetworkCase } from "../engine/network_cases.ts";
import { referenceLogits } from "../engine/reference/network.ts";
import { goldenNetworks } from "../golden_file.ts";

const PIXELS = 28 * 28;

/** A network with what it makes of some images, in float64. */
export interface ExportCase {
  readonly name: string;
  readonly iteration: Iteration;
  readonly network: TrainedNetwork;
  /** uint8 [N,28,28] */
  readonly images: Uint8Array;
  /** [N,10] */
  readonly logits: ArrayLike<number>;
}

/** A network with these values in canonical order. */
export function networkOf(iteration: Iteration, values: Float32Array): TrainedNetwork {
  const named = namedTensors(buildGraph(iteration.layers), values);
  return toTrainedNetwork({
    layers: iteration.layers,
    normalization: iteration.training.testNormalization,
    tensors: new Map(named.map(({ name, data }) => [name, data])),
    provenance: {
      iteration: iteration.id,
      title: iteration.title,
      weightsDigest: weightsDigest([{ data: values }]),
    },
  });
}

function layerCase(testCase: NetworkCase, number: number): ExportCase {
  const iteration = iterationOf(testCase), values = startingValues(testCase);
  // as many as show that examples are kept apart
  const images = drawImages(testCase.images).subarray(0, 3 * PIXELS);
  const { testNormalization } = iteration.training;
  return {
    name: `${number} ${testCase.name}`,
    iteration,
    network: networkOf(iteration, values),
    images,
    logits: referenceLogits(buildGraph(testCase.layers), values, images, testNormalization),
  };
}

/** Numbers that are the formats' own fallbacks as well: only another value shows that they are written. */
const OPTIONS: NetworkCase = {
  name: "epsilons and a slope that nobody falls back to",
  layers: [
    conv({ out: 4, kernel: 5, stride: 2 }),
    groupNorm({ groups: 2, epsilon: 0.3 }),
    leakyRelu({ slope: 0.35 }),
    conv({ out: 6, kernel: 3 }),
    instanceNorm({ epsilon: 0.2 }),
    conv({ out: 4, kernel: 3 }),
    layerNorm({ epsilon: 0.4 }),
    conv({ out: 4, kernel: 3 }),
    relu(),
    ghostBatchNorm({ splits: 2, epsilon: 0.1 }),
    relu(),
    batchNorm({ epsilon: 0.2 }),
    flatten(),
    linear({ out: 8 }),
    groupNorm({ groups: 4, epsilon: 0.5 }),
    layerNorm({ epsilon: 0.1 }),
    linear({ out: 10 }),
  ],
  batches: [8],
  images: "noise",
};

/** Every operation alone, then networks; held against the float64 reference. */
export const layerCases = (): ExportCase[] => [...LAYER_CASES, OPTIONS].map(layerCase);

/** The golden networks as three steps have left them; held against float64 PyTorch. */
export function goldenCases(): ExportCase[] {
  return goldenNetworks().map((name) => {
    const { file, iteration } = goldenNetwork(name), graph = buildGraph(iteration.layers);
    const values = new Float32Array(graph.length);
    for (const { name, trained, offset } of graph.tensors) {
      const averaged = trained && file.tensors.has(`average/${name}`);
      values.set(Float32Array.from(file.f64(`${averaged ? "average" : "final"}/${name}`)), offset);
    }
    return {
      name: name.replace("networks/", ""),
      iteration,
      network: networkOf(iteration, values),
      images: file.u8("eval/images"),
      logits: file.f64("eval/logits"),
    };
  });
}

/**
 * How far float32 logits may be from exact ones, of the largest of them: 64 roundings.
 *
 * A logit of the deepest network here is behind some ten layers, whose sums of up to 1,200 products round by √1,200
 * of half a unit at most where roundings are independent; measured are 16 roundings at most.
 */
export const FLOAT32_BOUND = 64 * 2 ** -24;

/** The largest difference of two sets of logits, of the largest of `exact` (at least 1). */
export function relativeError(got: ArrayLike<number>, exact: ArrayLike<number>): number {
  let largest = 1, error = got.length === exact.length ? 0 : Infinity;
  for (let i = 0; i < exact.length; i++) {
    largest = Math.max(largest, Math.abs(exact[i]));
    error = Math.max(error, Math.abs(got[i] - exact[i]));
    if (Number.isNaN(got[i])) return NaN;
  }
  return error / largest;
}

/** The first largest of each image's ten logits. */
export function predictionsOf(logits: ArrayLike<number>): Uint8Array {
  return Uint8Array.from({ length: logits.length / 10 }, (_, image) => {
    let best = 0;
    for (let digit = 1; digit < 10; digit++) {
      if (logits[10 * image + digit] > logits[10 * image + best]) best = digit;
    }
    return best;
  });
}
