/**
 * The npm package as people get it: packed, installed without install scripts, and started where there is Node but no
 * Deno. Skipped visibly where npm is missing or cannot install, unless `REQUIRE` lists `npm`: then they fail.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ENGINE_VERSION } from "../engine/wasm/mod.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "./data/real_mnist.ts";

const PROJECT = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string) => Deno.readTextFileSync(join(PROJECT, path));

/** A network of one's own, with the package's builders by the name that its files know. */
const NET = `import { flatten, type Iteration, linear } from "@under20k/under20k";
const normalization = { mean: 0.1307, deviation: 0.3081 };
export const mine: Iteration = {
  id: 901,
  title: "Mine",
  layers: [flatten(), linear({ out: 10 })],
  parameters: 7850,
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01 },
    schedule: { kind: "constant" },
    augmentation: [],
    trainNormalization: normalization,
    testNormalization: normalization,
  },
  criteria: {},
};
`;

interface Installed {
  /** Where a person works: it has a deno.json, a package.json and a repository of its own. */
  readonly mine: string;
  readonly root: string;
  readonly packed: readonly string[];
}

/** Paths of all files below a folder. */
function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? filesIn(path) : [path];
  });
}

function npm(args: readonly string[], cwd: string): string | undefined {
  try {
    const { success, stdout } = new Deno.Command("npm", {
      args: [...args, "--silent", "--no-audit", "--no-fund", "--prefer-offline"],
      cwd,
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined; // there is no npm
  }
}

function whereIs(program: string): string {
  const { stdout } = new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/** Packs and installs; undefined where npm cannot. */
function install(root: string): Installed | undefined {
  const listed = npm(["pack", PROJECT, "--json"], root);
  if (listed === undefined) return undefined;
  const [{ filename, files }] = JSON.parse(listed) as [
    { filename: string; files: { path: string }[] },
  ];
  Deno.writeTextFileSync(join(root, "package.json"), "{}");
  // an install script may be refused: nothing may hang on it
  if (npm(["install", "--ignore-scripts", `./${filename}`], root) === undefined) return undefined;
  const mine = join(root, "mine"), bin = join(root, "bin");
  Deno.mkdirSync(join(mine, ".git"), { recursive: true });
  Deno.writeTextFileSync(join(mine, ".git", "HEAD"), `${"1".repeat(40)}\n`);
  Deno.writeTextFileSync(join(mine, "deno.json"), JSON.stringify({ imports: { "csv-parse": "./no.ts" } }));
  Deno.writeTextFileSync(join(mine, "net.ts"), NET);
  Deno.mkdirSync(bin);
  for (const program of ["node", "npx", "sh"]) Deno.symlinkSync(whereIs(program), join(bin, program));
  return { mine, root, packed: files.map(({ path }) => path) };
}

const root = Deno.makeTempDirSync({ prefix: "under20k-package-" });
const installed = install(root);
const isRequired = (Deno.env.get("REQUIRE") ?? "").split(",").includes("npm");
const ignore = installed === undefined && !isRequired;
if (ignore) console.error("skipped: npm is missing or cannot install the packed file");

interface StartOptions {
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the installed command in the person's folder, with no Deno on the PATH. */
function start(
  args: readonly string[],
  { program = join(root, "node_modules", ".bin", "under20k"), env = {} }: StartOptions = {},
) {
  return new Deno.Command(program, {
    args: [...args],
    cwd: installed!.mine,
    env: { PATH: join(root, "bin"), NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function run(args: readonly string[], options?: StartOptions) {
  const { code, stdout, stderr } = await start(args, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("the package, the project and the launcher name one version each", () => {
  const { version, optionalDependencies } = JSON.parse(read("package.json"));
  assert.equal(version, JSON.parse(read("deno.json")).version);
  assert.match(read("CITATION.cff"), new RegExp(`^version: ${RegExp.escape(version)}$`, "m"));
  assert.match(
    read("bench/launch.ts"),
    new RegExp(`^const WANTED = "${RegExp.escape(optionalDependencies.deno)}";$`, "m"),
  );
});

Deno.test({
  name: "the package holds what its commands read, and neither tests nor plots",
  ignore,
  fn() {
    const { packed } = installed!;
    for (const path of ["bench/launch.ts", "mod.ts", "deno.lock", "deno.all.lock", "webgpu.env", "LICENSE"]) {
      assert.ok(packed.includes(path), path);
    }
    for (const folder of ["ablations", "records", "reference"]) {
      const tracked = filesIn(join(PROJECT, "results", folder)).map((path) => path.slice(PROJECT.length));
      const wanted = tracked.filter((path) => !/\/plots\/|report\.html$/.test(path));
      assert.deepEqual(packed.filter((path) => path.startsWith(`results/${folder}/`)).sort(), wanted.sort());
    }
    const surplus = packed.filter((path) => /(^|\/)(tests|node_modules|cache|runs|plots|\.\w+)\//.test(path));
    assert.deepEqual(surplus, []);
  },
});

Deno.test({
  name: "npx under20k bench trains a network of the folder, and writes there and nowhere else",
  ignore,
  async fn() {
    const { mine } = installed!, before = filesIn(join(root, "node_modules"));
    const args = ["--quick", "--dataset", "synthetic", "--iterations", "./net.ts", "--epochs", "1"];
    const { code, out, err } = await run(
      ["--no-install", "under20k", "bench", ...args],
      { program: join(root, "bin", "npx") },
    );
    assert.equal(code, 0, err);
    const results = join("results", "runs", `synthetic-wasm${ENGINE_VERSION}-quick-epochs-1`);
    assert.ok(out.includes(`Results: ${join(results, "SUMMARY.md")}\n`), out);
    const manifest = JSON.parse(Deno.readTextFileSync(join(mine, results, "manifest.json")));
    // the repository around the package is somebody else's
    assert.equal(manifest.invocations[0].git, null);
    assert.match(err, /the commit is not recorded in full: installed by npm, not checked out\n/);
    assert.deepEqual(filesIn(join(root, "node_modules")), before);
  },
});

Deno.test({
  name: "MNIST is downloaded into the person's folder, not into the package",
  ignore,
  async fn() {
    // a proxy that is not there: no byte comes, and the message names the places
    const env = { HTTPS_PROXY: "http://127.0.0.1:9", MNIST_DIR: "" };
    const { code, err } = await run(["bench", "--iterations", "./net.ts"], { env });
    assert.equal(code, 2, err);
    const cache = join(installed!.mine, "data", "cache", "mnist");
    assert.ok(err.includes(`error: Cannot load MNIST: expected its four files in "${cache}", "`), err);
  },
});

Deno.test({
  name: "the package passes exit codes on",
  ignore,
  async fn() {
    assert.equal((await run(["plan", "--mean", "99.45", "--sd", "0.05"])).code, 0);
    const below = await run(["plan", "--mean", "99.3", "--sd", "0.05"]);
    assert.equal(below.code, 2);
    assert.match(below.err, /^error: Cannot plan: [^\n]*\n$/);
    const { code, out } = await run(["bench", "--help"]);
    assert.equal(code, 0);
    assert.match(out, /^Usage: npx under20k bench \[flags\]$/m);
    assert.doesNotMatch(out, /deno task/);
    const none = await run(["claims", "--no-write"]);
    assert.equal(none.code, 2);
    assert.match(none.err, /^error: Cannot read the results in "results\/reference": [^\n]*\n$/);
  },
});

Deno.test({
  name: "verify takes the results that came with the package",
  ignore: ignore || IGNORE_WITHOUT_MNIST,
  async fn() {
    const { code, out, err } = await run(["verify", "1/0", "--epochs", "1", "--data", mnistFolder()]);
    assert.equal(code, 0, err);
    assert.match(out, /^verified: identical/);
  },
});

Deno.test({
  name: "compare takes the reference and the records that came with the package",
  ignore: ignore || IGNORE_WITHOUT_MNIST,
  async fn() {
    const { code, out, err } = await run(["compare", "5", "8", "--data", mnistFolder()]);
    assert.equal(code, 1, err);
    assert.match(out, /^On these 10,000 images A \(5 One cycle\) is better than B \(8 /m);
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `${signal} to the package's command ends the run in order`,
    ignore,
    async fn() {
      const out = join(installed!.mine, signal);
      const child = start([
        "bench",
        "--dataset",
        "synthetic",
        "--iterations",
        "./net.ts",
        "--seeds",
        "0-99",
        "--out",
        out,
      ]);
      const stdout = new Response(child.stdout).text();
      let err = "", sent = false;
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        err += text;
        // the greeting ends with an empty line; the manifest is there before
        if (sent || !/\n\n/.test(err)) continue;
        sent = true;
        setTimeout(() => child.kill(signal), 300);
      }
      assert.equal((await child.status).code, 130, err);
      assert.match(await stdout, /Interrupted: /);
      const manifest = JSON.parse(Deno.readTextFileSync(join(out, "manifest.json")));
      assert.equal(manifest.invocations[0].outcome, "interrupted");
    },
  });
}

Deno.test({
  name: "the package says in one line that there is no Deno",
  ignore,
  async fn() {
    Deno.renameSync(join(root, "node_modules", "deno"), join(root, "node_modules", "gone"));
    const { code, out, err } = await run(["plan", "--help"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(
      err,
      /^error: Cannot start: expected Deno from the npm package "deno" or on the PATH, got neither; [^\n]*\n$/,
    );
  },
});

Deno.test("the installed package is removed", () => Deno.removeSync(root, { recursive: true }));
