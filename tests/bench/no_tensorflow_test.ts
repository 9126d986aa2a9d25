import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** All paths under a folder. */
function pathsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? [path, ...pathsIn(path)] : [path];
  });
}

Deno.test("bench --quick with an empty cache downloads nothing of TensorFlow.js", async () => {
  const cache = Deno.makeTempDirSync(), out = join(Deno.makeTempDirSync(), "run");
  const flags = ["--quick", "--dataset", "synthetic", "--iterations", "1", "--epochs", "1", "--out", out];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "bench", ...flags],
    cwd: root,
    env: { DENO_DIR: cache, NO_COLOR: "1" },
    stdout: "null",
  }).output();
  ok(success, new TextDecoder().decode(stderr));
  const paths = pathsIn(cache);
  // the cache is where packages are
  ok(paths.some((path) => path.includes("csv-stringify")), `${paths.length} paths`);
  deepEqual(paths.filter((path) => path.includes("@tensorflow")), []);
});

Deno.test("the project's own configuration and lock files do not name TensorFlow.js", () => {
  for (const file of ["deno.lock", "deno.all.lock"]) {
    equal(Deno.readTextFileSync(join(root, file)).includes("tensorflow"), false, file);
  }
  const { imports = {} } = JSON.parse(Deno.readTextFileSync(join(root, "deno.json")));
  equal(JSON.stringify(imports).includes("tensorflow"), false);
});
