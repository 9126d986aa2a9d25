/**
 * The first 20 losses of each iteration: training them on any engine, what float64 makes of them, and how far float32's
 * rounding carries them from that.
 *
 * Run as a program it writes `tests/golden/first_losses.json` anew from the float64 reference (a quarter of an hour), or
 * with `errors` behind it `first_loss_errors.json` from the CPU engine (ten minutes):
 * `deno run --allow-read --allow-write=tests/golden tests/engine/first_losses.ts [errors]`
 *
 * @module
 */
import { drawDataset } from "../../data/synthetic.ts";
import { epochOrder } from "../../engine/batch_order.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import type { OpenNetwork } from "../../engine/stepping.ts";
import { drawMany, Stream } from "../../engine/streams.ts";
import { openNetwork } from "../../engine/wasm/stepping.ts";
import { buildGraph } from "../../models/graph.ts";
import { loadIterations } from "../../models/catalog.ts";
import { openReference } from "./reference/training.ts";

const STEPS = 20, BATCH = 128;
/** The seed of all that is drawn. */
const SEED = 3;
/** Iterations with a network or recipe of their own. */
export const ITERATIONS = [1, 3, 4, 5];

const fileOf = (name: string) => new URL(`../golden/${name}.json`, import.meta.url);
const LOSSES = fileOf("first_losses"), ERRORS = fileOf("first_loss_errors");

/** Mean losses of the first steps in float64, by iteration. */
export async function readFirstLosses(): Promise<Record<string, number[]>> {
  return JSON.parse(await Deno.readTextFile(LOSSES));
}

/**
 * By iteration and step, the largest relative error up to that step which float32 was seen to have: of `DRAWS`
 * trainings on the CPU engine, each from weights whose last bits are moved by chance.
 */
export async function readFirstLossErrors(): Promise<Record<string, number[]>> {
  return JSON.parse(await Deno.readTextFile(ERRORS));
}

/** Mean losses of the first steps, one epoch of synthetic digits, as an engine makes them. */
export async function trainFirstSteps(
  open: OpenNetwork,
  id: number,
  change = (_values: Float32Array) => {},
): Promise<number[]> {
  const iteration = (await loadIterations()).find((each) => each.id === id)!;
  const { train } = drawDataset({ trainCount: STEPS * BATCH, testCount: 8 });
  const order = epochOrder(STEPS * BATCH, SEED, 1);
  const values = initialTensors(buildGraph(iteration.layers), SEED);
  change(values);
  const network = await open(iteration, values);
  try {
    const losses: number[] = [];
    for (let stepNumber = 0; stepNumber < STEPS; stepNumber++) {
      const indices = order.slice(stepNumber * BATCH, (stepNumber + 1) * BATCH);
      const position = { epoch: 1, seed: SEED, stepNumber, stepsPerEpoch: STEPS };
      losses.push((await network.trainStep(train, indices, position)).loss / BATCH);
    }
    return losses;
  } finally {
    network.close();
  }
}

/** Trainings of each iteration that show how far rounding carries. */
const DRAWS = 200;
/** Units in the last place: what WebGPU lets a division or a root be off by is 2.5 to 4. */
const MOST_UNITS = 4;

/** Moves each value by up to `MOST_UNITS`, up or down by chance. */
function move(values: Float32Array, draw: number): void {
  const words = new Uint32Array(values.length);
  drawMany({ seed: SEED, stream: Stream.batchOrder, index: draw }, words);
  words.forEach((word, i) => values[i] *= 1 + (word / 2 ** 31 - 1) * MOST_UNITS * 2 ** -23);
}

async function largestErrors(id: number, expected: readonly number[]): Promise<number[]> {
  const largest = expected.map(() => 0);
  for (let draw = 0; draw < DRAWS; draw++) {
    const losses = await trainFirstSteps(openNetwork, id, (values) => move(values, draw));
    let soFar = 0;
    losses.forEach((loss, step) => {
      soFar = Math.max(soFar, Math.abs(loss / expected[step] - 1));
      largest[step] = Math.max(largest[step], soFar);
    });
  }
  return largest.map((error) => Number(error.toPrecision(2)));
}

async function write(file: URL, compute: (id: number) => Promise<number[]>): Promise<void> {
  const values: Record<string, number[]> = {};
  for (const id of ITERATIONS) {
    values[id] = await compute(id);
    console.error(`iteration ${id}: ${values[id].join(" ")}`);
  }
  await Deno.writeTextFile(file, JSON.stringify(values, null, 2) + "\n");
}

if (import.meta.main) {
  const losses = Deno.args[0] === "errors" ? await readFirstLosses() : undefined;
  if (losses) await write(ERRORS, (id) => largestErrors(id, losses[id]));
  else await write(LOSSES, (id) => trainFirstSteps(openReference, id));
}
