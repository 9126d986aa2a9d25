/**
 * Seeds that nobody picked: derived from the commit that trains them.
 *
 * Whoever changes the program gets other seeds, so a result cannot be searched for among seeds without a trace of
 * commits.
 *
 * @module
 */
import { sha256Hex } from "../../engine/digest.ts";
import { UsageError } from "../command_line/errors.ts";
import { plural } from "../command_line/format.ts";
import type { Environment } from "./environment.ts";

/** The seeds that a commit gave, ascending. */
export interface FreshSeeds {
  readonly commit: string;
  readonly seeds: readonly number[];
}

/**
 * The first `count` seeds of a commit, each once, ascending.
 *
 * Seed i is the first four bytes, as a big-endian uint32, of SHA-256 of the text "fresh seed i of COMMIT", i from 0.
 */
export function freshSeedsOf(commit: string, count: number): number[] {
  const seeds = new Set<number>();
  for (let index = 0; seeds.size < count; index++) {
    const digest = sha256Hex(new TextEncoder().encode(`fresh seed ${index} of ${commit}`));
    seeds.add(parseInt(digest.slice(0, 8), 16));
  }
  return [...seeds].sort((a, b) => a - b);
}

/**
 * Fresh seeds for a run of what is checked out; `problem` is why that is not known, where it is not. A run that began
 * with the seeds of another commit goes on with those, `from` it.
 *
 * @throws {UsageError} If there is no commit, or files differ from it: the seeds would not belong to what is trained.
 */
export function deriveFreshSeeds(
  count: number,
  git: Environment["git"],
  { problem = "none", from }: { readonly problem?: string; readonly from?: string } = {},
): FreshSeeds {
  const refuse = (wanted: string, got: string, next: string) =>
    new UsageError(`Cannot derive ${plural(count, "fresh seed")}: expected ${wanted}, got ${got}; ${next}`);
  if (git === null) {
    throw refuse(
      "a git commit to derive them from",
      problem,
      "clone the repository or, where there is --seeds, name them",
    );
  }
  if (git.dirty) {
    throw refuse(
      `the files of commit ${git.commit.slice(0, 12)}`,
      "changes that are not committed",
      "commit them or, where there is --seeds, name seeds",
    );
  }
  if (git.dirty === null) {
    throw refuse(
      `git to say whether the files are those of commit ${git.commit.slice(0, 12)}`,
      problem,
      "let git read the folder or, where there is --seeds, name them",
    );
  }
  const commit = from ?? git.commit;
  return { commit, seeds: freshSeedsOf(commit, count) };
}

/** The seeds among `recorded` that their commits indeed give. */
export function provenFreshSeeds(recorded: readonly FreshSeeds[]): Set<number> {
  return new Set(recorded.flatMap(({ commit, seeds }) => {
    const given = new Set(freshSeedsOf(commit, seeds.length));
    return seeds.filter((seed) => given.has(seed));
  }));
}

/** `recorded` with the seeds of one more run. */
export function addFreshSeeds(recorded: readonly FreshSeeds[], added: FreshSeeds): FreshSeeds[] {
  const same = recorded.find(({ commit }) => commit === added.commit);
  // The first seeds of a commit are among its first many.
  const longer = same !== undefined && same.seeds.length > added.seeds.length ? same : added;
  return [...recorded.filter((each) => each !== same), longer];
}
