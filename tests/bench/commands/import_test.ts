/**
 * Weights that a training left, evaluated again from their file: the engine's own predictions and digest come out.
 * Files that are wrong: one line, exit code 2, nothing written.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as importWeights } from "../../../bench/commands/import.ts";
import { drawDataset } from "../../../data/synthetic.ts";
import { sha256Hex } from "../../../engine/digest.ts";
import type { NamedTensor } from "../../../engine/engine.ts";
import { parseSafetensors, serializeSafetensors } from "../../../engine/safetensors.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { fakeSurroundings, LONG, withFolder } from "../fixtures.ts";

const DATA = drawDataset({ trainCount: 128, testCount: 100 });
const { claim: _, criteria: __, ...network } = LONG;
const NET: Iteration = { ...network, training: { ...LONG.training, epochs: 1 } };
const AVERAGED: Iteration = { ...NET, training: { ...NET.training, average: { decay: 0.9 } } };

/** What a training of an iteration leaves. */
async function train(iteration: Iteration) {
  const engine = await createWasmEngine({ workers: 1, wide: false });
  let digest = "", tensors: readonly NamedTensor[] = [], predictions = new Uint8Array();
  try {
    await engine.train([{ iteration, seed: 3, epochs: 1 }], {
      ...DATA,
      onEvent(event) {
        if (event.kind === "epoch") digest = event.result.weightsDigest;
        if (event.kind === "completed") {
          tensors = event.tensors;
          predictions = event.predictions.slice();
        }
      },
    });
  } finally {
    engine.close();
  }
  assert.equal(predictions.length, 100);
  return { digest, tensors, predictions };
}

async function run(command: typeof importWeights | typeof bench, args: readonly string[]) {
  const surroundings = fakeSurroundings({ dataset: DATA });
  const code = await command(args, surroundings);
  return { code, out: surroundings.out.text(), err: surroundings.err.text() };
}

const withNet = (iteration: Iteration, action: (folder: string, net: string) => Promise<void>) =>
  withFolder(async (folder) => {
    const net = join(folder, "net.json");
    Deno.writeTextFileSync(net, JSON.stringify(iteration));
    await action(folder, net);
  });

for (const [name, iteration] of [["", NET], [", averages too", AVERAGED]] as const) {
  Deno.test(`import evaluates weights as the engine that trained them did${name}`, () =>
    withNet(iteration, async (folder, net) => {
      const { digest, tensors, predictions } = await train(iteration);
      const file = join(folder, "w.safetensors");
      Deno.writeFileSync(file, serializeSafetensors(tensors));
      const { code, out, err } = await run(importWeights, [file, "--iteration", net, "--json"]);
      assert.equal(code, 0, err);
      const { labels } = DATA.test;
      const right = predictions.reduce((sum, digit, image) => sum + (digit === labels[image] ? 1 : 0), 0);
      const document = JSON.parse(out);
      assert.equal(document.weightsDigest, digest);
      assert.equal(document.predictionsDigest, sha256Hex(predictions));
      assert.equal(document.right, right);
      assert.equal(document.accuracy, right / 100);
      assert.equal(document.averaged, iteration === AVERAGED);
      for (const { digit, images, right, takenFor } of document.classes) {
        const own = predictions.filter((_, image) => labels[image] === digit);
        assert.equal(images, own.length);
        assert.equal(right, own.filter((predicted) => predicted === digit).length);
        for (const { digit: other, count } of takenFor) {
          assert.equal(count, own.filter((predicted) => predicted === other).length);
        }
      }
    }));
}

Deno.test("import shows people a line for each figure and a table by digit; bench --from shows the same", () =>
  withNet(NET, async (folder, net) => {
    const { digest, tensors, predictions } = await train(NET);
    const file = join(folder, "w.safetensors"), copy = join(folder, "copy.safetensors");
    Deno.writeFileSync(
      file,
      // as from a notebook: other order, a name in front, counters
      serializeSafetensors([
        { name: "model.1.num_batches_tracked", shape: [], data: BigInt64Array.of(16n) },
        ...tensors.map((tensor) => ({ ...tensor, name: `model.${tensor.name}` })).reverse(),
      ]),
    );
    const { code, out, err } = await run(importWeights, [file, "--iteration", net, "--out", copy]);
    assert.equal(code, 0, err);
    const lines = out.split("\n");
    assert.equal(lines[0], `file         ${file}, names without "model."`);
    assert.equal(lines[1], "network      iteration 2: Long, 3,414 parameters");
    assert.match(lines[2], /^accuracy {5}\d+\.00 % \(\d+ of 100\)$/);
    assert.equal(lines[5], `  weights      ${digest}`);
    assert.equal(lines[6], `  predictions  ${sha256Hex(predictions)}`);
    assert.equal(lines.filter((line) => /^ {4}\d /.test(line)).length, 10);
    assert.ok(lines.slice(1).every((line) => line.length <= 80));

    const again = await run(bench, ["--from", file, "--iterations", net]);
    assert.deepEqual(again, { code, out, err });

    const written = parseSafetensors(Deno.readFileSync(copy));
    assert.deepEqual(written.tensors, tensors);
    assert.equal(written.metadata.weightsDigest, digest);
  }));

Deno.test("bench --from refuses what only a training has", async () => {
  for (const flag of ["--seeds=1", "--out=x", "--quick", "--engine=webgpu"]) {
    const { code, out, err } = await run(bench, ["--from", "w.safetensors", "--iterations", "5", flag]);
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.match(
      err,
      /^error: Cannot use --\w+: expected no training with --from, got both; leave one out\n$/,
    );
  }
  const { err } = await run(bench, ["--from", "w.safetensors"]);
  assert.match(err, /^error: Cannot use the weights: expected --iterations, .*, got none\n$/);
});

/** A safetensors file with this header, whatever it says, and so many bytes behind it. */
function fileWith(header: string, bodyBytes: number, headerLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header), file = new Uint8Array(8 + text.length + bodyBytes);
  new DataView(file.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const entry = (shape: readonly number[], offsets: readonly number[], dtype = "F32") =>
  JSON.stringify({ "0.weight": { dtype, shape, data_offsets: offsets } });

Deno.test("import says in one line what is wrong with a file, and writes nothing", () =>
  withNet(NET, async (folder, net) => {
    const { tensors } = await train(NET), whole = serializeSafetensors(tensors);
    const cases: Readonly<Record<string, Uint8Array>> = {
      empty: new Uint8Array(),
      noise: Uint8Array.from({ length: 200 }, (_, at) => (at * 73) % 256),
      "no JSON": fileWith("{", 0),
      "a list": fileWith("[]", 0),
      "header of 2^63 bytes": fileWith("{}", 0, 2n ** 63n),
      "2^53 elements": fileWith(entry([2 ** 53], [0, 4]), 4),
      "2^106 elements": fileWith(entry([2 ** 53 - 1, 2 ** 53 - 1], [0, 4]), 4),
      "negative size": fileWith(entry([-1, -1], [0, 4]), 4),
      "offsets beyond the end": fileWith(entry([4], [0, 16]), 4),
      "offsets backwards": fileWith(entry([1], [4, 0]), 4),
      "offsets that leave a gap": fileWith(entry([1], [4, 8]), 8),
      "bytes that nothing covers": fileWith(entry([1], [0, 4]), 8),
      "half precision": fileWith(entry([2], [0, 4], "F16"), 4),
      "a long type": fileWith(entry([2], [0, 4], "x".repeat(100_000)), 4),
      "escapes": fileWith(
        JSON.stringify({ "\u001b[2J\n": { dtype: "F32", shape: [1], data_offsets: [0, 4] } }),
        4,
      ),
      "NaN": serializeSafetensors(
        tensors.map((tensor) => ({ ...tensor, data: tensor.data.map(() => NaN) })),
      ),
      ...Object.fromEntries(
        [9, 100, whole.length >> 1, whole.length - 1].map((at) => [`cut at ${at}`, whole.subarray(0, at)]),
      ),
    };
    const out = join(folder, "out.safetensors");
    for (const [name, bytes] of Object.entries(cases)) {
      const file = join(folder, "wrong.safetensors");
      Deno.writeFileSync(file, bytes);
      const result = await run(importWeights, [file, "--iteration", net, "--out", out]);
      assert.equal(result.code, 2, name);
      assert.equal(result.out, "", name);
      assert.match(result.err, /^error: Cannot (read|use) "[^\n]*: expected [^\n]+, got [^\n]+\n$/, name);
      assert.ok(result.err.length < 700, `${name}: ${result.err.length} characters`);
      // deno-lint-ignore no-control-regex -- that there is none is what is asserted
      assert.doesNotMatch(result.err, /\x1b/, name);
    }
    for (
      const [args, said] of [
        [[folder, "--iteration", net], /got a folder\n$/],
        [[join(folder, "none"), "--iteration", net], /expected a file, got none\n$/],
        [["/dev/zero", "--iteration", net], /got a device or pipe\n$/],
        [[join(folder, "wrong.safetensors"), "--iteration", join(folder, "no.json")], /Cannot use no\.json/],
        [[join(folder, "wrong.safetensors")], /expected --iteration with the network/],
        [["--iteration", net], /expected a file such as/],
        [
          [join(folder, "wrong.safetensors"), "--iteration", net, "--out", net],
          /another file than those that/,
        ],
        [[net, "--iteration", "5", "--out", `${folder}/./net.json`], /another file than those that are read/],
      ] as const
    ) {
      const result = await run(importWeights, args);
      assert.equal(result.code, 2);
      assert.match(result.err, said);
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "net.json",
      "wrong.safetensors",
    ]);
  }));
