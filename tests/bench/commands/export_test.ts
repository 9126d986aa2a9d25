/**
 * What `export` writes and what it refuses; whether other programs can use it is asked in `tests/export/`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main as exportNetwork } from "../../../bench/commands/export.ts";
import { main as importWeights } from "../../../bench/commands/import.ts";
import { parseSafetensors, serializeSafetensors } from "../../../engine/safetensors.ts";
import { initialTensors, namedTensors } from "../../../engine/initial_weights.ts";
import { buildGraph } from "../../../models/graph.ts";
import { fakeSurroundings, LONG, recordOutput, withFolder } from "../fixtures.ts";

const REFERENCE = join("results", "reference");

async function run(...args: readonly string[]) {
  const out = recordOutput(), err = recordOutput();
  const code = await exportNetwork(args, { out, err });
  return { code, out: out.text(), err: err.text() };
}

const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Weights of `LONG` and its file. */
function writeOwn(folder: string): { readonly weights: string; readonly net: string } {
  const weights = join(folder, "mine.safetensors"), net = join(folder, "net.json");
  const graph = buildGraph(LONG.layers);
  Deno.writeFileSync(weights, serializeSafetensors(namedTensors(graph, initialTensors(graph, 0))));
  Deno.writeTextFileSync(net, JSON.stringify(LONG));
  return { weights, net };
}

/** The published results with the weights of one row alone. */
function copyReference(folder: string): void {
  Deno.mkdirSync(join(folder, "weights"));
  for (
    const file of [
      "manifest.json",
      "trials.csv",
      "epochs.csv",
      "timing.csv",
      "weights/iteration-1-seed-0.safetensors",
    ]
  ) {
    Deno.copyFileSync(join(REFERENCE, file), join(folder, file));
  }
}

Deno.test("export writes a row in every format, by --to or by the ending of --out", () =>
  withFolder(async (folder) => {
    const published = Deno.readFileSync(join(REFERENCE, "weights", "iteration-1-seed-0.safetensors"));
    const made: [args: string[], files: string[]][] = [
      [["--to", "onnx", "--out", join(folder, "a.bin")], ["a.bin"]],
      [["--out", join(folder, "b.onnx"), "--input", "float", "--fold"], ["b.onnx"]],
      [["--out", join(folder, "c.safetensors")], ["c.safetensors"]],
      [["--out", join(folder, "d.json")], ["d.json"]],
      [["--out", join(folder, "e.py"), "--fold"], ["e.py", "e.safetensors"]],
    ];
    const all: string[] = [];
    for (const [args, files] of made) {
      const { code, out, err } = await run("1/0", ...args);
      assert.equal(code, 0, err);
      const lines = out.trimEnd().split("\n");
      const folds = args.includes("--fold");
      assert.equal(lines.length, files.length + (folds ? 1 : 0), out);
      files.forEach((file, index) =>
        assert.match(
          lines[index],
          new RegExp(`${file}: \\d+ kB, iteration 1 seed 0, [\\d,]+ parameters, test accuracy`),
        )
      );
      if (folds) assert.equal(lines.at(-1), "folded 2 of 2 batch norms");
      all.push(...files);
    }
    assert.deepEqual(filesIn(folder), all.sort());
    const { tensors, metadata } = parseSafetensors(Deno.readFileSync(join(folder, "c.safetensors")));
    assert.deepEqual(tensors, parseSafetensors(published).tensors);
    const row = Deno.readTextFileSync(join(REFERENCE, "trials.csv")).split("\n").find((line) =>
      line.startsWith("1,0,")
    );
    assert.ok(row!.includes(metadata.weightsDigest));
    assert.equal(metadata.license, "MIT");
    assert.equal(metadata.seed, "0");
    assert.deepEqual([metadata.dataset, metadata.trainImages], ["mnist", "60000"]);
    assert.ok(row!.split(",").includes(metadata.testAccuracy));
  }));

Deno.test("export writes weights of one's own, without a licence that is not the project's to give", () =>
  withFolder(async (folder) => {
    const { weights, net } = writeOwn(folder), out = join(folder, "own.json");
    const { code, out: said, err } = await run("--weights", weights, "--iteration", net, "--out", out);
    assert.equal(code, 0, err);
    assert.equal(
      said,
      `${out}: ${Math.ceil(Deno.statSync(out).size / 1000)} kB, iteration 2, 3,414 parameters\n`,
    );
    const { provenance } = JSON.parse(Deno.readTextFileSync(out));
    assert.deepEqual(Object.keys(provenance), ["iteration", "title", "weightsDigest"]);
  }));

Deno.test("export and import agree on the digest of a row's weights", () =>
  withFolder(async (folder) => {
    const out = join(folder, "row.safetensors");
    assert.equal((await run("1/0", "--out", out)).code, 0);
    const { weightsDigest } = parseSafetensors(Deno.readFileSync(out)).metadata;
    const surroundings = fakeSurroundings();
    assert.equal(await importWeights([out, "--iteration", "1", "--json"], surroundings), 0);
    assert.equal(JSON.parse(surroundings.out.text()).weightsDigest, weightsDigest);
  }));

Deno.test("export says in one line what it cannot do, and writes nothing", () =>
  withFolder(async (folder) => {
    const { weights, net } = writeOwn(folder), out = join(folder, "out.onnx");
    Deno.mkdirSync(join(folder, "folder.onnx"));
    const wrong = writeWrong(folder),
      linked = join(folder, "linked"),
      unfinished = join(folder, "its.onnx.tmp");
    Deno.symlinkSync(weights, linked);
    Deno.copyFileSync(weights, unfinished);
    const before = filesIn(folder);
    const cases: readonly (readonly [args: readonly string[], said: string])[] = [
      [[], "expected a row such as 5/0, or --weights FILE, got none"],
      [["1/0"], "expected --to with one of onnx, safetensors, pytorch, json, got none"],
      [["1/0", "--to", "tflite"], `expected one of onnx, safetensors, pytorch, json, got "tflite"`],
      [["1", "--out", out], `expected iteration/seed such as "5/2", got "1"`],
      [
        ["99/0", "--out", out],
        "Cannot export iteration 99 seed 0: expected one of the iterations 1 (seeds 0-9), 2",
      ],
      [
        ["5/99", "--out", out],
        "got no such row; train it with `deno task bench --iterations 5 --seeds 99 --out",
      ],
      [["1/1", "--out", out], "deno task bench --iterations 1 --seeds 1 --out"],
      [["1/0", "--run", join(folder, "none"), "--out", out], "expected a folder, got none"],
      [["1/0", "--out", join(folder, "none", "a.onnx")], "expected a place that can be written, got"],
      [["1/0", "--out", join(folder, "folder.onnx")], "expected a place that can be written, got"],
      [
        ["1/0", "--out", join(folder, "x.json"), "--input", "float"],
        `expected --to onnx with it, got "json"`,
      ],
      [["1/0", "--out", out, "--input", "int8"], `expected one of uint8, float, got "int8"`],
      [["1/0", "--to", "pytorch", "--out", join(folder, "m.safetensors")], "end it in .py"],
      [["1/0", "--weights", weights, "--out", out], "expected either a row or --weights"],
      [["1/0", "--iteration", net, "--out", out], "expected --weights with it"],
      [["--weights", weights, "--out", out], "expected --iteration with it"],
      [["--weights", weights, "--iteration", net, "--run", folder, "--out", out], "expected a row with it"],
      [["--weights", weights, "--iteration", "1-3", "--out", out], "which are 3"],
      [["--weights", weights, "--iteration", "5", "--out", out], "for iteration 5: expected"],
      [
        ["--weights", weights, "--iteration", net, "--to", "safetensors", "--out", weights],
        "choose another --out",
      ],
      [["--weights", weights, "--iteration", net, "--out", join(folder, "mine.py")], "choose another --out"],
      [
        ["--weights", weights, "--iteration", net, "--out", `${folder}/./mine.safetensors`],
        "another file than",
      ],
      [["--weights", linked, "--iteration", net, "--out", weights], "another file than"],
      [["--weights", unfinished, "--iteration", net, "--out", join(folder, "its.onnx")], "another file than"],
      [["--weights", weights, "--iteration", net, "--out", net], "another file than"],
      [["--weights", wrong, "--iteration", net, "--out", out], `"5.weight" of finite numbers`],
    ];
    for (const [args, said] of cases) {
      const result = await run(...args);
      assert.equal(result.code, 2, args.join(" "));
      assert.equal(result.out, "");
      assert.match(result.err, /^error: Cannot [^\n]*: expected [^\n]+\n$/, args.join(" "));
      assert.ok(result.err.includes(said), `${args.join(" ")}: ${result.err}`);
    }
    assert.deepEqual(filesIn(folder), before);
  }));

function writeWrong(folder: string): string {
  const graph = buildGraph(LONG.layers), path = join(folder, "wrong.safetensors");
  const values = initialTensors(graph, 0),
    { offset } = graph.tensors.find(({ name }) => name === "5.weight")!;
  values[offset + 1] = NaN;
  Deno.writeFileSync(path, serializeSafetensors(namedTensors(graph, values)));
  return path;
}

Deno.test("export leaves no program without its weights", () =>
  withFolder(async (folder) => {
    Deno.mkdirSync(join(folder, "model.safetensors"));
    const { code, err } = await run("1/0", "--out", join(folder, "model.py"));
    assert.equal(code, 2);
    assert.match(err, /^error: Cannot write "[^"]*model\.safetensors": /);
    assert.deepEqual(filesIn(folder), ["model.safetensors"]);
  }));

Deno.test("export refuses weights that are not those of the row, and a link in their place", () =>
  withFolder(async (folder) => {
    copyReference(folder);
    const out = join(folder, "o.onnx"), weights = join(folder, "weights", "iteration-1-seed-0.safetensors");
    const exported = () => run("1/0", "--run", folder, "--out", out);
    assert.equal((await exported()).code, 0);
    Deno.removeSync(out);
    const bytes = Deno.readFileSync(weights);
    bytes[bytes.length - 4] ^= 1;
    Deno.writeFileSync(weights, bytes);
    const { code, err } = await exported();
    assert.equal(code, 2);
    assert.match(
      err,
      /expected weights with SHA-256 [0-9a-f]{64} as in trials\.csv, got [0-9a-f]{64}; restore/,
    );
    Deno.renameSync(weights, `${weights}.real`);
    Deno.symlinkSync(`${weights}.real`, weights);
    assert.match((await exported()).err, /got a symbolic link/);
    assert.ok(!filesIn(folder).includes("o.onnx"));
  }));
