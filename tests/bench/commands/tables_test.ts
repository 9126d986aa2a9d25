import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as tables } from "../../../bench/commands/tables.ts";
import { FakeEngine } from "../fake_engine.ts";
import {
  CATALOG,
  fakeSurroundings,
  LONG,
  recordOutput,
  SHORT,
  smallDataset,
  withFolder,
} from "../fixtures.ts";

const README = `# Title

<!-- table:summary -->

<!-- /table -->

Between.

<!-- table:spread -->
<!-- /table -->

<!-- table:target -->
<!-- /table -->

<!-- table:trials -->
old
<!-- /table -->

End.
`;

/** Runs the tables of a project in `root`. */
async function run(root: string, args: readonly string[] = [], catalog = CATALOG) {
  const out = recordOutput(), err = recordOutput();
  const code = await tables(args, {
    root,
    loadIterations: () => Promise.resolve(catalog),
    loadTestLabels: () => Promise.resolve({ labels: smallDataset().test.labels }),
    loadField: () => Promise.resolve([]),
    out,
    err,
  });
  // what is wrong with the command line belongs on standard error alone
  if (code === 2) assert.deepEqual([out.text(), err.text().startsWith("error: ")], ["", true]);
  return { code, text: (out.text() + err.text()).trimEnd().replaceAll(root, "") };
}

/** A project with a README and reference results of two seeds. */
async function makeProject(root: string): Promise<void> {
  await Deno.writeTextFile(join(root, "README.md"), README);
  const engine = new FakeEngine({ testAccuracy: ({ seed }, epoch) => 0.98 + epoch * 0.003 + seed * 0.001 });
  const out = join(root, "results", "reference");
  const code = await bench(
    ["--seeds", "0-1", "--out", out, "--weights", "all"],
    fakeSurroundings({ engine }),
  );
  assert.equal(code, 1);
}

const FILLED = `# Title

<!-- table:summary -->

| Iteration | Parameters |  n | Final mean ± SD [%] | 95 % interval [%] | Best (optimistic) [%] | At epoch | Epoch to 99.4 % |               Claim | Criteria                | Challenge         | Claim check                                              |
| --------- | ---------: | -: | ------------------: | ----------------: | --------------------: | -------: | --------------: | ------------------: | ----------------------- | ----------------- | -------------------------------------------------------- |
| 1 Short   |      7,850 |  2 |        98.65 ± 0.07 |    98.01 to 99.29 |          98.65 ± 0.07 |        2 |     not reached | 7,850; 98.50 % at 2 | met; no floor yet       | not met: accuracy | consistent                                               |
| 2 Long    |      3,414 |  2 |        99.25 ± 0.07 |    98.61 to 99.89 |          99.25 ± 0.07 |        4 |     not reached | 3,400; 97.80 % at 4 | failed: epoch to 99.4 % | not met: accuracy | impossible: parameters; accuracy below what was measured |

<!-- /table -->

Between.

<!-- table:spread -->

| Iteration |  n | Lowest [%] | Highest [%] | SD [points] | Expected SD [points] | SE of seeds [points] | SE of writers [points] | Best − final [points] | Train − test [points] |
| --------: | -: | ---------: | ----------: | ----------: | -------------------: | -------------------: | ---------------------: | --------------------: | --------------------: |
|         1 |  2 |      98.60 |       98.70 |       0.071 |                0.232 |                0.050 |                    n/a |                  0.00 |                 −2.14 |
|         2 |  2 |      99.20 |       99.30 |       0.071 |                0.172 |                0.050 |                    n/a |                  0.00 |                 −2.32 |

<!-- /table -->

<!-- table:target -->

| Iteration | p, mean above 99.4 % | Trials reaching it | Share, 95 % [%] | Median epoch | Earliest to latest | Not reached |
| --------: | -------------------: | -----------------: | --------------: | -----------: | -----------------: | ----------: |
|         1 |               0.9788 |             0 of 2 |   0.00 to 65.76 |          n/a |                n/a |           2 |
|         2 |               0.8976 |             0 of 2 |   0.00 to 65.76 |          n/a |                n/a |           2 |

<!-- /table -->

<!-- table:trials -->

| Iteration | Seed | Epochs | Final [%] | Best (optimistic) [%] | At epoch | Epoch to 99.4 % | Weights SHA-256   | Status    |
| --------: | ---: | -----: | --------: | --------------------: | -------: | --------------: | ----------------- | --------- |
|         1 |    0 |      2 |     98.60 |                 98.60 |        2 |     not reached | 82cc70cda80312c9… | completed |
|         1 |    1 |      2 |     98.70 |                 98.70 |        2 |     not reached | f2808f422ddf2bc2… | completed |
|         2 |    0 |      4 |     99.20 |                 99.20 |        4 |     not reached | 43f24784275e7045… | completed |
|         2 |    1 |      4 |     99.30 |                 99.30 |        4 |     not reached | bcedc8ce22666872… | completed |

<!-- /table -->

End.
`;

Deno.test("tables fill the README's markers from the results, and agree with them afterwards", () =>
  withFolder(async (root) => {
    await makeProject(root);
    assert.equal((await run(root, ["--check"])).code, 1);
    assert.deepEqual(await run(root), {
      code: 0,
      text:
        "/README.md: updated\n/results/reference/summary.csv: unchanged\n/results/reference/SUMMARY.md: unchanged\n/results/reference/claims.csv: unchanged\n/results/reference/errors.csv: unchanged\n/results/reference/CLAIMS.md: updated\n/results/reference/comparisons.csv: updated\n/results/reference/SHA256SUMS: updated",
    });
    assert.equal(Deno.readTextFileSync(join(root, "README.md")), FILLED);
    assert.deepEqual(await run(root, ["--check"]), { code: 0, text: "8 files agree with the results" });
  }));

Deno.test("tables --check agrees with files whose lines end in CR LF and that begin with a byte-order mark", () =>
  withFolder(async (root) => {
    await makeProject(root);
    await run(root);
    const reference = join(root, "results", "reference");
    const files = [...Deno.readDirSync(reference)].filter(({ isFile }) => isFile);
    for (const path of [join(root, "README.md"), ...files.map(({ name }) => join(reference, name))]) {
      Deno.writeTextFileSync(path, "\ufeff" + Deno.readTextFileSync(path).replaceAll("\n", "\r\n"));
    }
    assert.deepEqual(await run(root, ["--check"]), { code: 0, text: "8 files agree with the results" });
    assert.match((await run(root)).text, /README.md: unchanged\n.*summary.csv: unchanged/);
  }));

Deno.test("tables --check names the line of a number that was edited", () =>
  withFolder(async (root) => {
    await makeProject(root);
    await run(root);
    for (const file of ["README.md", "results/reference/SUMMARY.md", "results/reference/summary.csv"]) {
      const path = join(root, file), text = Deno.readTextFileSync(path);
      const edited = file.endsWith(".csv")
        ? text.replace(",0.987,", ",0.988,")
        : text.replace("98.65", "98.66");
      assert.notEqual(edited, text);
      Deno.writeTextFileSync(path, edited);
      const { code, text: said } = await run(root, ["--check"]);
      assert.equal(code, 1);
      assert.match(
        said,
        new RegExp(
          `^/${file} line \\d+: expected ".*", got ".*"\n[^]*[12] of 8 files differ from the results`,
        ),
      );
      await run(root);
      assert.equal(Deno.readTextFileSync(path), text);
    }
  }));

Deno.test("tables refuse results that do not agree with themselves or with the iterations", () =>
  withFolder(async (root) => {
    await makeProject(root);
    const reference = join(root, "results", "reference");
    const check = async (file: string, change: (text: string) => string, wanted: RegExp) => {
      const path = join(reference, file), bytes = Deno.readFileSync(path);
      // a letter for each byte: the decoder of "latin1" is that of Windows-1252, which changes some
      const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""), changed = change(text);
      assert.notEqual(changed, text);
      Deno.writeFileSync(path, Uint8Array.from(changed, (letter) => letter.charCodeAt(0)));
      for (const args of [[], ["--check"]]) {
        const { code, text: said } = await run(root, args);
        assert.equal(code, 1);
        assert.match(said, wanted);
      }
      Deno.writeFileSync(path, bytes);
    };
    await check(
      "trials.csv",
      (text) => text.replace("1,0,completed,2,7850,0.986,", "1,0,completed,2,7850,0.987,"),
      /iteration-1-seed-0 has finalTestAccuracy 0\.987 in trials\.csv and 0\.986 by epochs\.csv/,
    );
    await check(
      "epochs.csv",
      (text) => text.replace(/^2,1,3,.*\n/m, ""),
      /iteration-2-seed-1 has 4 epochs in trials\.csv and 1, 2, 4 in epochs\.csv/,
    );
    const flipLast = (text: string) =>
      text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) ^ 1);
    await check(
      "predictions/iteration-1-seed-1.bin",
      flipLast,
      /predictions\/iteration-1-seed-1\.bin has SHA-256 \w{64}, trials\.csv says \w{64}/,
    );
    await check(
      "weights/iteration-2-seed-0.safetensors",
      flipLast,
      /weights\/iteration-2-seed-0\.safetensors has SHA-256 \w{64}, trials\.csv says \w{64}/,
    );
    const recipe = [SHORT, { ...LONG, training: { ...LONG.training, batchSize: 9 } }];
    const { code, text } = await run(root, ["--check"], recipe);
    assert.equal(code, 1);
    assert.match(text, /iteration 2 has other layers or training than its results/);
    // The claim and the criteria are today's.
    const claim = [{ ...SHORT, claim: { ...SHORT.claim, parameters: 15 } }, LONG];
    assert.equal((await run(root, ["--check"], claim)).code, 1);
  }));

Deno.test("tables refuse a README in which a table has lost its marker: it would never change again", () =>
  withFolder(async (root) => {
    await makeProject(root);
    await run(root);
    const path = join(root, "README.md"), text = Deno.readTextFileSync(path);
    const cases: [string, RegExp][] = [
      [
        text.replace("<!-- table:spread -->\n", ""),
        /expected "<!-- table:spread -->" before line 15, got its table/,
      ],
      [
        text.replace(/<!-- table:spread -->\n([^]*?)<!-- \/table -->\n/, "$1").replace(/ +\|/g, " |"),
        /expected "<!-- table:spread -->" before line 15/,
      ],
      [text + "\n<!-- /table -->\n", /expected "<!-- table:NAME -->" before line \d+, got an end without it/],
    ];
    for (const [changed, wanted] of cases) {
      Deno.writeTextFileSync(path, changed);
      for (const args of [[], ["--check"]]) {
        const { code, text: said } = await run(root, args);
        assert.equal(code, 2);
        assert.match(said, wanted);
      }
      assert.equal(Deno.readTextFileSync(path), changed);
    }
  }));

Deno.test("tables say that there are no results where there are none", () =>
  withFolder(async (root) => {
    await Deno.writeTextFile(join(root, "README.md"), README);
    assert.equal((await run(root, ["--check"])).code, 1);
    assert.deepEqual(await run(root), { code: 0, text: "/README.md: updated" });
    assert.match(
      Deno.readTextFileSync(join(root, "README.md")),
      /<!-- table:summary -->\n\nNo reference results yet\.\n\n<!-- \/table -->\n\nBetween\./,
    );
    assert.equal((await run(root, ["--check"])).code, 0);
  }));

Deno.test("tables refuse flags, markers and files that they cannot use", () =>
  withFolder(async (root) => {
    const cases: [string | undefined, string[], string][] = [
      [undefined, [], 'Cannot read "/README.md": expected a file, got none'],
      [README, ["--chek"], 'Cannot read the command line: expected one of --check, --help, got "--chek"'],
      [
        "<!-- table:sums -->\n<!-- /table -->\n",
        [],
        'expected one of headline, summary, spread, writers, target, trials, claims, ablations, field, records, got "sums"',
      ],
      ["<!-- table:summary -->\ntext\n", [], "got the end of the file"],
      ["<!-- table:summary -->\n<!-- table:trials -->\n<!-- /table -->\n", [], "got another table"],
    ];
    for (const [readme, args, wanted] of cases) {
      if (readme !== undefined) Deno.writeTextFileSync(join(root, "README.md"), readme);
      const { code, text } = await run(root, args);
      assert.equal(code, 2, wanted);
      assert.ok(text.startsWith("error: Cannot ") && text.includes(wanted), text);
      if (readme !== undefined) assert.equal(Deno.readTextFileSync(join(root, "README.md")), readme);
    }
    const reference = join(root, "results", "reference");
    Deno.mkdirSync(reference, { recursive: true });
    Deno.writeTextFileSync(join(reference, "manifest.json"), "no JSON");
    assert.match(
      (await run(root)).text,
      /error: Cannot read "\/results\/reference\/manifest.json": expected JSON/,
    );
  }));
