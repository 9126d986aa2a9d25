import assert from "node:assert/strict";
import { join } from "node:path";
import { choiceOf, readSearches } from "../../../bench/records/published_searches.ts";
import { configHash } from "../../../bench/run/manifest.ts";
import { SHORT, withFolder } from "../fixtures.ts";

const WINNER = { ...SHORT, parameters: 900, training: { ...SHORT.training, epochs: 20 } };
const HEADER =
  "candidate,name,choices,parameters,rung,epochs,seed,status,finalValidationAccuracy,bestValidationAccuracy,bestEpoch";

/** Puts a search's log where it is published; candidate 1001 is `WINNER`. */
function publish(
  root: string,
  name: string,
  { most, rows, hashes = { 1001: configHash(WINNER), 1002: name } }: {
    readonly most: number;
    readonly rows: readonly string[];
    readonly hashes?: Readonly<Record<number, string>>;
  },
): void {
  const folder = join(root, "results", "search", name);
  Deno.mkdirSync(folder, { recursive: true });
  const candidates = Object.entries(hashes).map(([id, hash]) => ({ id: Number(id), configHash: hash }));
  Deno.writeTextFileSync(join(folder, "search.json"), JSON.stringify({ most, candidates }));
  Deno.writeTextFileSync(join(folder, "tried.csv"), `${[HEADER, ...rows].join("\n")}\n`);
}

Deno.test("choiceOf() counts the recipes of the searches of a size, and finds how the winner did held out", () =>
  withFolder((root) => {
    assert.deepEqual(readSearches(root), []);
    assert.equal(choiceOf(WINNER, []), undefined);
    publish(root, "first", {
      most: 999,
      rows: [
        // a shorter rung says nothing of the whole recipe
        "1001,a,,900,1,10,0,completed,0.9,0.9,10",
        "1002,b,,900,1,10,0,completed,0.8,0.8,10",
        "1001,a,,900,2,20,0,completed,0.985,0.986,18",
        "1001,a,,900,2,20,1,completed,0.987,0.987,20",
        "1001,a,,900,2,20,2,diverged,,,",
      ],
    });
    publish(root, "second", {
      most: 950,
      rows: [
        "1001,a,,900,1,20,1,completed,0.987,0.987,20",
        "1001,a,,900,1,20,3,completed,0.989,0.989,20",
        "1002,c,,900,1,20,0,completed,0.8,0.8,10",
      ],
    });
    publish(root, "larger", { most: 1_499, rows: ["1002,d,,1400,1,20,0,completed,0.99,0.99,20"] });
    const searches = readSearches(root), choice = choiceOf(WINNER, searches);
    // `WINNER` is one recipe in both searches
    assert.equal(choice?.recipes, 3);
    assert.deepEqual([choice?.heldOut?.n, choice?.heldOut?.mean.toFixed(6)], [3, "0.987000"]);
    const stranger = { ...WINNER, training: { ...WINNER.training, batchSize: 77 } };
    assert.deepEqual(choiceOf(stranger, searches), { recipes: 3, heldOut: undefined });
    assert.equal(choiceOf({ ...WINNER, parameters: 5_000 }, searches), undefined);
  }));

Deno.test("readSearches() names what is wrong with a log", () =>
  withFolder((root) => {
    publish(root, "first", { most: 999, rows: [] });
    const folder = join(root, "results", "search", "first");
    Deno.writeTextFileSync(join(folder, "search.json"), '{"most": 999}');
    assert.throws(
      () => readSearches(root),
      /search\.json": expected "most" and a list of "candidates", got none/,
    );
    Deno.writeTextFileSync(join(folder, "search.json"), "{");
    assert.throws(() => readSearches(root), /search\.json": expected JSON, got none/);
    Deno.removeSync(join(folder, "search.json"));
    assert.throws(
      () => readSearches(root),
      /expected "search\.json" and "tried\.csv", got no "search\.json"/,
    );
  }));
