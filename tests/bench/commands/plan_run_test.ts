import assert from "node:assert/strict";
import { configHash } from "../../../bench/run/manifest.ts";
import { formatPlan, makePlan, plansWeights, readPlan } from "../../../bench/shards/plan_file.ts";
import { trialWork } from "../../../bench/run/work.ts";
import { LONG, SHORT, withFolder } from "../fixtures.ts";
import { Place } from "../shards/shard_fixtures.ts";

Deno.test("plan:run writes every trial, engine, data digests, recipes with their hashes, and the commit", () =>
  withFolder(async (folder) => {
    const place = new Place(folder);
    const { code, out } = await place.planRun("--seeds 0-99 --shards 8");
    assert.equal(code, 0);
    assert.match(out, /trials {3}iterations 1,2 × seeds 0-99: 200\n/);
    assert.match(out, /shards {3}8 of about \S+ each, the dearest \d+\.\d % above that/);
    const { plan, digest } = readPlan(place.plan);
    assert.match(digest, /^[0-9a-f]{64}$/);
    assert.equal(plan.trials.length, 200);
    assert.deepEqual(plan.trials[123], {
      iteration: 2,
      seed: 23,
      multiplyAdds: trialWork({ iteration: LONG, seed: 23, epochs: 4 }, 5000),
    });
    assert.deepEqual(plan.iterations.map((each) => each.configHash), [SHORT, LONG].map(configHash));
    assert.deepEqual(plan.dataset.digests, {
      "train-images-idx3-ubyte": "aa",
      "train-labels-idx1-ubyte": "bb",
    });
    assert.deepEqual([plan.engine.name, plan.git], ["wasm", { commit: "c0ffee", dirty: false }]);
    // the same plan again is no error, another one is: shards may belong to the first
    assert.equal((await place.planRun("--seeds 0-99")).code, 0);
    const other = await place.planRun("--seeds 0-98");
    assert.equal(other.code, 2);
    assert.match(
      other.err,
      /expected no file there or the same plan, got another file; choose another --out/,
    );
    assert.match(
      (await place.planRun("--seeds 0 --shards 9")).err,
      /expected at most 2 shards, one for each trial, got 9/,
    );
  }));

Deno.test("readPlan() refuses a file that was damaged or edited, and says where", () =>
  withFolder(async (folder) => {
    const place = new Place(folder);
    await place.planRun("--seeds 0-2");
    const { plan } = readPlan(place.plan), text = formatPlan(plan);
    const said = (changed: string) => {
      Deno.writeTextFileSync(place.plan, changed);
      try {
        readPlan(place.plan);
      } catch (error) {
        return (error as Error).message;
      }
      return "nothing";
    };
    assert.equal(said(text), "nothing");
    const [recipe] = plan.iterations;
    const cases: [string, RegExp][] = [
      [text.slice(0, 400), /expected JSON, got/],
      ["{}", /expected the kind "under20k plan", got none/],
      [text.replace('"schema": 2', '"schema": 1'), /expected schema 2, got "1"/],
      [
        text.replace('"weights": "first"', '"weights": "best"'),
        /expected weights of none, first, all, got ""best""|got "\\"best\\""/,
      ],
      [text.replace('"quick": false', '"quick": false, "frob": 1'), /expected one of kind, .*, got "frob"/],
      [
        text.replace('{"iteration":1,"seed":0', '{"iteration":3,"seed":0'),
        /expected an iteration and a seed of the plan .* in "trials\[0\]"/,
      ],
      [text.replace('"seed":1,', '"seed":0,'), /expected each trial once, got iteration-1-seed-0 twice/],
      [
        text.replace(/"trials": \[[^]*\]/, '"trials": [null]'),
        /expected an iteration and a seed of the plan .* in "trials\[0\]", got "null"/,
      ],
      [
        text.replace('"name": "wasm"', '"name": "wasm-unfused"'),
        /expected an engine of wasm, webgpu, got "\\?"wasm-unfused\\?""/,
      ],
      [formatPlan({ ...plan, trials: [] }), /expected a list of trials, got "\[\]"/],
      [
        formatPlan({ ...plan, iterations: [{ ...recipe, training: { ...recipe.training, batchSize: 16 } }] }),
        /expected layers and training of iteration 1 with SHA-256 \w{64}, got \w{64}; make it anew/,
      ],
    ];
    for (const [changed, wanted] of cases) assert.match(said(changed), wanted);
  }));

Deno.test("plansWeights() takes the first seed of the plan as it was named, in whatever shard", () => {
  const identity = {
    schema: 2,
    dataset: { name: "mnist", digests: {}, trainImages: 100, testImages: 10 },
    engine: { name: "wasm", version: 1 },
    quick: false,
    epochs: null,
  };
  const plan = makePlan(identity, {
    iterations: [LONG, SHORT],
    seeds: [5, 2, 5, 9],
    weights: "first",
    git: null,
  });
  assert.deepEqual(plan.trials.map(({ iteration, seed }) => [iteration, seed]), [
    [1, 2],
    [1, 5],
    [1, 9],
    [2, 2],
    [2, 5],
    [2, 9],
  ]);
  assert.deepEqual([2, 5, 9].filter((seed) => plansWeights(plan, { seed })), [5]);
  assert.deepEqual([2, 5, 9].filter((seed) => plansWeights({ ...plan, weights: "all" }, { seed })), [
    2,
    5,
    9,
  ]);
});

Deno.test("bench says what contradicts a plan", () =>
  withFolder(async (folder) => {
    const place = new Place(folder);
    await place.planRun("--seeds 0-2");
    const said = async (flags: string) => (await place.bench("x", flags)).err;
    assert.match(await said("--shard 1/2"), /Cannot use --shard: expected --plan with it, got none/);
    for (
      const flag of [
        "--epochs 1",
        "--engine wasm",
        "--dataset synthetic",
        "--weights all",
        "--quick",
        "--trials 2",
      ]
    ) {
      assert.match(await said(`--plan ${place.plan} ${flag}`), /expected it to be decided by the plan/, flag);
    }
    assert.match(
      await said(`--plan ${place.plan} --shard 1/2 --seeds 1`),
      /expected either it or --seeds, got both/,
    );
    assert.match(
      await said(`--plan ${place.plan} --seeds 7`),
      /expected seeds of the plan \(0-2\), got 7; leave it out/,
    );
    assert.match(
      await said(`--plan ${place.plan} --iterations 7`),
      /expected iterations of the plan \(1,2\), got 7/,
    );
    const empty = await place.shard(8, 8);
    assert.equal(empty.code, 0, empty.err);
    assert.match(empty.err, /trials {3}shard 8\/8 of plan\.json: 0 of 6/);
    assert.equal((await place.merge(["shards/8"])).code, 1);
  }));
