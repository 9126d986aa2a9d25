import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { dirname, join } from "node:path";
import { recordOutput } from "../fixtures.ts";
import { UsageError } from "../../../bench/command_line/errors.ts";
import { main } from "../../../bench/commands/setup_tensorflow.ts";
import { compileArguments, findCompiler, findNodeHeaders } from "../../../bench/tensorflow_setup/compile.ts";
import { findTensorflow } from "../../../bench/tensorflow_setup/find_tensorflow.ts";

const FILES = [
  "include/tensorflow/c/c_api.h",
  "include/tensorflow/c/eager/c_api.h",
  "libtensorflow_cc.so.2",
  "libtensorflow_framework.so.2",
];

/** A folder with empty files, as a Python package of TensorFlow has them. */
function makePackage({ without, buildInfo }: { without?: string; buildInfo?: string } = {}): string {
  const folder = join(Deno.makeTempDirSync(), "tensorflow");
  for (const file of FILES) {
    if (file === without) continue;
    Deno.mkdirSync(dirname(join(folder, file)), { recursive: true });
    Deno.writeTextFileSync(join(folder, file), "");
  }
  if (buildInfo !== undefined) {
    Deno.mkdirSync(join(folder, "python/platform"), { recursive: true });
    Deno.writeTextFileSync(join(folder, "python/platform/build_info.py"), buildInfo);
  }
  return folder;
}

const nothingRuns = () => Promise.resolve(undefined);

Deno.test("findTensorflow() takes the package, what it lies in, and what a Python names", async () => {
  const folder = makePackage();
  deepEqual(await findTensorflow(folder, nothingRuns), { folder, cuda: undefined });
  deepEqual((await findTensorflow(dirname(folder), nothingRuns)).folder, folder);
  const asked: string[] = [];
  const python = (command: string) => {
    asked.push(command);
    return Promise.resolve(command === "python" ? `${folder}\n` : undefined);
  };
  equal((await findTensorflow(undefined, python)).folder, folder);
  deepEqual(asked, ["python3", "python"]);
});

Deno.test("findTensorflow() asks a virtual environment's own Python", async () => {
  const folder = makePackage(), environment = Deno.makeTempDirSync();
  Deno.mkdirSync(join(environment, "bin"));
  Deno.writeTextFileSync(join(environment, "bin", "python"), "");
  const run = (command: string) =>
    Promise.resolve(command === join(environment, "bin", "python") ? folder : undefined);
  equal((await findTensorflow(environment, run)).folder, folder);
});

Deno.test("findTensorflow() reads the CUDA version of the build", async () => {
  const withCuda = makePackage({
    buildInfo: "build_info = collections.OrderedDict([('cuda_version', '12.5.1'), ('is_cuda_build', True)])",
  });
  equal((await findTensorflow(withCuda, nothingRuns)).cuda, "12.5.1");
  const without = makePackage({
    buildInfo: "build_info = collections.OrderedDict([('is_cuda_build', False)])",
  });
  equal((await findTensorflow(without, nothingRuns)).cuda, undefined);
});

Deno.test("findTensorflow() says what is missing and how to get it", async () => {
  const empty = Deno.makeTempDirSync();
  await rejects(findTensorflow(undefined, nothingRuns), {
    name: "UsageError",
    message:
      "Cannot compile the binding: expected an installed TensorFlow, got none; run pip install tensorflow (or tensorflow-cpu), or name its folder with --tensorflow DIR",
  });
  await rejects(
    findTensorflow(empty, nothingRuns),
    (error: UsageError) => error.message.includes(`"${empty}"`),
  );
  for (const without of FILES.slice(1)) {
    await rejects(
      findTensorflow(makePackage({ without }), nothingRuns),
      (error) => error instanceof UsageError && error.message.includes(`expected "${without}"`),
    );
  }
});

Deno.test("compileArguments() compile and link as the binding needs it", () => {
  const args = compileArguments({
    compiler: "g++",
    packageFolder: "/p",
    nodeHeaders: "/n",
    tensorflow: { folder: "/t" },
    output: "/p/lib/x",
  });
  equal(
    args.join(" "),
    "-std=c++17 -O2 -shared -fPIC -DNAPI_VERSION=8 -I/n -I/t/include /p/binding/tfjs_backend.cc " +
      "/p/binding/tfjs_binding.cc -o /p/lib/x -L/t -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 " +
      "-Wl,-rpath,/t",
  );
});

Deno.test("findCompiler() takes the one that is named, else the first that runs", async () => {
  equal(await findCompiler("my-c++", () => Promise.resolve("1.0")), "my-c++");
  const onlyClang = (command: string) => Promise.resolve(command === "clang++" ? "14" : undefined);
  equal(await findCompiler(undefined, onlyClang), "clang++");
  await rejects(
    findCompiler("my-c++", onlyClang),
    /expected a C\+\+ compiler, got none that runs as my-c\+\+; install one/,
  );
  await rejects(
    findCompiler(undefined, nothingRuns),
    /none that runs as g\+\+, clang\+\+, c\+\+; install one/,
  );
});

Deno.test("findNodeHeaders() takes the folder that is named, else the packaged one, if they are there", () => {
  const packaged = Deno.makeTempDirSync(), named = Deno.makeTempDirSync();
  throws(() => findNodeHeaders(undefined, packaged), /got no "node_api.h" in/);
  Deno.writeTextFileSync(join(packaged, "node_api.h"), "");
  equal(findNodeHeaders(undefined, packaged), packaged);
  throws(() => findNodeHeaders(named, packaged), /--node-headers DIR/);
});

Deno.test("setup:tensorflow refuses a flag that it does not know with exit code 2", async () => {
  equal(await main(["--frobnicate"], { out: recordOutput(), err: recordOutput() }), 2);
  equal(await main(["--help"], { out: recordOutput(), err: recordOutput() }), 0);
});
