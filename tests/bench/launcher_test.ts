import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dataNeeds, denoArguments, publishedResults } from "../../bench/command_line/needs.ts";
import { planLaunch } from "../../bench/launcher.ts";
import { IDX_FILES } from "../../data/types.ts";
import { withFolder } from "./fixtures.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
const LAUNCH = ["run", "-q", "--no-lock", "-RE", "--allow-run", "bench/launch.ts"];
const QUICK = ["--quick", "--dataset", "synthetic", "--iterations", "1"];

interface StartOptions {
  readonly deno?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function start(args: readonly string[], { deno = LAUNCH, env = {} }: StartOptions = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...deno, ...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Starts a command as its task does, and returns how it ended. */
async function run(args: readonly string[], options?: StartOptions) {
  const { code, stdout, stderr } = await start(args, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** The permissions and flags with which a command would start. */
async function argumentsOf(name: string, ...args: string[]): Promise<string[]> {
  const file = join(PROJECT, "bench", "commands", `${name}.ts`);
  const { command } = await import(file);
  const planned = planLaunch({ command, file, args }).args;
  return planned.slice(0, planned.indexOf(file)).map((each) => each.replaceAll(PROJECT, "."));
}

const granted = (args: readonly string[], name: string) =>
  args.find((each) => each.startsWith(`--allow-${name}`))?.replace(/^[^=]*=?/, "");

/** What every command may read: the project, and what is published where the person is. */
const ALWAYS = ".,results/reference,results/ablations,results/records";

Deno.test("a flag of V8 is given only to a V8 that has it", () => {
  const flags = (arch: string) =>
    denoArguments({ trains: true }, { project: "/p", arch, deno: "/deno" }).find((each) =>
      each.startsWith("--v8-flags")
    );
  assert.equal(flags("x86_64"), "--v8-flags=--no-wasm-bounds-checks,--experimental-wasm-revectorize");
  assert.equal(flags("aarch64"), "--v8-flags=--no-wasm-bounds-checks");
  assert.ok(
    denoArguments({}, { project: "/p", arch: "x86_64", deno: "/deno" }).every((each) => !each.includes("v8")),
  );
});

Deno.test("bench may touch what its command line names, and start nothing but TensorFlow's processes", async () => {
  const drawn = await argumentsOf("bench", ...QUICK);
  assert.equal(granted(drawn, "run"), undefined);
  assert.equal(granted(drawn, "net"), undefined);
  assert.equal(granted(drawn, "write"), "results/runs");
  assert.equal(granted(drawn, "read"), `${ALWAYS},results/runs`);
  const named = await argumentsOf("bench", "--data", "/images", "--out", "/mine");
  assert.equal(granted(named, "net"), undefined);
  assert.equal(granted(named, "write"), "/mine");
  assert.equal(granted(named, "read"), `${ALWAYS},/mine,/images`);
  assert.equal(granted(await argumentsOf("bench", "--engine", "tensorflow"), "run"), Deno.execPath());
  for (const args of [drawn, named]) {
    for (const each of args) assert.ok(!/^(-A|--allow-(all|read|write|net|env|run|ffi))$/.test(each), each);
  }
});

Deno.test("commands that read results write only what they make", async () => {
  assert.equal(granted(await argumentsOf("plan", "--from", "/run"), "write"), undefined);
  assert.equal(granted(await argumentsOf("lint", "/mine/net.ts"), "read"), `${ALWAYS},/mine`);
  assert.equal(
    granted(await argumentsOf("export", "5/0", "--out", "/o/m.py"), "write"),
    "/o/m.py,/o/m.py.tmp,/o/m.safetensors,/o/m.safetensors.tmp",
  );
  const weights = ["--weights", "/w/a.safetensors", "--iteration", "/mine/net.ts", "--out", "/o/a.onnx"];
  assert.equal(
    granted(await argumentsOf("export", ...weights), "read"),
    `${ALWAYS},/w/a.safetensors,/mine,/o/a.onnx,/o/a.onnx.tmp`,
  );
  const evaluated = ["--iteration", "/mine/net.ts", "--data", "/images"];
  assert.equal(
    granted(await argumentsOf("import", "/w/a.safetensors", ...evaluated), "read"),
    `${ALWAYS},/w/a.safetensors,/mine,/images`,
  );
  for (
    const name of [["import", "/w/a", "--iteration", "5"], [
      "bench",
      "--from",
      "/w/a",
      "--iterations",
      "5",
    ]] as const
  ) {
    const [command, ...args] = name;
    assert.equal(granted(await argumentsOf(command, ...args, "--data", "/images"), "write"), undefined);
  }
  assert.equal(granted(await argumentsOf("regress", "/run", "--summary", "/s.md"), "write"), "/s.md");
  assert.equal(granted(await argumentsOf("tables", "--check"), "write"), undefined);
  assert.equal(granted(await argumentsOf("claims", "/run", "--no-write"), "write"), undefined);
  const written = async (...args: string[]) =>
    granted(await argumentsOf("compare", ...args), "write")!.split(",");
  assert.deepEqual(await written("5", "4", "--html", "/c.html"), ["/c.html", "/c.html.tmp", "./data/cache"]);
  assert.deepEqual(await written("5", "/mine/net.ts", "/a/run:2", "--seeds", "3", "--data", "/images"), [
    "results/runs",
    "/a/run",
  ]);
  assert.equal(granted(await argumentsOf("compare", "5", "4", "--data", "/images"), "net"), undefined);
  // a comma would end the path: the folder around it is what can be named
  assert.equal(granted(await argumentsOf("plan", "--from", "/a/b,c/d"), "read"), `${ALWAYS},/a`);
});

Deno.test("compare and lint may read what they are given, and nothing around it", async () => {
  const read = async (...args: string[]) =>
    granted(await argumentsOf("compare", ...args, "--data", "/images"), "read");
  const always = `${ALWAYS},results/runs`;
  assert.equal(
    await read("/home/me/run", "/net/mine.ts", "--seeds", "3"),
    `${always},/net,/home/me/run,/images`,
  );
  assert.equal(await read("/run:5", "5"), `${always},/run,/images`);
  assert.equal(granted(await argumentsOf("lint", "5"), "read"), ALWAYS);
});

Deno.test("compare finds and downloads what the runs that it is given are of", () =>
  withFolder(async (folder) => {
    const runOf = (name: string) => {
      Deno.mkdirSync(join(folder, name));
      Deno.writeTextFileSync(join(folder, name, "manifest.json"), JSON.stringify({ dataset: { name } }));
      return join(folder, name);
    };
    const kmnist = runOf("kmnist"), drawn = runOf("synthetic");
    const ofKmnist = await argumentsOf("compare", kmnist, `${kmnist}:5`);
    assert.equal(granted(ofKmnist, "net"), "codh.rois.ac.jp");
    assert.equal(
      granted(ofKmnist, "read"),
      `${ALWAYS},results/runs,${kmnist},` +
        "data/cache/kmnist,./data/cache/kmnist," +
        `../shared/kmnist,${join(PROJECT, "..", "shared", "kmnist")},data/KMNIST/raw,./data/KMNIST/raw`,
    );
    assert.equal(granted(await argumentsOf("compare", drawn, drawn), "net"), undefined);
    // iterations are compared on MNIST
    assert.match(granted(await argumentsOf("compare", drawn, "5"), "net")!, /^storage\.googleapis\.com,/);
  }));

Deno.test("plans, shards and merges may touch what their command lines name", async () => {
  const drawn = ["--dataset", "synthetic"];
  const planned = await argumentsOf("plan_run", ...drawn, "--out", "/new/folder/plan.json");
  assert.equal(granted(planned, "write"), "/new/folder/plan.json,/new/folder/plan.json.tmp,/new/folder");
  assert.equal(granted(planned, "net"), undefined);
  await withFolder(async (folder) => {
    const plan = join(folder, "plan.json");
    assert.equal(
      granted(await argumentsOf("plan_run", ...drawn, "--out", plan), "write"),
      `${plan},${plan}.tmp`,
      "a folder that is there holds other things",
    );
    assert.equal((await run(["plan:run", ...drawn, "--quick", "--iterations", "1", "--out", plan])).code, 0);
    const shard = await argumentsOf("bench", "--plan", plan, "--shard", "1/1", "--out", "/mine");
    assert.equal(granted(shard, "write"), "/mine");
    assert.equal(granted(shard, "read"), `${ALWAYS},/mine,${plan}`);
    assert.equal(granted(shard, "run"), undefined);
    assert.equal(granted(shard, "net"), undefined);
    const merged = await argumentsOf("merge", "/a/1", "/a/2", "--plan", plan, "--out", "/whole");
    assert.equal(granted(merged, "read"), `${ALWAYS},${plan},/whole,/whole.merging,/a/1,/a/2`);
    assert.equal(granted(merged, "write"), "/whole,/whole.merging");
    const many = Array.from({ length: 1000 }, (_, index) => `/a/${index}`);
    assert.equal(
      granted(await argumentsOf("merge", ...many, "--plan", plan, "--out", "/whole"), "read"),
      `${ALWAYS},${plan},/whole,/whole.merging,/a`,
    );
  });
});

Deno.test("an iteration file can start, read and write nothing that the command line does not name", () =>
  withFolder(async (folder) => {
    const secret = join(folder, "secret"), inner = join(folder, "inner"), said = join(inner, "said");
    Deno.mkdirSync(inner);
    Deno.writeTextFileSync(secret, "secret");
    const attempts = [
      `new Deno.Command("git", { args: ["-c", "alias.x=!touch ${said}", "x"] }).outputSync()`,
      `new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync()`,
      `Deno.readTextFileSync(${JSON.stringify(secret)})`,
      `Deno.writeTextFileSync(${JSON.stringify(said)}, "")`,
      `Deno.env.get("HOME")`,
      `await fetch("https://example.com")`,
    ];
    for (const [index, attempt] of attempts.entries()) {
      const file = join(inner, `net${index}.ts`);
      Deno.writeTextFileSync(file, `${attempt};\nexport const net = {};\n`);
      const { code, err } = await run(["lint", file]);
      assert.equal(code, 2, `${attempt}: ${err}`);
      assert.match(err, /Requires (run|read|write|env|net) access/, attempt);
    }
    assert.throws(() => Deno.statSync(said), Deno.errors.NotFound);
  }));

Deno.test("launch passes exit codes on and says what is wrong before anything starts", async () => {
  assert.equal((await run(["plan", "--mean", "99.45", "--sd", "0.05"])).code, 0);
  const below = await run(["plan", "--mean", "99.3", "--sd", "0.05"]);
  assert.equal(below.code, 2);
  assert.match(below.err, /^error: Cannot plan: [^\n]*\n$/);
  for (const args of [["nothing"], [], ["bench", "--frob"], ["bench", "--engine", "cuda"]]) {
    const { code, out, err } = await run(args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, /^error: Cannot [^\n]*\n$/);
  }
  assert.match((await run(["verify", "--help"])).out, /^Trains a recorded trial again/);
});

Deno.test("a package that cannot be had costs one line and exit code 2, no stack", () =>
  withFolder(async (folder) => {
    const env = {
      DENO_DIR: folder,
      HTTPS_PROXY: "http://127.0.0.1:9",
      HTTP_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "",
    };
    const { code, err } = await run(["plan", "--mean", "99.45", "--sd", "0.05"], { env });
    assert.equal(code, 2, err);
    const lines = err.split("\n").filter((line) => !line.startsWith("Download "));
    assert.match(
      lines.join("\n"),
      /^error: Cannot load the package "[\w-]+@[\d.]+": expected it in Deno's cache or from npm's registry, got "[^\n]+"; [^\n]*\n$/,
    );
  }));

Deno.test("an installed copy keeps nothing in npm's folder, and brings its published results along", () => {
  const installed = join("/home", "node_modules", "under20k");
  assert.equal(publishedResults(installed), join(installed, "results", "reference"));
  assert.equal(publishedResults("/home/under20k"), join("results", "reference"));
  const cacheOf = (project: string) => dataNeeds(undefined, { project }, { mayDownload: true }).write;
  assert.deepEqual(cacheOf(installed), [join("data", "cache")]);
  assert.deepEqual(cacheOf("/home/under20k"), [join("/home/under20k", "data", "cache")]);
});

Deno.test("the README's own network works from a folder anywhere, and has nothing to find fault with", () =>
  withFolder(async (folder) => {
    const readme = Deno.readTextFileSync(join(PROJECT, "README.md")).replaceAll("\r\n", "\n");
    const source = readme.match(/```ts\n(\/\/ my_net\.ts\n.*?)```/s)?.[1];
    const file = join(folder, "my_net.ts");
    Deno.writeTextFileSync(file, source ?? "");
    const summary = await run(["summary", file]);
    assert.equal(summary.code, 0, summary.err);
    assert.match(summary.out, /^Parameters: 178, all of which can learn$/m);
    const lint = await run(["lint", file]);
    assert.equal(lint.out, `${file}: 0 warnings, 0 notes\n`, lint.err);
  }));

Deno.test("launch needs no deno on the PATH", async () => {
  assert.equal((await run(["plan", "--mean", "99.45", "--sd", "0.05"], { env: { PATH: "" } })).code, 0);
});

Deno.test("another Deno is named with the one that is wanted, an older one before anything else runs", () =>
  withFolder(async (folder) => {
    const withVersion = async (version: string) => {
      const file = join(folder, "version.ts");
      Deno.writeTextFileSync(
        file,
        `Object.defineProperty(Deno, "version", { value: { deno: "${version}" } });`,
      );
      return await run(["plan", "--help"], { deno: ["run", `--preload=${file}`, ...LAUNCH.slice(1)] });
    };
    const older = await withVersion("2.5.6");
    assert.deepEqual([older.code, older.out], [2, ""]);
    assert.match(older.err, /^error: Cannot start: expected Deno 2\.9\.6, got 2\.5\.6; [^\n]*\n$/);
    const newer = await withVersion("2.10.0");
    assert.equal(newer.code, 0);
    assert.equal(newer.err, "warning: tested with Deno 2.9.6, this is 2.10.0\n");
  }));

Deno.test("a relative --out counts from where the task was asked for", () =>
  withFolder(async (folder) => {
    const inside = Deno.makeTempDirSync({ dir: join(PROJECT, "results"), prefix: "test-" });
    try {
      const args = ["bench", ...QUICK, "--epochs", "1", "--out", "mine"];
      const { code, err } = await run(args, { env: { INIT_CWD: inside } });
      assert.equal(code, 0, err);
      assert.ok(err.includes(`results  ${join(inside, "mine")}\n`), err);
      assert.ok(Deno.statSync(join(inside, "mine", "SUMMARY.md")).isFile);
      // left there by a program further out, it says nothing about this task
      const { command } = await import("../../bench/commands/plan.ts");
      Deno.env.set("INIT_CWD", folder);
      const planned = planLaunch({ command, file: "plan.ts", args: ["--from", "mine"] }).args;
      assert.ok(planned.includes("--from=mine"), planned.join(" "));
    } finally {
      Deno.env.delete("INIT_CWD");
      Deno.removeSync(inside, { recursive: true });
    }
  }));

Deno.test("data and results may lie behind symbolic links", () =>
  withFolder(async (folder) => {
    const real = join(folder, "real"), link = join(folder, "link"), files = join(folder, "files");
    for (const each of [real, join(real, "data"), files]) Deno.mkdirSync(each);
    Deno.symlinkSync(real, link);
    for (const name of Object.values(IDX_FILES)) {
      Deno.writeTextFileSync(join(real, "data", name), "not MNIST");
      Deno.symlinkSync(join(real, "data", name), join(files, name));
    }
    // the files are read, all of them: a folder behind a link, and a folder of links
    for (const data of [join(link, "data"), files]) {
      const { code, err } = await run(["bench", "--iterations", "1", "--data", data]);
      assert.equal(code, 2, err);
      assert.match(err, /expected MNIST's train-images-idx3-ubyte, got no IDX file \(it begins 0x6e6f7420\)/);
    }
    const trained = await run(["bench", ...QUICK, "--epochs", "1", "--out", join(link, "runs", "mine")]);
    assert.equal(trained.code, 0, trained.err);
    assert.ok(Deno.statSync(join(real, "runs", "mine", "SUMMARY.md")).isFile);
  }));

Deno.test("standard output that is full costs one line and exit code 2, no stack", async () => {
  const full = { stdin: "null", stderr: "piped" } as const;
  const { code, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      `"$0" "$@" > /dev/full`,
      Deno.execPath(),
      ...LAUNCH,
      "plan",
      "--mean",
      "99.45",
      "--sd",
      "0.05",
    ],
    cwd: PROJECT,
    ...full,
  }).output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /^error: Cannot write to standard output: [^\n]*\n$/);
});

/** Sends signals to a run that has trained an epoch, and returns how it ended. */
async function interrupt(
  out: string,
  send: (child: Deno.ChildProcess) => void,
  options: StartOptions = {},
) {
  const args = ["bench", "--dataset", "synthetic", "--iterations", "5", "--seeds", "0", "--out", out];
  const child = start(args, options);
  let err = "", sent = false;
  const stdout = new Response(child.stdout).text();
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    err += text;
    // the first line after the greeting's empty one would take an epoch; the manifest is there before
    if (sent || !/\n\n/.test(err)) continue;
    sent = true;
    setTimeout(() => send(child), 300);
  }
  const { code } = await child.status;
  const manifest = JSON.parse(Deno.readTextFileSync(join(out, "manifest.json")));
  return { code, out: await stdout, err, outcome: manifest.invocations[0].outcome as string };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
  Deno.test(`${signal} to the launcher ends the run in order`, () =>
    withFolder(async (folder) => {
      const { code, out, err, outcome } = await interrupt(folder, (child) => child.kill(signal));
      assert.equal(code, 130, err);
      assert.match(out, /Interrupted: 0 finished trials kept in /);
      assert.equal(outcome, "interrupted");
      assert.ok(Deno.statSync(join(folder, "SUMMARY.md")).isFile);
    }));
}

Deno.test("one Ctrl-C that a launcher further out repeats is one", () =>
  withFolder(async (folder) => {
    const { code, out } = await interrupt(folder, (child) => {
      const again = (signal: Deno.Signal) => {
        try {
          child.kill(signal);
        } catch {
          // it was quick enough to have ended
        }
      };
      child.kill("SIGINT");
      setTimeout(() => again("SIGINT"), 20);
      setTimeout(() => again("SIGTERM"), 100);
    });
    assert.equal(code, 130);
    assert.match(out, /Interrupted: 0 finished trials kept in /);
    assert.ok(Deno.statSync(join(folder, "SUMMARY.md")).isFile);
  }));

Deno.test("a launcher that is killed outright takes its run along", () =>
  withFolder(async (folder) => {
    const { outcome } = await interrupt(folder, (child) => child.kill("SIGKILL"));
    assert.equal(outcome, "interrupted");
  }));

Deno.test("a task that is killed outright takes its launcher and its run along", () =>
  withFolder(async (folder) => {
    const kill = (child: Deno.ChildProcess) => child.kill("SIGKILL");
    const { outcome } = await interrupt(folder, kill, { deno: ["task", "-q"] });
    assert.equal(outcome, "interrupted");
  }));

const hasScript =
  new Deno.Command("sh", { args: ["-c", "command -v script && command -v stty"] }).outputSync().success;

/** What a command writes to a terminal of so many columns. */
async function onTerminal(
  args: readonly string[],
  options: { readonly columns: number; readonly term: string },
) {
  const quoted = [Deno.execPath(), ...LAUNCH, ...args].map((each) => `'${each}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", `stty cols ${options.columns} rows 30; ${quoted}`, "/dev/null"],
    cwd: PROJECT,
    env: { TERM: options.term },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}

Deno.test({
  name: "a dumb terminal gets no escapes, another does",
  ignore: !hasScript,
  fn: () =>
    withFolder(async (folder) => {
      const line = ["bench", ...QUICK, "--epochs", "1", "--out"];
      const dumb = await onTerminal([...line, join(folder, "a")], { columns: 80, term: "dumb" });
      assert.match(dumb, /Test accuracy/);
      assert.ok(!dumb.includes("\x1b"), dumb);
      const other = await onTerminal([...line, join(folder, "b")], { columns: 80, term: "xterm" });
      assert.ok(other.includes("\x1b[?25l") && other.includes("\x1b[?25h"));
    }),
});

Deno.test({
  name: "tables fit a terminal of 80 columns",
  ignore: !hasScript,
  fn: async () => {
    // every table of a whole run, without its training
    const reference = join("results", "reference");
    const text = await onTerminal(["plan", "--from", reference], { columns: 80, term: "dumb" });
    assert.match(text, /Iteration +n/);
    assert.deepEqual(text.split("\n").filter((each) => [...each].length > 80), []);
    // a terminal that does not know its size is taken for a usual one
    const unsized = await onTerminal(["plan", "--from", reference], { columns: 0, term: "dumb" });
    assert.equal(unsized, text);
  },
});
