import assert from "node:assert/strict";
import { drawDataset } from "../../../data/synthetic.ts";
import type { Trial, TrialEvent } from "../../../engine/engine.ts";
import { WorkerPool } from "../../../engine/wasm/pool.ts";
import { TrainingRun } from "../../../engine/wasm/training_run.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { flatten, linear, maxPool } from "../../../models/layers/mod.ts";
import { iterationNumber } from "./short_trainings.ts";

const { train, test } = drawDataset({ trainCount: 1003, testCount: 203 });

/** An angle that the project's cosine refuses, in the middle of an epoch; no engine's door lets it in. */
const broken = (iteration: Iteration): Iteration => ({
  ...iteration,
  training: { ...iteration.training, augmentation: [{ kind: "rotate", degrees: 1e9 }] },
});
const breaking = broken(iterationNumber(1));

const small: Iteration = {
  ...iterationNumber(1),
  layers: [maxPool({ size: 4 }), flatten(), linear({ out: 10 })],
  parameters: 500,
  training: { ...iterationNumber(1).training, augmentation: [], epochs: 5 },
};
const few = drawDataset({ trainCount: 16, testCount: 8 });

async function withPool<T>(workers: number, use: (pool: WorkerPool) => Promise<T>): Promise<T> {
  const pool = await WorkerPool.start(workers, false);
  try {
    return await use(pool);
  } finally {
    pool.close();
  }
}

/** Trains, and returns how each trial ended; rejects where nothing more is heard. */
async function endsOf(
  pool: WorkerPool,
  trials: readonly Trial[],
  { train, test, onCompleted }: Pick<typeof few, "train" | "test"> & { readonly onCompleted?: () => void },
): Promise<TrialEvent[]> {
  const ends: TrialEvent[] = [];
  const onEvent = (event: TrialEvent) => {
    if (event.kind !== "progress" && event.kind !== "epoch") ends.push(event);
    if (event.kind === "completed") onCompleted?.();
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`nothing in two minutes but ${JSON.stringify(kindsOf(ends))}`)),
      120_000,
    );
  });
  try {
    await Promise.race([new TrainingRun(pool, trials, { train, test, onEvent }).start(), late]);
    return ends;
  } finally {
    clearTimeout(timer);
  }
}

const kindsOf = (ends: readonly TrialEvent[]) => ends.map(({ kind, trial }) => [kind, trial]);

Deno.test("start() ends a trial that breaks on its workers as failed, replaces them and goes on", async () => {
  // the first has both workers, one of which waits for the other
  const alone = await withPool(
    2,
    (pool) => endsOf(pool, [{ iteration: breaking, seed: 0, epochs: 1 }], { train, test }),
  );
  assert.deepEqual(kindsOf(alone), [["failed", 0]]);
  assert.match(alone[0].kind === "failed" ? alone[0].message : "", /^Cannot compute (sin|cos)/);
  const trials = [
    { iteration: breaking, seed: 0, epochs: 1 },
    { iteration: breaking, seed: 1, epochs: 1 },
    { iteration: iterationNumber(1), seed: 0, epochs: 1 },
  ];
  const ends = await withPool(1, (pool) => endsOf(pool, trials, { train, test }));
  assert.deepEqual(kindsOf(ends), [["failed", 0], ["failed", 1], ["completed", 2]]);
});

Deno.test("start() ends when broken workers have successors, not with the last trial", async () => {
  await withPool(2, async (pool) => {
    const replace = pool.replace.bind(pool), completed = Promise.withResolvers<void>();
    // a successor that starts only when the other trial has ended
    pool.replace = async (index) => {
      await completed.promise;
      return await replace(index);
    };
    const first = await endsOf(pool, [
      { iteration: broken(small), seed: 0, epochs: 1 },
      { iteration: small, seed: 0, epochs: 5 },
    ], { ...few, onCompleted: completed.resolve });
    assert.deepEqual(kindsOf(first).sort(), [["completed", 1], ["failed", 0]]);
    const trials = [0, 1].map((seed) => ({ iteration: small, seed, epochs: 1 }));
    assert.deepEqual(kindsOf(await endsOf(pool, trials, few)).sort(), [["completed", 0], ["completed", 1]]);
  });
});
