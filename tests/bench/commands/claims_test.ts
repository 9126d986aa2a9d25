/**
 * @file `deno task claims` on results of an engine that trains nothing: what is printed, written and refused.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main as claims } from "../../../bench/commands/claims.ts";
import { main as bench } from "../../../bench/commands/bench.ts";
import { IDX_FILES } from "../../../data/types.ts";
import { FakeEngine } from "../fake_engine.ts";
import { CATALOG, fakeSurroundings, recordOutput, smallDataset, withFolder } from "../fixtures.ts";

const DIGEST = "ef".repeat(32);
const DATASET = { ...smallDataset(), digests: { ...smallDataset().digests, [IDX_FILES.testLabels]: DIGEST } };

async function run(args: readonly string[], test?: { labels: Uint8Array; digest: string }) {
  const out = recordOutput(), err = recordOutput();
  const code = await claims(args, {
    loadIterations: () => Promise.resolve(CATALOG),
    loadTestLabels: () => Promise.resolve(test),
    readEffects: () => undefined,
    out,
    err,
  });
  // what is wrong with the command line belongs on standard error alone
  if (code === 2) assert.deepEqual([out.text(), err.text().startsWith("error: ")], ["", true]);
  return { code, text: (out.text() + err.text()).trimEnd() };
}

function withRun(test: (out: string) => Promise<void>): Promise<void> {
  return withFolder(async (root) => {
    const out = join(root, "run");
    const engine = new FakeEngine({
      testAccuracy: ({ seed }, epoch) => 0.98 + epoch * 0.002 + seed * 0.0004,
    });
    await bench(["--out", out, "--no-assert"], fakeSurroundings({ engine, dataset: DATASET }));
    await test(out);
  });
}

Deno.test("claims prints every claim with its verdict and writes what bench writes", () =>
  withRun(async (out) => {
    const [written, counted] = ["claims.csv", "confusion.csv"].map((file) =>
      Deno.readTextFileSync(join(out, file))
    );
    const { code, text } = await run([out]);
    assert.equal(code, 0, text);
    assert.match(
      text,
      /^\| +2 \| parameters +\| 3,400 +\| 3,414 +\| impossible +\| The layers have 3,414 +\|$/m,
    );
    assert.match(
      text,
      /^\| +1 \| test accuracy, epoch 2 +\| 98\.50 % +\| 98\.44 ± 0\.04 % \(n = 3\) +\| consistent +\| 95 % of new trials would lie in 97\.9\d to 98\.9\d % +\|$/m,
    );
    assert.match(text, /A published number is one trial\./);
    assert.match(text, /^\d+ claims: \d+ consistent, /m);
    assert.equal(Deno.readTextFileSync(join(out, "claims.csv")), written);
    // Counted anew from the labels, the digits are the same.
    Deno.removeSync(join(out, "confusion.csv"));
    assert.equal((await run([out], { labels: DATASET.test.labels, digest: DIGEST })).code, 0);
    assert.equal(Deno.readTextFileSync(join(out, "confusion.csv")), counted);
  }));

Deno.test("claims --no-write leaves the folder as it is", () =>
  withRun(async (out) => {
    Deno.removeSync(join(out, "claims.csv"));
    assert.equal((await run([out, "--no-write"])).code, 0);
    assert.throws(() => Deno.statSync(join(out, "claims.csv")), Deno.errors.NotFound);
  }));

Deno.test("claims refuses folders that it cannot judge by with one line, and overwrites nothing", () =>
  withRun(async (out) => {
    const audited = Deno.readTextFileSync(join(out, "claims.csv"));
    const bad = async (wanted: RegExp, args = [out], test?: { labels: Uint8Array; digest: string }) => {
      const { code, text } = await run(args, test);
      assert.equal(code, 2, text);
      assert.match(text, wanted);
      assert.match(text, /^error: Cannot .*$/);
      assert.equal(Deno.readTextFileSync(join(out, "claims.csv")), audited);
    };
    const planted = async (file: string, change: (text: string) => string, wanted: RegExp) => {
      const path = join(out, file), text = Deno.readTextFileSync(path), changed = change(text);
      assert.notEqual(changed, text);
      Deno.writeTextFileSync(path, changed);
      await bad(wanted);
      Deno.writeTextFileSync(path, text);
    };
    await bad(/expected a folder, got none; name another folder$/, [join(out, "none")]);
    await bad(/expected a folder, got a file/, [join(out, "trials.csv")]);
    await bad(/expected "manifest\.json" in it, got none/, [join(out, "weights")]);
    await bad(/expected one of --data, --no-write, --help, got "--check"/, [out, "--check"]);
    await bad(/expected at most 1 argument/, [out, out]);
    await bad(/expected test labels with SHA-256 ef\w+, got 00/, [out], {
      labels: DATASET.test.labels,
      digest: "00",
    });
    await bad(/expected 2499 digits as there are test labels, got 2500/, [out], {
      labels: DATASET.test.labels.subarray(1),
      digest: DIGEST,
    });
    await planted(
      "epochs.csv",
      (text) => text.slice(0, -9),
      /epochs\.csv" line \d+: expected a whole line, got "/,
    );
    await planted(
      "trials.csv",
      (text) => text.split("\n")[0] + "\n",
      /expected a trial in ".*trials\.csv", got none/,
    );
    await planted(
      "trials.csv",
      (text) => text + text.split("\n")[1] + "\n",
      /each trial once, got iteration-1-seed-0 twice/,
    );
    await planted(
      "epochs.csv",
      (text) => text + text.split("\n")[1] + "\n",
      /each epoch once, got iteration-1-seed-0 epoch 1/,
    );
    await planted(
      "trials.csv",
      (text) => text.replace(/^1,0,/m, "9,0,"),
      /expected iteration 9 in its manifest, got none/,
    );
    await planted(
      "trials.csv",
      (text) => text.replace("0.984,", "0.985,"),
      /files that agree, got ".* trials\.csv and /,
    );
    await planted(
      "manifest.json",
      (text) => text.replace(/"schema": \d+/, '"schema": 9'),
      /expected schema \d+, got 9/,
    );
    await planted(
      "manifest.json",
      (text) => text.replace('"batchSize": 8', '"batchSize": 9'),
      /iteration 1 with SHA-256/,
    );
    await planted(
      "confusion.csv",
      (text) => text.replace(/^(1,0,0,0,)(\d+)$/m, (_all, row, count) => `${row}${Number(count) - 1}`),
      /iteration-1-seed-0 recognizes \d+ of 2500 images by trials\.csv and \d+ by confusion\.csv/,
    );
    assert.equal((await run(["--help"])).code, 0);
  }));
