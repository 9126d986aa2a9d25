import assert from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const BENCH = fileURLToPath(new URL("../../bench/", import.meta.url));

/** Each may import from those in front of it and from itself. */
const ROOMS = [
  "command_line",
  "statistics",
  "run",
  "judge",
  "compare",
  "ablate",
  "field",
  "search",
  "records",
  "report",
  "page",
  "weights",
  "shards",
  ".",
  "commands",
] as const;

function sources(folder: string): string[] {
  return [...Deno.readDirSync(join(BENCH, folder))].flatMap(({ name, isDirectory }) =>
    isDirectory ? sources(join(folder, name)) : name.endsWith(".ts") ? [join(folder, name)] : []
  );
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  );
}

const roomOf = (file: string) => file.includes("/") ? file.split("/")[0] : ".";
const rankOf = (file: string) => ROOMS.findIndex((room) => room === roomOf(file));

Deno.test("the rooms of bench/ import one way", () => {
  const upward: string[] = [];
  // the launcher reads every command, and nothing imports it
  const files = sources(".").filter((file) => rankOf(file) >= 0 && !file.startsWith("launch"));
  for (const file of files) {
    for (
      const [, target] of Deno.readTextFileSync(join(BENCH, file)).matchAll(
        /(?:from|import\()\s*"(\.[^"]+)"/g,
      )
    ) {
      const imported = normalize(join(dirname(file), target));
      if (imported.startsWith("..")) continue;
      if (rankOf(imported) > rankOf(file)) upward.push(`${file} imports ${imported}`);
      if (imported.startsWith("launch")) upward.push(`${file} imports ${imported}`);
    }
  }
  assert.ok(files.length > 60, `${files.length} files`);
  assert.deepEqual(upward, []);
});

Deno.test("export/ imports from models/ and engine/ alone", () => {
  const folder = join(BENCH, "..", "export");
  const strangers = filesBelow(folder).flatMap((file) =>
    [...Deno.readTextFileSync(file).matchAll(/(?:from|import\()\s*"([^"]+)"/g)]
      .map(([, target]) =>
        target.startsWith(".") ? join("export", relative(folder, dirname(file)), target) : target
      )
      .filter((target) => !/^(export|models|engine)\//.test(target))
      .map((target) => `${relative(folder, file)} imports ${target}`)
  );
  assert.deepEqual(strangers, []);
});

Deno.test("every task of a command has a file of its name, and every command a task", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(BENCH, "..", "deno.json")));
  const launched = Object.entries<{ command: string }>(tasks).flatMap(([name, { command }]) => {
    const words = command.match(/ bench\/launch\.ts (\S+)$/);
    if (words !== null) assert.equal(words[1], name);
    return words === null ? [] : [name.replace(":", "_")];
  });
  const files = [...Deno.readDirSync(join(BENCH, "commands"))].map(({ name }) => name.replace(/\.ts$/, ""));
  assert.deepEqual(launched.sort(), files.sort());
});
