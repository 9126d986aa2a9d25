/**
 * The first 20 losses of each iteration: training them on any engine, and what float64 makes of them.
 *
 * Run as a program it trains the float64 reference and writes `tests/golden/first_losses.json` anew (a quarter of an
 * hour): `deno run --allow-read --allow-write=tests/golden tests/engine/first_losses.ts`
 *
 * @module
 */
import { drawDataset } from "../../data/synthetic.ts";
import { epochOrder } from "../../engine/batch_order.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import type { OpenNetwork } from "../../engine/stepping.ts";
import { buildGraph } from "../../models/graph.ts";
import { loadIterations } from "../../models/catalog.ts";
import { openReference } from "./reference/training.ts";

const STEPS = 20, BATCH = 128;
/** The seed of all that is drawn. */
const SEED = 3;
/** Iterations with a network or recipe of their own. */
export const ITERATIONS = [1, 3, 4, 5];

const FILE = new URL("../golden/first_losses.json", import.meta.url);

/** Mean losses of the first steps in float64, by iteration. */
export async function readFirstLosses(): Promise<Record<string, number[]>> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

/** Mean losses of the first steps, one epoch of synthetic digits, as an engine makes them. */
export async function trainFirstSteps(open: OpenNetwork, id: number): Promise<number[]> {
  const iteration = (await loadIterations()).find((each) => each.id === id)!;
  const { train } = drawDataset({ trainCount: STEPS * BATCH, testCount: 8 });
  const order = epochOrder(STEPS * BATCH, SEED, 1);
  const network = await open(iteration, initialTensors(buildGraph(iteration.layers), SEED));
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

if (import.meta.main) {
  const losses: Record<string, number[]> = {};
  for (const id of ITERATIONS) {
    losses[id] = await trainFirstSteps(openReference, id);
    console.error(`iteration ${id}: ${losses[id].join(" ")}`);
  }
  await Deno.writeTextFile(FILE, JSON.stringify(losses, null, 2) + "\n");
}
