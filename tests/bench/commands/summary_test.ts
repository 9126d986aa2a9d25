import assert from "node:assert/strict";
import { main } from "../../../bench/commands/summary.ts";
import { summarizeNetwork } from "../../../bench/report/network_summary.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import { conv, flatten, repeat } from "../../../models/layers/mod.ts";
import { recordOutput } from "../fixtures.ts";

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out = { ...recordOutput(), width: 80 }, err = recordOutput();
  const code = await main(args, { out, err });
  return { code, out: out.text(), err: err.text() };
}

Deno.test("summary shows iteration 5 as counted by hand", async () => {
  const { code, out } = await run("5");
  assert.equal(code, 0);
  assert.deepEqual(out.split("\n").filter((line) => line.length > 80), []);
  // conv 16→20, 3×3, on 26×26 places: 2,880 weights and 20 biases; 676 · 20 · 16 · 9 multiply-adds
  assert.match(out, /^3 +conv out 20, kernel 3 +\[20,26,26\] +2,900 +1,946,880 +5×5$/m);
  assert.match(out, /^19 +globalAveragePool +\[48\] +28×28$/m);
  assert.match(out, /^Parameters: 19,798, of which 148 \(0\.7 %\) cannot learn$/m);
  assert.match(out, /^Multiply-adds for an image: 3,432,576 forward$/m);
});

Deno.test("summary --json and --markdown hold the same rows", async () => {
  const [json, markdown] = [await run("5", "--json"), await run("5", "--markdown")];
  const [summary] = JSON.parse(json.out);
  assert.equal(summary.parameters, 19_798);
  assert.equal(summary.rows.length, 22);
  assert.equal(markdown.out.split("\n").filter((line) => /^\| \d/.test(line)).length, 22);
});

Deno.test("summary counts shared weights once", () => {
  const { rows, parameters } = summarizeNetwork({
    ...oneCycle,
    layers: [repeat(3, conv({ out: 1, kernel: 3, padding: 1 })), conv({ out: 10, kernel: 28 }), flatten()],
  });
  assert.deepEqual(rows.map((row) => [row.place, row.parameters, row.shared]), [
    ["0.0", 10, false],
    ["0.0", 0, true],
    ["0.0", 0, true],
    ["1", 7850, false],
    ["2", 0, false],
  ]);
  assert.equal(parameters, 7860);
});

for (
  const [args, message] of [
    [[], /expected an iteration such as 5/],
    [["77"], /expected one of 1-\d[-\d, ]*, 101-136 or the path of a file/],
    [["./nothing.ts"], /Cannot use nothing\.ts: expected a file/],
    [["5", "--json", "--markdown"], /expected either --json or --markdown/],
    [["five"], /expected numbers from 1 to 9999, ranges or files/],
  ] as const
) {
  Deno.test(`summary ${args.join(" ")} ends with one line and exit code 2`, async () => {
    const { code, out, err } = await run(...args);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, message);
    assert.equal(err.trimEnd().split("\n").length, 1);
  });
}

Deno.test("summary says what it takes", async () => {
  const { code, err } = await run("nothing");
  assert.equal(code, 2);
  assert.match(
    err,
    /^error: Cannot use the iterations: expected numbers from 1 to 9999, [^\n]*, got "nothing"\n$/,
  );
});
