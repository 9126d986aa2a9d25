import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration, Training } from "../../models/iteration.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import {
  averagePool,
  batchNorm,
  branches,
  conv,
  flatten,
  ghostBatchNorm,
  globalAveragePool,
  groupNorm,
  instanceNorm,
  type Layer,
  LAYER_WORDS,
  layerNorm,
  linear,
  maxPool,
  relu,
} from "../../models/layers/mod.ts";
import { uselessBiases, validateIteration } from "../../models/validate.ts";

const FILE = "06_mine.ts";

/** Iteration 5 with another training, written as unchecked code might. */
const withTraining = (change: Readonly<Record<string, unknown>>): unknown => ({
  ...oneCycle,
  training: { ...oneCycle.training, ...change },
});

const withLayers = (...layers: unknown[]): unknown => ({ ...oneCycle, layers });

/** That an iteration is rejected in one line, which begins with the file and holds these texts. */
function rejects(iteration: unknown, name: "TypeError" | "RangeError", ...texts: string[]): void {
  throws(() => validateIteration(iteration, FILE), (error: unknown) => {
    ok(error instanceof Error && error.name === name, `${name}, not ${error}`);
    ok(error.message.startsWith(`Cannot use ${FILE}`), error.message);
    equal(error.message.includes("\n"), false);
    for (const text of texts) ok(error.message.includes(text), `${text} in: ${error.message}`);
    return true;
  });
}

Deno.test("validateIteration() returns the network", () => {
  equal(validateIteration(oneCycle).parameterCount, 19_798);
});

Deno.test("validateIteration() takes an iteration without criteria and claim, and one from JSON", () => {
  const { criteria: _, claim: __, ...bare }: Iteration = oneCycle;
  equal(validateIteration(bare, FILE).parameterCount, 19_798);
  equal(validateIteration(JSON.parse(JSON.stringify(bare)), FILE).parameterCount, 19_798);
});

Deno.test("validateIteration() names a file, or the iteration's number", () => {
  const broken = { ...oneCycle, parameters: 1 };
  throws(() => validateIteration(broken, "my_net.json"), { message: /^Cannot use my_net.json: / });
  throws(() => validateIteration(broken), { message: /^Cannot use iteration 5: / });
  throws(() => validateIteration({}), { message: /^Cannot use iteration without a number/ });
});

Deno.test("validateIteration() names an unknown kind of layer, its number and the nearest kind", () => {
  rejects(
    withLayers(relu(), { kind: "batchNrom" }),
    "TypeError",
    ", layer 2: ",
    'got "batchNrom"',
    'nearest is "batchNorm"',
  );
  rejects(
    withLayers({ kind: "convolution", out: 1, kernel: 1 }),
    "TypeError",
    ", layer 1: ",
    'nearest is "conv"',
  );
  rejects(withLayers({ out: 1 }), "TypeError", ", layer 1: ", "got nothing");
  rejects(withLayers(null), "TypeError", ", layer 1: expected an object, got null");
  const nested = branches("add", [], [{ kind: "rlu" } as unknown as Layer]);
  rejects(
    withLayers(relu(), nested),
    "TypeError",
    ", layer 2 (branches), branch 2, layer 1: ",
    'nearest is "relu"',
  );
});

Deno.test("validateIteration() names an unknown field, its layer and the nearest field", () => {
  const layer = { kind: "conv", out: 4, kernel: 3, strid: 2 };
  rejects(withLayers(relu(), layer), "TypeError", ", layer 2 (conv): ", 'got "strid"', 'nearest is "stride"');
  rejects(
    withLayers({ kind: "repeat", times: 2, layers: [layer] }),
    "TypeError",
    ", layer 1 (repeat), layer 1 (conv): ",
    'nearest is "stride"',
  );
  rejects(
    withLayers({ kind: "relu", slope: 0.1 }),
    "TypeError",
    ", layer 1 (relu): expected no fields",
    'got "slope"',
  );
  rejects({ ...oneCycle, trainig: {} }, "TypeError", 'nearest is "training"');
  rejects(withTraining({ labelSmooth: 0.1 }), "TypeError", ", training: ", 'nearest is "labelSmoothing"');
});

Deno.test("validateIteration() names a schedule, optimizer or augmentation that does not exist, and their options", () => {
  const { optimizer, schedule } = oneCycle.training;
  rejects(withTraining({ optimizer: { kind: "lion" } }), "TypeError", ", training.optimizer: ", 'got "lion"');
  rejects(withTraining({ optimizer: { kind: "adamw" } }), "TypeError", 'nearest is "adamW"');
  rejects(
    withTraining({ optimizer: { ...optimizer, nesterow: true } }),
    "TypeError",
    'nearest is "nesterov"',
  );
  rejects(withTraining({ optimizer: { ...optimizer, beta1: 0.9 } }), "TypeError", 'got "beta1"');
  rejects(
    withTraining({ schedule: { kind: "cosin", per: "epoch" } }),
    "TypeError",
    ", training.schedule: ",
    '"cosine"',
  );
  rejects(withTraining({ schedule: { ...schedule, warmup: 0.1 } }), "TypeError", 'nearest is "warmUp"');
  rejects(
    withTraining({ schedule: { ...schedule, momentum: { bass: 0.1 } } }),
    "TypeError",
    "schedule.momentum: ",
  );
  rejects(
    withTraining({ schedule: { kind: "cosine", per: "batch" } }),
    "TypeError",
    ", training.schedule.per: ",
  );
  rejects(
    withTraining({ augmentation: [{ kind: "rotate", degrees: 5 }, { kind: "rotat", degrees: 5 }] }),
    "TypeError",
    ", training.augmentation[1]: ",
    'nearest is "rotate"',
  );
});

Deno.test("validateIteration() never lets a schedule read the test set", () => {
  const plateau = { kind: "plateau", factor: 0.1, patience: 2 };
  rejects(
    withTraining({ schedule: { ...plateau, metric: "testLoss" } }),
    "TypeError",
    "schedule.metric: ",
    '"testLoss"',
  );
  rejects(
    withTraining({ schedule: { ...plateau, metric: "validationLoss" } }),
    "TypeError",
    ', training.schedule.metric: expected "validationCount" beside a metric of held-out images',
  );
  const heldOut = withTraining({ schedule: { ...plateau, metric: "validationLoss" }, validationCount: 100 });
  equal(validateIteration(heldOut, FILE).parameterCount, 19_798);
});

Deno.test("validateIteration() rejects batches that leave a batch norm a single value, as PyTorch does", () => {
  const norms = {
    flat: [flatten(), linear({ out: 10 }), batchNorm()],
    "a map of one place": [conv({ out: 10, kernel: 28 }), batchNorm(), flatten()],
  };
  for (const layers of Object.values(norms)) {
    const withBatches = (batches: Partial<Training>): Iteration => ({
      ...oneCycle,
      layers,
      parameters: buildGraph(layers).parameterCount,
      training: { ...oneCycle.training, ...batches },
    });
    rejects(withBatches({ batchSize: 1 }), "RangeError", "training.batchSize", "(batchNorm) has one value");
    rejects(
      withBatches({ batchSize: 128, trainCount: 1025 }),
      "RangeError",
      "training.trainCount",
      'got 1 in the last of 1025 images; set "dropLast"',
    );
    rejects(withBatches({ batchSize: 128, trainCount: 1 }), "RangeError", "training.trainCount");
    validateIteration(withBatches({ batchSize: 128, trainCount: 1025, dropLast: true }));
    validateIteration(withBatches({ batchSize: 128, trainCount: 1026 }));
    validateIteration(withBatches({ batchSize: 2 }));
  }
  // several places have a variance, and so has every other norm
  const single = { ...oneCycle.training, batchSize: 1 };
  validateIteration({ ...oneCycle, training: single });
  const layers = [flatten(), linear({ out: 10 }), layerNorm()];
  validateIteration({ ...oneCycle, layers, parameters: buildGraph(layers).parameterCount, training: single });
});

Deno.test("validateIteration() rejects a momentum to cycle where the optimizer has none", () => {
  const adagrad = { kind: "adagrad", learningRate: 0.01 },
    schedule = { kind: "oneCycle", maxLearningRate: 0.1 };
  rejects(
    withTraining({ optimizer: adagrad, schedule: { ...schedule, momentum: { base: 0.8 } } }),
    "TypeError",
    ', training.schedule.momentum: expected false beside "adagrad", which has no momentum',
  );
  // what is left out stands for PyTorch's 0.85 to 0.95
  rejects(
    withTraining({ optimizer: adagrad, schedule }),
    "TypeError",
    ', training.schedule.momentum: expected false beside "adagrad", which has no momentum, got nothing',
  );
  validateIteration(withTraining({ optimizer: adagrad, schedule: { ...schedule, momentum: false } }), FILE);
  validateIteration(withTraining({ optimizer: { kind: "rmsProp", learningRate: 0.01 }, schedule }), FILE);
});

Deno.test("validateIteration() rejects Nesterov's momentum without a momentum, as PyTorch does", () => {
  const optimizer = { kind: "sgd", learningRate: 0.1, nesterov: true }, constant = { kind: "constant" };
  const oneCycleOf = (momentum?: false) => ({ kind: "oneCycle", maxLearningRate: 0.1, momentum });
  for (const schedule of [constant, oneCycleOf(false)]) {
    for (const momentum of [undefined, 0]) {
      rejects(
        withTraining({ optimizer: { ...optimizer, momentum }, schedule }),
        "TypeError",
        ', training.optimizer.momentum: expected a momentum above 0 beside "nesterov"',
      );
    }
    validateIteration(withTraining({ optimizer: { ...optimizer, momentum: 0.9 }, schedule }), FILE);
  }
  // the schedule gives it one
  validateIteration(withTraining({ optimizer, schedule: oneCycleOf() }), FILE);
});

Deno.test("validateIteration() rejects a warm-up by epoch that is no epoch, or all of them", () => {
  const withWarmUp = (epochs: number, warmUp: number, per = "epoch") =>
    withTraining({ epochs, schedule: { kind: "cosine", per, warmUp } });
  for (const [epochs, warmUp] of [[20, 0.02], [4, 0.1], [1, 0.5], [20, 0.98]]) {
    rejects(
      withWarmUp(epochs, warmUp),
      "RangeError",
      `training.schedule.warmUp: expected a share of ${epochs} epochs that is at least 1 and not all of them`,
    );
    validateIteration(withWarmUp(epochs, warmUp, "step"), FILE);
  }
  for (const [epochs, warmUp] of [[20, 0.025], [20, 0.97], [2, 0.5], [1, 0]]) {
    validateIteration(withWarmUp(epochs, warmUp), FILE);
  }
});

Deno.test("validateIteration() rejects a plateau that would not lower the rate, as PyTorch does", () => {
  for (const factor of [1, 10, 0]) {
    rejects(
      withTraining({ schedule: { kind: "plateau", factor, patience: 1, metric: "trainLoss" } }),
      "RangeError",
      `training.schedule.factor: expected a number above 0 and below 1, got ${factor}`,
    );
  }
});

const sgd = oneCycle.training.optimizer;

/** What people get wrong, and all that they are told. */
const WHOLE_MESSAGES: readonly {
  readonly what: string;
  readonly iteration: unknown;
  readonly name: "TypeError" | "RangeError";
  readonly message: string;
}[] = [
  {
    what: "an unknown kind of layer",
    iteration: withLayers(relu(), { kind: "batchNrom" }),
    name: "TypeError",
    message: `, layer 2: expected a kind of ${LAYER_WORDS.map((word) => `"${word}"`).join(", ")}, ` +
      'got "batchNrom"; the nearest is "batchNorm"',
  },
  {
    what: "an unknown field of a layer",
    iteration: withLayers(relu(), { kind: "conv", out: 4, kernel: 3, strid: 2 }),
    name: "TypeError",
    message:
      ', layer 2 (conv): expected only "out", "kernel", "stride", "padding", "dilation", "groups", "bias", ' +
      'got "strid"; the nearest is "stride"',
  },
  {
    what: "a number out of range",
    iteration: withLayers({ kind: "dropout", p: 1 }),
    name: "RangeError",
    message: ", layer 1 (dropout).p: expected a number from 0 to below 1, got 1",
  },
  {
    what: "groups that do not divide",
    iteration: withLayers(conv({ out: 4, kernel: 3 }), conv({ out: 6, kernel: 3, groups: 4 })),
    name: "TypeError",
    message:
      ', layer 2 (conv): expected "groups" to divide the 4 channels that enter and the 6 that leave, ' +
      "got an input of [4,26,26]; 4 does not",
  },
  {
    what: "branches whose shapes do not fit",
    iteration: withLayers(branches("add", [], [conv({ out: 4, kernel: 3, padding: 1 })])),
    name: "TypeError",
    message:
      ', layer 1 (branches): expected the branches of "add" to end in one shape, [1,28,28] as branch 1, ' +
      "got [4,28,28] from branch 2",
  },
  {
    what: "a network that does not end in 10 logits",
    iteration: withLayers(conv({ out: 10, kernel: 3 })),
    name: "TypeError",
    message: ": expected the last layer to give the 10 logits [10], got [10,26,26] from layer 1 (conv); " +
      'end in "flatten", a global pool or "linear"',
  },
  {
    what: "repeated layers whose output does not fit their input",
    iteration: withLayers({ kind: "repeat", times: 2, layers: [conv({ out: 4, kernel: 3 })] }),
    name: "TypeError",
    message:
      ", layer 1 (repeat): expected repeated layers to give what enters them, [1,28,28], got [4,26,26]",
  },
  {
    what: "an option that the schedule does not have",
    iteration: withTraining({ schedule: { kind: "step", epochs: 5, factr: 0.1 } }),
    name: "TypeError",
    message: ', training.schedule: expected only "epochs", "factor", got "factr"; the nearest is "factor"',
  },
  {
    what: "an option that the optimizer does not have",
    iteration: withTraining({ optimizer: { ...sgd, nesterow: true } }),
    name: "TypeError",
    message: ', training.optimizer: expected only "learningRate", "momentum", "weightDecay", "nesterov", ' +
      '"decayNormAndBias", got "nesterow"; the nearest is "nesterov"',
  },
  {
    what: "a schedule that does not exist",
    iteration: withTraining({ schedule: { kind: "cosin", per: "epoch" } }),
    name: "TypeError",
    message:
      ', training.schedule: expected a kind of "constant", "step", "multiStep", "exponential", "cosine", ' +
      '"inverseTime", "plateau", "oneCycle", got "cosin"; the nearest is "cosine"',
  },
  {
    what: "parameters that differ from the layers, by a bias that a norm makes useless",
    iteration: {
      ...oneCycle,
      layers: [conv({ out: 4, kernel: 3 }), batchNorm(), globalAveragePool(), linear({ out: 10 })],
      parameters: 94,
    },
    name: "RangeError",
    message:
      ': expected the declared 94 parameters, got 98 from its layers; correct "parameters" or the layers: ' +
      "layer 1 (conv) has a bias that the norm behind makes useless (4 parameters; leave out with bias: false)",
  },
];

for (const { what, iteration, name, message } of WHOLE_MESSAGES) {
  Deno.test(`validateIteration() says all of it in one line: ${what}`, () => {
    throws(() => validateIteration(iteration, FILE), { name, message: `Cannot use ${FILE}${message}` });
  });
}

const adam = { kind: "adam", learningRate: 0.01 };

const OUT_OF_RANGE: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["training.epochs", { epochs: 0 }],
  ["training.batchSize", { batchSize: 1.5 }],
  ["training.labelSmoothing", { labelSmoothing: 1 }],
  ["training.l1", { l1: -1e-5 }],
  ["training.clipNorm", { clipNorm: 0 }],
  ["training.average.decay", { average: { decay: 1 } }],
  ["training.trainCount", { trainCount: 0 }],
  ["training.validationCount", { validationCount: -1 }],
  ["training.optimizer.learningRate", { optimizer: { ...sgd, learningRate: 0 } }],
  ["training.optimizer.momentum", { optimizer: { ...sgd, momentum: 1 } }],
  ["training.optimizer.weightDecay", { optimizer: { ...sgd, weightDecay: -1 } }],
  ["training.optimizer.beta1", { optimizer: { ...adam, beta1: 1 } }],
  ["training.optimizer.beta2", { optimizer: { ...adam, beta2: NaN } }],
  ["training.optimizer.epsilon", { optimizer: { ...adam, epsilon: -1e-8 } }],
  ["training.optimizer.alpha", { optimizer: { kind: "rmsProp", learningRate: 1, alpha: 2 } }],
  ["training.optimizer.rho", { optimizer: { kind: "adadelta", rho: -1 } }],
  ["training.schedule.epochs", { schedule: { kind: "step", epochs: 0, factor: 0.1 } }],
  ["training.schedule.epochs[1]", { schedule: { kind: "multiStep", epochs: [3, 0], factor: 0.1 } }],
  ["training.schedule.factor", { schedule: { kind: "step", epochs: 1, factor: 0 } }],
  ["training.schedule.maxLearningRate", { schedule: { kind: "oneCycle", maxLearningRate: -0.1 } }],
  ["training.schedule.warmUp", { schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 1.2 } }],
  ["training.schedule.patience", {
    schedule: { kind: "plateau", factor: 0.1, patience: -1, metric: "trainLoss" },
  }],
  ["training.augmentation[0].degrees", { augmentation: [{ kind: "rotate", degrees: 181 }] }],
  ["training.augmentation[0].fill", { augmentation: [{ kind: "rotate", degrees: 1, fill: 256 }] }],
  ["training.augmentation[0].fraction", { augmentation: [{ kind: "translate", fraction: -1 }] }],
  ["training.augmentation[0].shear", { augmentation: [{ kind: "affine", degrees: 0, shear: 90 }] }],
  ["training.augmentation[0].sigma", { augmentation: [{ kind: "elastic", alpha: 1, sigma: 7 }] }],
  ["training.augmentation[0].padding", { augmentation: [{ kind: "randomCrop", padding: 2.5 }] }],
  ["training.augmentation[0].distortion", { augmentation: [{ kind: "perspective", distortion: 2 }] }],
  ["training.augmentation[0].brightness", { augmentation: [{ kind: "colorJitter", brightness: -1 }] }],
  [
    "training.augmentation[1].size",
    { augmentation: [{ kind: "rotate", degrees: 5 }, { kind: "centerCropResize", p: 0.1, size: 29 }] },
  ],
  ["training.augmentation[0].p", { augmentation: [{ kind: "centerCropResize", p: 2, size: 22 }] }],
  ["training.testNormalization.deviation", { testNormalization: { mean: 0, deviation: 0 } }],
];

for (const [field, change] of OUT_OF_RANGE) {
  Deno.test(`validateIteration() rejects a number out of range in ${field}`, () => {
    rejects(withTraining(change), "RangeError", `, ${field}: expected `);
  });
}

Deno.test("validateIteration() rejects numbers out of range outside the training", () => {
  rejects({ ...oneCycle, id: 0 }, "RangeError", ", id: ");
  rejects(
    { ...oneCycle, criteria: { shareReachingTarget: 50 } },
    "RangeError",
    ", criteria.shareReachingTarget: ",
  );
  rejects({ ...oneCycle, claim: { bestTestAccuracy: 99.4 } }, "RangeError", ", claim.bestTestAccuracy: ");
  rejects(withLayers(conv({ out: 4, kernel: 3, stride: 0 })), "RangeError", ", layer 1 (conv).stride: ");
  rejects(withLayers({ kind: "dropout", p: 1 }), "RangeError", ", layer 1 (dropout).p: ");
  rejects(
    withLayers({ kind: "repeat", times: 0, layers: [relu()] }),
    "RangeError",
    ", layer 1 (repeat).times: ",
  );
});

Deno.test("validateIteration() rejects what is missing or of another type", () => {
  const without = (field: keyof Iteration): unknown => ({ ...oneCycle, [field]: undefined });
  rejects(without("training"), "TypeError", ", training: expected an object, got nothing");
  rejects(without("layers"), "TypeError", ", layers: expected a list of at least one layer, got nothing");
  rejects({ ...oneCycle, layers: [] }, "TypeError", "got []");
  rejects({ ...oneCycle, title: "" }, "TypeError", ', title: expected a text, got ""');
  rejects(
    withTraining({ epochs: "20" }),
    "TypeError",
    ", training.epochs: expected a whole number",
    'got "20"',
  );
  rejects(
    withTraining({ augmentation: { kind: "rotate" } }),
    "TypeError",
    ", training.augmentation: expected a list",
  );
  rejects(withTraining({ dropLast: 1 }), "TypeError", ", training.dropLast: expected true or false, got 1");
  rejects(withLayers({ kind: "conv", out: 4 }), "TypeError", ", layer 1 (conv).kernel: ", "got nothing");
  rejects(
    withLayers({ kind: "branches", join: "add", branches: [[]] }),
    "TypeError",
    ".branches: ",
    "at least 2",
  );
  rejects(
    withLayers({ kind: "branches", join: "add", branches: [[], 3] }),
    "TypeError",
    ", branch 2: expected a list",
  );
  for (const value of [undefined, null, 5, "x", []]) rejects(value, "TypeError", "expected an object");
});

Deno.test("validateIteration() rejects layers that do not fit together", () => {
  const grouped = [conv({ out: 4, kernel: 3 }), conv({ out: 6, kernel: 3, groups: 4 })];
  rejects(
    withLayers(...grouped),
    "TypeError",
    ", layer 2 (conv): ",
    '"groups" to divide the 4 channels',
    "4 does not",
  );
  rejects(
    withLayers(branches("add", [], [conv({ out: 4, kernel: 3, padding: 1 })])),
    "TypeError",
    ", layer 1 (branches): ",
    "[1,28,28] as branch 1",
    "[4,28,28] from branch 2",
  );
  rejects(
    withLayers({ kind: "repeat", times: 2, layers: [conv({ out: 4, kernel: 3 })] }),
    "TypeError",
    ", layer 1 (repeat): ",
    "[1,28,28], got [4,26,26]",
  );
});

Deno.test("validateIteration() rejects a network that does not end in 10 logits", () => {
  rejects(
    withLayers(...oneCycle.layers.slice(0, -1)),
    "TypeError",
    ": expected the last layer to give the 10 logits [10], got [48] from layer 21 (dropout)",
  );
  rejects(
    withLayers(...oneCycle.layers.slice(0, -1), linear({ out: 9 })),
    "TypeError",
    "got [9] from layer 22 (linear)",
  );
  rejects(
    withLayers(conv({ out: 10, kernel: 3 })),
    "TypeError",
    'got [10,26,26] from layer 1 (conv); end in "flatten", a global pool or "linear"',
  );
});

Deno.test("validateIteration() takes whatever ends in 10 logits", () => {
  const parameters = 10 * 9 + 10;
  for (
    const last of [[globalAveragePool()], [globalAveragePool(), relu()], [
      conv({ out: 10, kernel: 26, groups: 10, bias: false }),
      flatten(),
    ]]
  ) {
    const layers = [conv({ out: 10, kernel: 3 }), ...last];
    const own = last.length === 2 && last[0].kind === "conv" ? 10 * 26 * 26 : 0;
    equal(validateIteration({ ...oneCycle, layers, parameters: parameters + own }).logits, layers.length);
  }
});

Deno.test("validateIteration() says which biases make the parameters too many", () => {
  rejects(
    { ...oneCycle, parameters: 19_650 },
    "RangeError",
    ": expected the declared 19650 parameters, got 19798 from its layers; ",
    "layer 1 (conv); layer 4 (conv); layer 9 (conv); layer 12 (conv); layer 17 (conv) have biases that the norm behind " +
      "makes useless (148 parameters; leave out with bias: false)",
  );
  const layers = [conv({ out: 4, kernel: 3 }), batchNorm(), globalAveragePool(), linear({ out: 10 })];
  rejects(
    { ...oneCycle, layers, parameters: 94 },
    "RangeError",
    "layer 1 (conv) has a bias",
    "(4 parameters;",
  );
  const bare = [conv({ out: 4, kernel: 3 }), globalAveragePool(), linear({ out: 10 })];
  throws(() => validateIteration({ ...oneCycle, layers: bare, parameters: 1 }, FILE), {
    name: "RangeError",
    message: `Cannot use ${FILE}: expected the declared 1 parameters, got 90 from its layers; ` +
      'correct "parameters" or the layers',
  });
});

Deno.test("uselessBiases() finds biases that a norm takes out again, and no others", () => {
  const labels = (...layers: Layer[]) => uselessBiases(buildGraph(layers)).map(({ label }) => label);
  const first = conv({ out: 4, kernel: 3 }), found = ["layer 1 (conv)"];
  for (const norm of [batchNorm(), ghostBatchNorm({ splits: 2 }), instanceNorm(), groupNorm({ groups: 4 })]) {
    deepEqual(labels(first, norm), found, norm.kind);
    deepEqual(labels(first, maxPool({ size: 2 }), averagePool({ size: 2 }), norm), found, norm.kind);
    deepEqual(labels(first, relu(), norm), [], norm.kind);
    deepEqual(labels(conv({ out: 4, kernel: 3, bias: false }), norm), [], norm.kind);
  }
  deepEqual(labels(first, globalAveragePool(), linear({ out: 3 }), batchNorm()), [
    "layer 1 (conv)",
    "layer 3 (linear)",
  ]);
  for (const norm of [layerNorm(), groupNorm({ groups: 2 })]) deepEqual(labels(first, norm), [], norm.kind);
  // another reader sees the bias
  deepEqual(labels(first, branches("add", [], [batchNorm()])), []);
  deepEqual(uselessBiases(buildGraph([first, batchNorm()])), [{ label: "layer 1 (conv)", elements: 4 }]);
});

Deno.test("the types of an iteration are those that are checked", () => {
  const training: Training = {
    ...oneCycle.training,
    clipNorm: 1,
    average: { decay: 0.99 },
    initialization: "keras",
  };
  equal(validateIteration({ ...oneCycle, training }).parameterCount, 19_798);
});
