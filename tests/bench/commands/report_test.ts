import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as report, type ReportSurroundings } from "../../../bench/commands/report.ts";
import { DataError } from "../../../data/types.ts";
import { FakeEngine } from "../fake_engine.ts";
import { CATALOG, fakeSurroundings, recordOutput, smallDataset, withFolder } from "../fixtures.ts";

/** Makes a report in `root`. */
async function run(root: string, args: readonly string[] = [], changes: Partial<ReportSurroundings> = {}) {
  const out = recordOutput(), err = recordOutput();
  const { test, digests } = smallDataset();
  const code = await report(args, {
    root,
    loadIterations: () => Promise.resolve(CATALOG),
    loadTestImages: () => Promise.resolve({ test, digests }),
    out,
    err,
    ...changes,
  });
  // what is wrong with the command line belongs on standard error alone
  if (code === 2) assert.deepEqual([out.text(), err.text().startsWith("error: ")], ["", true]);
  return { code, text: (out.text() + err.text()).trimEnd().replaceAll(root, "") };
}

async function train(folder: string, start: string): Promise<void> {
  const surroundings = { ...fakeSurroundings({ engine: new FakeEngine() }), date: () => new Date(start) };
  assert.equal(await bench(["--seeds", "0", "--out", folder, "--no-assert"], surroundings), 0);
}

Deno.test("report shows the run that was worked on last, else the reference, and writes the page into its folder", () =>
  withFolder(async (root) => {
    const runs = join(root, "results", "runs");
    await train(join(root, "results", "reference"), "2026-01-04T00:00:00Z");
    // one on held-out images has no page
    await train(join(runs, "validate"), "2026-01-05T00:00:00Z");
    const manifest = join(runs, "validate", "manifest.json");
    const heldOut = { validation: { images: 9, writers: 2, digest: "0".repeat(64) } };
    Deno.writeTextFileSync(
      manifest,
      JSON.stringify({ ...JSON.parse(Deno.readTextFileSync(manifest)), ...heldOut }),
    );
    assert.match(
      (await run(root)).text,
      /^No run of yours on the test set in \/results\/runs, so the published results: \/results\/reference\n\/results\/reference\/report\.html: \d+ KiB/,
    );
    const page = Deno.readTextFileSync(join(root, "results", "reference", "report.html"));
    assert.match(page, /^<!DOCTYPE html>\n<html lang="en">/);
    assert.match(page, /<p class="brand">under20k <span>· published results<\/span>/);
    await train(join(runs, "a"), "2026-01-03T00:00:00Z");
    await train(join(runs, "b"), "2026-01-02T00:00:00Z");
    assert.match(
      (await run(root)).text,
      /^Your latest run: \/results\/runs\/a\n\/results\/runs\/a\/report\.html: \d+ KiB/,
    );
    const own = Deno.readTextFileSync(join(runs, "a", "report.html"));
    assert.match(own, /<p class="brand">under20k <span>· a<\/span>/);
  }));

Deno.test("report exits 2 where --data names no data, and goes without images where nobody named any", () =>
  withFolder(async (root) => {
    const folder = join(root, "mine"), loadTestImages = () => Promise.reject(new DataError("no such folder"));
    await train(folder, "2026-01-01T00:00:00Z");
    const { code, text } = await run(root, [folder, "--data", join(root, "bad")], { loadTestImages });
    assert.deepEqual([code, text], [2, "error: no such folder"]);
    const without = await run(root, [folder], { loadTestImages });
    assert.equal(without.code, 0);
    assert.match(without.text, /^The test images are left out: no such folder\./);
  }));

Deno.test("report links to the page that reads drawings where one lies beside it, and else says what makes it", () =>
  withFolder(async (folder) => {
    await train(folder, "2026-01-01T00:00:00Z");
    const made = async () => {
      assert.equal((await run(folder, [folder])).code, 0);
      return Deno.readTextFileSync(join(folder, "report.html"));
    };
    assert.match(await made(), /<code>deno task page<\/code> makes a page/);
    Deno.writeTextFileSync(join(folder, "page.html"), "");
    assert.match(await made(), /<a href="page\.html">Draw a digit<\/a>/);
  }));

Deno.test("report writes where --out says, of the run that is named", () =>
  withFolder(async (root) => {
    const folder = join(root, "mine"), out = join(root, "page.html");
    await train(folder, "2026-01-01T00:00:00Z");
    assert.equal((await run(root, [folder, "--out", out])).code, 0);
    assert.ok(Deno.statSync(out).isFile);
    assert.throws(() => Deno.statSync(join(folder, "report.html")), Deno.errors.NotFound);
  }));

Deno.test("report refuses what it cannot read or write, and writes nothing", () =>
  withFolder(async (root) => {
    const folder = join(root, "mine");
    await train(folder, "2026-01-01T00:00:00Z");
    const cases: [string[], RegExp][] = [
      [
        [],
        /^error: Cannot make a report: expected a run on the test set in ".*runs" or ".*reference", got none; run/,
      ],
      [[join(root, "none")], /^error: Cannot read the results in "\/none": expected a folder, got none/],
      [[folder, "--out", join(root, "no", "page.html")], /^error: Cannot write "\/no\/page\.html": expected/],
      [
        ["--page"],
        /^error: Cannot read the command line: expected one of --out, --data, --help, got "--page"/,
      ],
    ];
    for (const [args, wanted] of cases) {
      const { code, text } = await run(root, args);
      assert.equal(code, 2, text);
      assert.match(text, wanted);
    }
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name), ["mine"]);
  }));
