/**
 * The peer trains the network that it is compared on: PyTorch's logits of every kind of layer are those of the float64
 * reference. Skipped visibly where python3 has no torch, unless `REQUIRE` lists `pytorch`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { askAll, PeerLimit, peerTask, PytorchPeer } from "../../../bench/perf/pytorch.ts";
import { DEFAULT_PYTHON } from "../../../bench/perf/python.ts";
import { initialTensors } from "../../../engine/initial_weights.ts";
import { buildGraph, type Graph } from "../../../models/graph.ts";
import type { Training } from "../../../models/iteration.ts";
import { flatten, linear } from "../../../models/layers/mod.ts";
import { LAYER_CASES } from "../../engine/layer_suite.ts";
import { referenceLogits } from "../../engine/reference/network.ts";
import { randomWords } from "../statistics/random.ts";

const IMAGES = 3, PIXELS = 28 * 28;
const NORMALIZATION = { mean: 0.1307, deviation: 0.3081 };
/** Of logits of some units, in float64 on both sides: only the order of sums differs. */
const TOLERANCE = 1e-9;

const TRAINING: Training = {
  epochs: 1,
  batchSize: 5,
  optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
  schedule: { kind: "constant" },
  augmentation: [],
  trainNormalization: NORMALIZATION,
  testNormalization: NORMALIZATION,
};

async function hasTorch(): Promise<boolean> {
  if ((Deno.env.get("REQUIRE") ?? "").split(",").includes("pytorch")) return true;
  try {
    const args = ["-c", "import importlib.util as u; exit(u.find_spec('torch') is None)"];
    return (await new Deno.Command(DEFAULT_PYTHON, { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
const ignore = !await hasTorch();

/** Start values, moved so that no tensor is all zeros or ones; variances stay above 0. */
function someTensors(graph: Graph, word: () => number): Float32Array {
  const values = initialTensors(graph, 0, "pytorch");
  const moved = values.map((value) => value + 0.2 * (word() / 2 ** 32));
  assert.equal(moved.length, graph.length);
  return moved;
}

async function withPeer(work: (peer: PytorchPeer) => Promise<void>): Promise<void> {
  const { peer } = await PytorchPeer.start(DEFAULT_PYTHON, "cpu");
  try {
    await work(peer);
  } finally {
    await peer.close();
  }
}

Deno.test({
  name: "PyTorch computes every layer of the vocabulary as the float64 reference does",
  ignore,
  fn: () =>
    withPeer(async (peer) => {
      const word = randomWords(1), pixels = Uint8Array.from({ length: IMAGES * PIXELS }, () => word() % 256);
      const images = Array.from(pixels, (pixel) =>
        (pixel / 255 - NORMALIZATION.mean) / NORMALIZATION.deviation);
      for (const { name, layers } of LAYER_CASES) {
        const graph = buildGraph(layers), values = someTensors(graph, word);
        const task = peerTask({ layers, training: TRAINING });
        const { parameters } = await peer.ask("prepare", { ...task, variant: "channels_last", trials: 1 });
        assert.equal(parameters, graph.parameterCount, name);
        const tensors = graph.tensors.map((
          { offset, length },
        ) => [...values.subarray(offset, offset + length)]);
        const { logits } = await peer.ask("logits", { tensors, images });
        const wanted = referenceLogits(graph, values, pixels, NORMALIZATION);
        assert.equal(logits.length, wanted.length, name);
        wanted.forEach((value, i) => {
          const bound = TOLERANCE * Math.max(1, Math.abs(value));
          assert.ok(Math.abs(value - logits[i]) <= bound, `${name}: logit ${i}: ${logits[i]}, not ${value}`);
        });
      }
    }),
});

Deno.test({
  name: "PyTorch takes every optimizer and term of a recipe, alone and as an ensemble",
  ignore,
  fn: () =>
    withPeer(async (peer) => {
      const layers = [flatten(), linear({ out: 10 })];
      const recipes: Partial<Training>[] = [
        {
          optimizer: {
            kind: "sgd",
            learningRate: 0.1,
            momentum: 0.9,
            nesterov: true,
            decayNormAndBias: false,
          },
        },
        { optimizer: { kind: "adam", learningRate: 0.01 }, labelSmoothing: 0.1, l1: 1e-4 },
        { optimizer: { kind: "adamW", learningRate: 0.01 }, average: { decay: 0.99 } },
        { optimizer: { kind: "rmsProp", learningRate: 0.01 } },
        { optimizer: { kind: "adadelta" } },
        { optimizer: { kind: "adagrad", learningRate: 0.01 } },
        { clipNorm: 1 },
      ];
      for (const recipe of recipes) {
        const task = peerTask({ layers, training: { ...TRAINING, ...recipe } });
        for (const variant of ["contiguous", "ensemble"] as const) {
          const prepare = () => askAll([peer], "prepare", { ...task, variant, trials: 2 });
          if (variant === "ensemble" && recipe.clipNorm) {
            await assert.rejects(prepare, PeerLimit);
            continue;
          }
          assert.deepEqual(await prepare(), [{ parameters: 7850 }], JSON.stringify(recipe));
          const { imagesPerSecond } = await peer.ask("measure", { seconds: 0.01, laps: 2 });
          assert.equal(imagesPerSecond.length, 2);
          assert.ok(imagesPerSecond.every((speed) => speed > 0 && Number.isFinite(speed)));
        }
      }
    }),
});
