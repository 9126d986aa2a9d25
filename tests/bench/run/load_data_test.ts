import { deepEqual, equal } from "node:assert/strict";
import { fitToPart } from "../../../bench/run/load_data.ts";
import { QUICK_IMAGES } from "../../../bench/run/options.ts";
import { splitTrainingSet } from "../../../engine/training_set.ts";
import { completeTraining } from "../../../models/iteration.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";

const training = { ...oneCycle.training, trainCount: 54_000, validationCount: 6_000 };
const trials = [
  { iteration: { ...oneCycle, training }, seed: 3, epochs: 2 },
  { iteration: oneCycle, seed: 4, epochs: 1 },
];

Deno.test("fitToPart() lets a quick run hold out the share that the recipe holds out of all images", () => {
  const [split, whole] = fitToPart(trials, { quick: true });
  deepEqual([split.seed, split.epochs, whole.seed, whole.epochs], [3, 2, 4, 1]);
  const places = splitTrainingSet(completeTraining(split.iteration.training), QUICK_IMAGES.train);
  deepEqual(places, { trainCount: 3_686, validationStart: 3_687, validationCount: 409 });
  deepEqual(completeTraining(whole.iteration.training), completeTraining(oneCycle.training));
});

Deno.test("fitToPart() leaves a whole run's trials as they are", () => {
  equal(fitToPart(trials, { quick: false }), trials);
});
