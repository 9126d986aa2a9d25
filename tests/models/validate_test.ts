import { equal, throws } from "node:assert/strict";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import type { Iteration, Training } from "../../models/iteration.ts";
import { validateIteration } from "../../models/validate.ts";

function withTraining(change: Partial<Training>): Iteration {
  return { ...oneCycle, training: { ...oneCycle.training, ...change } };
}

Deno.test("validateIteration() returns the network", () => {
  equal(validateIteration(oneCycle).parameterCount, 19_798);
});

Deno.test("validateIteration() rejects a declared parameter count that the layers do not have", () => {
  throws(() => validateIteration({ ...oneCycle, parameters: 19_797 }), {
    name: "RangeError",
    message: "Cannot use iteration 5: expected the declared 19797 parameters, got 19798 from its layers; " +
      `correct "parameters" or the layers`,
  });
});

Deno.test("validateIteration() rejects a network that does not end in 10 logits", () => {
  const layers = oneCycle.layers.slice(0, -1);
  throws(() => validateIteration({ ...oneCycle, layers }), {
    name: "TypeError",
    message: "Cannot use iteration 5: expected the last layer to be linear with 10 outputs, " +
      "got layer 11 (dropout) with output [48]",
  });
  throws(() => validateIteration({ ...oneCycle, layers: [...layers, { kind: "linear", out: 9 }] }), {
    message: /got layer 12 \(linear\) with output \[9\]$/,
  });
  throws(() => validateIteration({ ...oneCycle, layers: [] }), { message: /got no layers$/ });
});

const sgd = oneCycle.training.optimizer;
const adam = { kind: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

const OUT_OF_RANGE: [string, Iteration][] = [
  ["id", { ...oneCycle, id: 0 }],
  ["training.epochs", withTraining({ epochs: 0 })],
  ["training.batchSize", withTraining({ batchSize: 1.5 })],
  ["training.optimizer.learningRate", withTraining({ optimizer: { ...sgd, learningRate: 0 } })],
  ["training.optimizer.momentum", withTraining({ optimizer: { ...sgd, momentum: 1 } })],
  ["training.optimizer.weightDecay", withTraining({ optimizer: { ...sgd, weightDecay: -1 } })],
  ["training.optimizer.beta1", withTraining({ optimizer: { ...adam, beta1: 1 } })],
  ["training.optimizer.beta2", withTraining({ optimizer: { ...adam, beta2: NaN } })],
  ["training.optimizer.epsilon", withTraining({ optimizer: { ...adam, epsilon: -1e-8 } })],
  ["training.schedule.epochs", withTraining({ schedule: { kind: "step", epochs: 0, factor: 0.1 } })],
  ["training.schedule.factor", withTraining({ schedule: { kind: "step", epochs: 1, factor: 0 } })],
  [
    "training.schedule.maxLearningRate",
    withTraining({ schedule: { kind: "oneCycle", maxLearningRate: -0.1, warmUp: 0.2 } }),
  ],
  [
    "training.schedule.warmUp",
    withTraining({ schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 1.2 } }),
  ],
  ["training.augmentation[0].degrees", withTraining({ augmentation: [{ kind: "rotate", degrees: 181 }] })],
  [
    "training.augmentation[0].fraction",
    withTraining({ augmentation: [{ kind: "translate", fraction: -1 }] }),
  ],
  [
    "training.augmentation[1].size",
    withTraining({
      augmentation: [{ kind: "rotate", degrees: 5 }, { kind: "centerCropResize", p: 0.1, size: 29 }],
    }),
  ],
  [
    "training.augmentation[0].p",
    withTraining({ augmentation: [{ kind: "centerCropResize", p: 2, size: 22 }] }),
  ],
  ["training.testNormalization.deviation", withTraining({ testNormalization: { mean: 0, deviation: 0 } })],
  ["criteria.shareReachingTarget", { ...oneCycle, criteria: { shareReachingTarget: 50 } }],
  ["criteria.finalAccuracyFloor", { ...oneCycle, criteria: { finalAccuracyFloor: 99.2 } }],
];

for (const [field, iteration] of OUT_OF_RANGE) {
  Deno.test(`validateIteration() rejects a "${field}" that is out of range`, () => {
    throws(() => validateIteration(iteration), (error: unknown) => {
      equal(error instanceof RangeError, true, String(error));
      equal(String(error).includes(`Cannot use iteration ${iteration.id}: expected "${field}" to be `), true);
      return true;
    });
  });
}

Deno.test("validateIteration() rejects what unchecked code leaves out or misspells", () => {
  const broken = (change: (iteration: Record<string, unknown>) => void): Iteration => {
    const iteration = JSON.parse(JSON.stringify(oneCycle));
    change(iteration);
    return iteration;
  };
  const cases: [RegExp, Iteration][] = [
    [/expected "training" to be an object, got undefined$/, broken((it) => delete it.training)],
    [/expected "layers" to be a list, got undefined$/, broken((it) => delete it.layers)],
    [/expected "layers\[0\]" to be an object, got null$/, broken((it) => it.layers = [null])],
    [/expected "criteria" to be an object/, broken((it) => delete it.criteria)],
    [/expected "title" to be a text, got ""$/, broken((it) => it.title = "")],
    [
      /expected "training.optimizer.kind" to be "adam" or "sgd", got "lion"$/,
      broken((it) => it.training = { ...oneCycle.training, optimizer: { kind: "lion", learningRate: 1 } }),
    ],
    [
      /expected "training.schedule.kind" to be .*, got "cosine"$/,
      broken((it) => it.training = { ...oneCycle.training, schedule: { kind: "cosine" } }),
    ],
    [
      /expected "training.augmentation\[0\].kind" to be .*, got "flip"$/,
      broken((it) => it.training = { ...oneCycle.training, augmentation: [{ kind: "flip" }] }),
    ],
    [
      /expected "training.epochs" to be an integer of at least 1, got "20"$/,
      broken((it) => it.training = { ...oneCycle.training, epochs: "20" }),
    ],
  ];
  for (const [message, iteration] of cases) {
    throws(() => validateIteration(iteration), { name: "TypeError", message });
  }
});
