import { equal, ok } from "node:assert/strict";
import { completeKind } from "../../../../models/kinds.ts";
import {
  type EpochMeasures,
  type Schedule,
  scheduleKindOf,
  SCHEDULES,
} from "../../../../models/recipe/schedules/mod.ts";
import { GoldenFile } from "../../../golden_file.ts";

const ROUNDING = 1e-14; // a few float64 operations, relative to the largest value
const STEPS_PER_EPOCH = 469;

/** What a golden file says of a training. */
interface Setting {
  readonly schedule: Schedule;
  readonly learningRate: number;
  readonly momentum?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  readonly history?: readonly EpochMeasures[];
}

/** Rate and momentum of a step. */
function at(setting: Setting, step: number): { readonly learningRate: number; readonly momentum: number } {
  const { learningRate, momentum = 0.9, epochs = 20, stepsPerEpoch = STEPS_PER_EPOCH, history = [] } =
    setting;
  const schedule = completeKind(SCHEDULES, setting.schedule), kind = scheduleKindOf(schedule);
  const position = { step, stepsPerEpoch, epochs, learningRate, momentum, history };
  return {
    learningRate: kind.learningRate(schedule, position),
    momentum: kind.momentum(schedule, position),
  };
}

function close(got: number, expected: number, scale: number, what: string): void {
  ok(Math.abs(got - expected) <= ROUNDING * scale, `${what}: expected ${expected}, got ${got}`);
}

/** Rates of an epoch's first and last step against PyTorch's. */
function byEpoch(file: string, name: string, setting: Setting): void {
  Deno.test(`golden: "${setting.schedule.kind}" has PyTorch's rates of ${name}`, () => {
    const rates = new GoldenFile(file).f64(name);
    rates.forEach((expected, epoch) => {
      for (const step of [epoch * STEPS_PER_EPOCH, (epoch + 1) * STEPS_PER_EPOCH - 1]) {
        close(
          at({ epochs: rates.length, ...setting }, step).learningRate,
          expected,
          setting.learningRate,
          `step ${step}`,
        );
      }
    });
  });
}

/** Rates and momenta of every 67th step against PyTorch's. */
function byStep(file: string, name: string, setting: Setting, every = 67): void {
  Deno.test(`golden: "${setting.schedule.kind}" has PyTorch's rates and momenta of ${name}`, () => {
    const golden = new GoldenFile(file);
    const rates = golden.f64(`${name}/learning_rate`), momenta = golden.f64(`${name}/momentum`);
    const { epochs = 20, stepsPerEpoch = STEPS_PER_EPOCH } = setting;
    equal(rates.length, epochs * stepsPerEpoch / every);
    rates.forEach((expected, index) => {
      const step = index * every, got = at(setting, step);
      close(got.learningRate, expected, setting.learningRate, `rate at ${step}`);
      close(got.momentum, momenta[index], 1, `momentum at ${step}`);
    });
  });
}

const NETWORKS = "networks/schedules", learningRate = 0.05;
byEpoch(NETWORKS, "multi_step", {
  schedule: { kind: "multiStep", epochs: [6, 12, 17], factor: 0.2 },
  learningRate,
});
byEpoch(NETWORKS, "exponential", { schedule: { kind: "exponential", factor: 0.85 }, learningRate });
byEpoch(NETWORKS, "cosine_per_epoch", {
  schedule: { kind: "cosine", per: "epoch", minimum: 1e-4 },
  learningRate,
});
byEpoch(NETWORKS, "inverse_time", { schedule: { kind: "inverseTime", rate: 0.319 }, learningRate });
byStep(NETWORKS, "cosine_per_step", { schedule: { kind: "cosine", per: "step" }, learningRate });
byStep(NETWORKS, "warm_up_cosine", { schedule: { kind: "cosine", per: "step", warmUp: 0.1 }, learningRate });

/** PyTorch's settings of a one-cycle schedule. */
interface OneCycleSettings {
  readonly max_lr: number;
  readonly epochs: number;
  readonly steps_per_epoch: number;
  readonly div_factor?: number;
  readonly final_div_factor?: number;
  readonly pct_start?: number;
  readonly anneal_strategy?: "cos" | "linear";
  readonly three_phase?: boolean;
  readonly cycle_momentum?: boolean;
  readonly base_momentum?: number;
  readonly max_momentum?: number;
}

for (const [name, text] of Object.entries(new GoldenFile(NETWORKS).metadata)) {
  if (!name.startsWith("one_cycle")) continue;
  const { OneCycleLR: settings, every }: { OneCycleLR: OneCycleSettings; every: number } = JSON.parse(text);
  byStep(NETWORKS, name, {
    schedule: {
      kind: "oneCycle",
      maxLearningRate: settings.max_lr,
      warmUp: settings.pct_start,
      divisor: settings.div_factor,
      finalDivisor: settings.final_div_factor,
      anneal: settings.anneal_strategy === "linear" ? "linear" : undefined,
      threePhase: settings.three_phase,
      momentum: settings.cycle_momentum === false
        ? false
        : { base: settings.base_momentum, max: settings.max_momentum },
    },
    learningRate: settings.max_lr,
    epochs: settings.epochs,
    stepsPerEpoch: settings.steps_per_epoch,
  }, every);
}

Deno.test('golden: "plateau" has PyTorch\'s rates', () => {
  const golden = new GoldenFile(NETWORKS);
  const metric = golden.f64("plateau/metric"), rates = golden.f64("plateau/learning_rate");
  for (const name of ["trainLoss", "validationLoss"] as const) {
    // another figure that falls all the time would never lower the rate
    const history = Array.from(metric, (value, epoch): EpochMeasures => ({
      trainLoss: -epoch,
      trainAccuracy: epoch,
      [name]: value,
    }));
    const schedule = { kind: "plateau", factor: 0.3, patience: 2, metric: name } as const;
    rates.forEach((expected, epoch) => {
      const setting = { schedule, learningRate, epochs: rates.length, history: history.slice(0, epoch) };
      close(at(setting, epoch * STEPS_PER_EPOCH).learningRate, expected, learningRate, `epoch ${epoch}`);
    });
  }
});

/** PyTorch 2.13's `ReduceLROnPlateau` from a rate of 1, printed by hand: settings, figures, and the rate of each epoch. */
const PLATEAUS = [
  [
    { patience: 0, cooldown: 2, metric: "trainLoss" },
    [3, 2, 2, 2, 2, 2, 2, 1.9, 1.9, 1.9, 1.9, 1.9],
    [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625],
  ],
  [
    { patience: 1, cooldown: 1, metric: "trainLoss" },
    [3, 2, 2, 2, 2, 2, 2, 1.9, 1.9, 1.9, 1.9, 1.9],
    [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125],
  ],
  [
    { patience: 0, threshold: 0.1, minimum: 0.1, metric: "validationLoss" },
    [3, 2, 2, 2, 2, 2, 2, 1.9, 1.9, 1.9, 1.9, 1.9],
    [1, 1, 1, 0.5, 0.25, 0.125, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
  ],
  [
    { patience: 0, threshold: 0.06, cooldown: 1, minimum: 0.2, metric: "validationAccuracy" },
    [0.5, 0.6, 0.6, 0.63, 0.63, 0.5, 0.7, 0.7, 0.7, 0.7],
    [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2],
  ],
] as const;

for (const [settings, figures, rates] of PLATEAUS) {
  Deno.test(`"plateau" has PyTorch's rates with ${JSON.stringify(settings)}`, () => {
    const history = figures.map((figure): EpochMeasures => ({
      trainLoss: 0,
      trainAccuracy: 0,
      [settings.metric]: figure,
    }));
    const schedule = { kind: "plateau", factor: 0.5, ...settings } as const;
    rates.forEach((expected, epoch) => {
      const setting = { schedule, learningRate: 1, history: history.slice(0, epoch) };
      close(at(setting, epoch * STEPS_PER_EPOCH).learningRate, expected, 1, `epoch ${epoch}`);
    });
  });
}

for (const epochs of [20, 16]) {
  byStep("schedules", `one_cycle_${epochs}_epochs`, {
    schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.2 },
    learningRate: 0.1,
    epochs,
  });
}
byEpoch("schedules", "step_lr_per_epoch", {
  schedule: { kind: "step", epochs: 15, factor: 0.1 },
  learningRate: 0.01,
});
