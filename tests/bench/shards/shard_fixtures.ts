/**
 * Plans and shards of an engine that trains nothing.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as merge } from "../../../bench/commands/merge.ts";
import { main as planRun } from "../../../bench/commands/plan_run.ts";
import { ENGINE_VERSION } from "../../../engine/wasm/mod.ts";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import { fakeSurroundings } from "../fixtures.ts";

/** What a command said and returned. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Given = Parameters<typeof fakeSurroundings>[0];

/** As the CPU engine would be called. */
export function wasm(options: FakeEngineOptions = {}): FakeEngine {
  return new FakeEngine({ name: "wasm", version: ENGINE_VERSION, ...options });
}

async function run(
  main: (args: readonly string[], surroundings: ReturnType<typeof fakeSurroundings>) => Promise<number>,
  args: readonly string[],
  given?: Given,
): Promise<Outcome> {
  const surroundings = fakeSurroundings({ engine: wasm(), ...given });
  const code = await main(args, surroundings);
  return { code, out: surroundings.out.text(), err: surroundings.err.text() };
}

/** A folder with a plan, its shards and what they make. */
export class Place {
  readonly plan: string;

  constructor(readonly root: string) {
    this.plan = join(root, "plan.json");
  }

  at(...names: readonly string[]): string {
    return join(this.root, ...names);
  }

  /** Plans `--seeds 0-4` of both iterations unless other flags are given. */
  async planRun(flags = "--seeds 0-4", given?: Given): Promise<Outcome> {
    return await run(planRun, [...flags.split(" "), "--out", this.plan], given);
  }

  /** `bench` without the plan, as one machine would run it. */
  async bench(out: string, flags: string, given?: Given): Promise<Outcome> {
    return await run(bench, [...flags.split(" "), "--out", this.at(out)], given);
  }

  async shard(index: number, count: number, options: { out?: string; given?: Given } = {}): Promise<Outcome> {
    const { out = `shards/${index}`, given } = options;
    return await this.bench(out, `--plan ${this.plan} --shard ${index}/${count}`, given);
  }

  /** All shards, each of which must exit 0. */
  async shards(count: number, given?: Given): Promise<void> {
    for (let index = 1; index <= count; index++) {
      const { code, err } = await this.shard(index, count, { given });
      assert.equal(code, 0, err);
    }
  }

  /** Merges folders, by default all in `shards`, into `out`. */
  async merge(
    folders?: readonly string[],
    flags: readonly string[] = [],
    given?: Given,
    out = "whole",
  ): Promise<Outcome> {
    const named = folders ??
      [...Deno.readDirSync(this.at("shards"))].map(({ name }) => `shards/${name}`).sort();
    return await run(
      merge,
      [...named.map((name) => this.at(name)), "--plan", this.plan, "--out", `${this.root}/${out}`, ...flags],
      given,
    );
  }

  exists(...names: readonly string[]): boolean {
    try {
      Deno.lstatSync(this.at(...names));
      return true;
    } catch {
      return false;
    }
  }
}
