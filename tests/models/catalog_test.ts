import { deepEqual, equal, rejects } from "node:assert/strict";
import { loadIterationFile, loadIterations, loadNamedIterations, nameOf } from "../../models/catalog.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";

Deno.test("loadIterations() finds the published iterations in order", async () => {
  const iterations = await loadIterations();
  deepEqual(iterations.slice(0, 5).map(({ id, parameters }) => [id, parameters]), [
    [1, 9_190],
    [2, 9_190],
    [3, 26_202],
    [4, 26_870],
    [5, 19_798],
  ]);
  deepEqual(
    iterations.slice(0, 5).map(({ claim }) => [claim?.parameters, claim?.bestTestAccuracy, claim?.epoch]),
    [
      [9_190, 0.989, 5],
      [9_190, 0.9906, 19],
      [26_202, 0.9941, 11],
      [26_202, 0.994, 16],
      [19_798, 0.9945, 16],
    ],
  );
});

Deno.test("loadIterations() gives iteration 1 and 2 the same model and recipe but for the epochs", async () => {
  const [first, second] = await loadIterations();
  deepEqual(first.layers, second.layers);
  deepEqual({ ...first.training, epochs: 20 }, second.training);
});

/** Runs `use` with a new folder that holds the given files. */
async function withFolder(files: Record<string, string>, use: (folder: URL) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "under20k-catalog-" });
  try {
    const folder = new URL(`file://${path}/`);
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(new URL(name, folder), text);
    await use(folder);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

function sourceOf(change: Record<string, unknown>): string {
  return `export const it = ${JSON.stringify({ ...oneCycle, ...change })};`;
}

Deno.test("loadIterations() takes a new file as a new iteration and ignores other files", async () => {
  await withFolder({
    "12_later.ts": sourceOf({ id: 12 }),
    "07_default.ts": `export default ${JSON.stringify({ ...oneCycle, id: 7 })};`,
    "mod.ts": "export const unrelated = 1;",
    "notes.md": "",
  }, async (folder) => {
    deepEqual((await loadIterations(folder)).map(({ id }) => id), [7, 12]);
  });
});

const RECIPE = JSON.stringify(oneCycle.training);

/** What is wrong with a file, and the whole message. */
const REJECTED: readonly { what: string; file: string; text: string; message: RegExp }[] = [
  {
    what: "a file without an export",
    file: "06_a.ts",
    text: "",
    message: /^Cannot use 06_a\.ts: expected one export, an Iteration, got none$/,
  },
  {
    what: "a file that exports two things",
    file: "06_a.ts",
    text: `${sourceOf({ id: 6 })} export const other = 1;`,
    message: /^Cannot use 06_a\.ts: expected one export, an Iteration, got "it", "other"$/,
  },
  {
    what: "an export that is no object",
    file: "06_a.ts",
    text: "export const it = 5;",
    message: /^Cannot use 06_a\.ts: expected one export, an Iteration, got "it", which is 5$/,
  },
  {
    what: "an id that is not the file's number",
    file: "06_a.ts",
    text: sourceOf({ id: 5 }),
    message: /^Cannot use 06_a\.ts: expected id 6 as in the file's name, got 5$/,
  },
  {
    what: "a syntax error",
    file: "06_a.ts",
    text: "export const it = { id: 6, ",
    message:
      /^Cannot use 06_a\.ts: expected a module that can be imported, got "SyntaxError: [^\n]*, line 1 column \d+"$/,
  },
  {
    what: "an initializer that throws",
    file: "06_a.ts",
    text: 'throw new Error("no\\nluck"); export const it = 1;',
    message: /^Cannot use 06_a\.ts: expected a module that can be imported, got "no"$/,
  },
  {
    what: "an initializer that never comes back from a call of itself",
    file: "06_a.ts",
    text: "const again = (): number => again(); export const it = again();",
    message:
      /^Cannot use 06_a\.ts: expected a module that can be imported, got "Maximum call stack size exceeded"$/,
  },
  {
    what: "a value that throws when it is read",
    file: "06_a.ts",
    text: `export const it = { ...${JSON.stringify({ ...oneCycle, id: 6 })}, get title() { throw 5; } };`,
    message: /^Cannot use 06_a\.ts: expected plain data, got "5" when it was read$/,
  },
  {
    what: "a value that throws whatever is asked of it",
    file: "06_a.ts",
    text: "export const it = new Proxy({}, { get() { throw 5; } });",
    message: /^Cannot use 06_a\.ts: expected plain data, got "5" when it was read$/,
  },
  {
    what: "an import that is not there",
    file: "06_a.ts",
    text: 'import "./nothing.ts"; export const it = 1;',
    message:
      /^Cannot use 06_a\.ts: expected a module that can be imported, got "Module not found "nothing\.ts"\."$/,
  },
  {
    what: "what is no JSON",
    file: "a.json",
    text: '{"id":',
    message: /^Cannot use a\.json: expected JSON, got "[^\n]*"$/,
  },
  {
    what: "a layer with a misspelled kind, though more is missing",
    file: "a.json",
    text: '{"id": 7, "layers": [{"kind": "convv"}]}',
    message:
      /^Cannot use a\.json, layer 1: expected a kind of "averagePool", .*, got "convv"; the nearest is "conv"$/,
  },
  {
    what: "layers that do not fit together",
    file: "a.json",
    text:
      `{"id": 7, "title": "x", "layers": [{"kind": "linear", "out": 10}], "parameters": 1, "training": ${RECIPE}}`,
    message:
      /^Cannot use a\.json, layer 1 \(linear\): expected a flat input \[C\], got an input of \[1,28,28\]; put "flatten" or a global pool in front of it$/,
  },
];

for (const { what, file, text, message } of REJECTED) {
  Deno.test(`loadIterationFile() rejects ${what} in one line`, async () => {
    await withFolder({ [file]: text }, async (folder) => {
      const number = /^\d/.test(file) ? parseInt(file) : undefined;
      await rejects(loadIterationFile({ number, url: new URL(file, folder) }), (error: unknown) => {
        equal(error instanceof Error && message.test(error.message), true, String(error));
        return true;
      });
    });
  });
}

Deno.test("loadIterationFile() does not wait for ever for an initializer that does", async () => {
  await withFolder({ "a.ts": "export const it = await new Promise(() => {});" }, async (folder) => {
    // in a process of its own: Deno ends one in which such a module is left
    const program = `import { loadIterationFile } from "${new URL(
      "../../models/catalog.ts",
      import.meta.url,
    )}";
      try {
        await loadIterationFile({ number: undefined, url: new URL("${folder}a.ts") }, { longestMs: 200 });
      } catch (error) {
        console.log(error.message);
        Deno.exit(2);
      }`;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] }).output();
    equal(
      new TextDecoder().decode(stdout),
      'Cannot use a.ts: expected a module that can be imported, got "nothing in 0.2 s"\n',
    );
    equal(code, 2);
  });
});

Deno.test("loadIterations() hands a broken file over and loads the others", async () => {
  await withFolder({ "06_good.ts": sourceOf({ id: 6 }), "07_bad.ts": "export {" }, async (folder) => {
    const broken: string[] = [];
    const loaded = await loadIterations(folder, ({ file }) => broken.push(nameOf(file)));
    deepEqual(loaded.map(({ id }) => id), [6]);
    deepEqual(broken, ["07_bad.ts"]);
    await rejects(loadIterations(folder), /07_bad\.ts/);
  });
});

Deno.test("loadNamedIterations() takes numbers and files, each once, and does not look at broken neighbours", async () => {
  await withFolder({
    "06_good.ts": sourceOf({ id: 6 }),
    "07_bad.ts": "export {",
    "mine.json": JSON.stringify({ ...oneCycle, id: 900 }),
  }, async (folder) => {
    const named = await loadNamedIterations([new URL("mine.json", folder), 6, 6], [folder]);
    deepEqual(named.map(({ id }) => id), [6, 900]);
    await rejects(
      loadNamedIterations([8], [folder]),
      /^RangeError: Cannot use iteration 8: expected one of 6-7 or the path of a file, got no such number$/,
    );
  });
});

Deno.test("loadNamedIterations() rejects two files with one number", async () => {
  await withFolder({
    "06_a.ts": sourceOf({ id: 6 }),
    "06_b.ts": sourceOf({ id: 6 }),
    "mine.json": JSON.stringify({ ...oneCycle, id: 5 }),
  }, async (folder) => {
    await rejects(
      loadNamedIterations([6], [folder]),
      /^RangeError: Cannot use 06_b\.ts: expected a number of its own, got 6 as in 06_a\.ts; rename one of them$/,
    );
    await rejects(
      loadNamedIterations([5, new URL("mine.json", folder)]),
      /^RangeError: Cannot use mine\.json: expected a number of its own, got 5 as in 05_one_cycle\.ts; rename one of them$/,
    );
  });
});

for (const leave of ["Deno.exit(0);", 'import process from "node:process"; process.exit(0);']) {
  Deno.test(`a file that ends the program by ${leave.split(" ").at(-1)} is an error all the same`, async () => {
    await withFolder({ "leaves.ts": `${leave} export const it = {};` }, async (folder) => {
      const catalog = new URL("../../models/catalog.ts", import.meta.url).href;
      const file = new URL("leaves.ts", folder).href;
      await Deno.writeTextFile(
        new URL("load.ts", folder),
        `import { loadNamedIterations } from "${catalog}"; await loadNamedIterations([new URL("${file}")]);`,
      );
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--no-lock", "--allow-read", new URL("load.ts", folder).href],
        env: { NO_COLOR: "1" },
      }).output();
      equal(code, 2);
      equal(
        new TextDecoder().decode(stderr),
        "error: Cannot use leaves.ts: expected a module that can be imported, got one that ends the program\n",
      );
    });
  });
}
