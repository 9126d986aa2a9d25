import { deepEqual, equal } from "node:assert/strict";

// What ECMAScript defines to the bit; `sqrt` is correctly rounded. Everything else on `Math`, `random` included,
// may differ between JavaScript engines or runs.
const EXACT_MATH = new Set([
  ...["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"],
  ...["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"],
]);

const FOLDERS = ["data", "engine", "math", "models", "random"];
const root = new URL("../../", import.meta.url);

/** Finds `**`, and every `Math` other than in `Math.name` with an exact name. */
const plugin: Deno.lint.Plugin = {
  name: "exact",
  rules: {
    math: {
      create(context) {
        const report = (node: Deno.lint.Node) =>
          context.report({ node, message: context.sourceCode.getText(node) });
        return {
          Identifier(node) {
            if (node.name !== "Math") return;
            const { parent } = node;
            const exact = parent.type === "MemberExpression" && parent.object === node && !parent.computed &&
              parent.property.type === "Identifier" && EXACT_MATH.has(parent.property.name);
            if (!exact) report(parent);
          },
          BinaryExpression(node) {
            if (node.operator === "**") report(node);
          },
          AssignmentExpression(node) {
            if (node.operator === "**=") report(node);
          },
        };
      },
    },
  },
};

function findInexact(name: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, name, source).map(({ message }) => `${name}: ${message}`);
}

function sourcesIn(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    // what an engine installs is not the project's, and computes nothing that is promised
    if (entry.name === "node_modules") return [];
    if (entry.isDirectory) return sourcesIn(new URL(`${entry.name}/`, folder));
    return /\.[jt]s$/.test(entry.name) ? [new URL(entry.name, folder)] : [];
  });
}

Deno.test("data/, engine/, math/, models/ and random/ use no Math whose bits depend on the JavaScript engine", () => {
  const sources = FOLDERS.flatMap((folder) => sourcesIn(new URL(`${folder}/`, root)));
  const names = sources.map((url) => url.href.slice(root.href.length));
  for (const name of ["math/elementary.ts", "engine/rates.ts", "models/recipe/schedules/anneal.ts"]) {
    equal(names.includes(name), true, `${name} among ${names.join(" ")}`);
  }
  deepEqual(names.flatMap((name, index) => findInexact(name, Deno.readTextFileSync(sources[index]))), []);
});

Deno.test("the check finds what it is meant to find, and only that", () => {
  const inexact = [
    "const a = Math.exp(1);",
    "const a = 2 ** 0.5;",
    "let a = 2; a **= 0.5;",
    "const a = Math['pow'](2, 0.5);",
    "const { log } = Math;",
    "const m = Math; m.sin(1);",
    "const a = Math.random();",
    "const a = globalThis.Math.exp(1);",
    "const a = `${Math.cos(1)}`;",
  ];
  const exact = [
    "// Math.exp(1) ** 2",
    "/* Math.pow */ const a = Math.sqrt(2) * Math.PI;",
    "const text = 'Math.exp and **bold**';",
    "const pattern = /Math.exp/;",
  ];
  for (const source of inexact) equal(findInexact("a.ts", source).length > 0, true, source);
  for (const source of exact) deepEqual(findInexact("a.ts", source), []);
});
