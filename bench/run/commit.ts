/**
 * The commit that is checked out, read from git's own files, and whether the files differ from it, which git says.
 *
 * A process that runs iterations may not run git: `git -c alias.x='!…'` is any program. The launcher asks instead.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { isInstalled } from "../../data/installed.ts";
import { NO_LOADER_PATHS } from "../../engine/loader_paths.ts";
import { reasonOf } from "../command_line/errors.ts";

/** What is known of a checkout. */
export interface Commit {
  readonly commit: string;
  /** Whether anything outside `results/` differed; null where that could not be found out. */
  readonly dirty: boolean | null;
}

/** A commit, and what could not be found out about it. */
export interface CommitFinding {
  readonly git: Commit | null;
  /** Why there is no commit, or why nothing is known of changes; undefined where all is known. */
  readonly problem?: string;
  /** Programs and data, among what was asked about, that git ignores, so that no commit holds them and none is missed. */
  readonly ignored?: readonly string[];
}

const HASH = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
/** A reference that names a reference that names …: git itself gives up after five. */
const DEEPEST_REFERENCE = 5;

/**
 * The commit of the checkout that `folder` is in, and whether its files differ, where git may be run and says so; and
 * what it ignores of `places`, files and folders.
 */
export function findCommit(folder: string, places: readonly string[] = []): CommitFinding {
  // a repository around it is that of whoever installed it
  if (isInstalled(folder)) return { git: null, problem: "installed by npm, not checked out" };
  let commit: string | undefined;
  try {
    const place = findGit(resolve(folder));
    if (place === undefined) return { git: null, problem: "no .git in or above the project's folder" };
    commit = resolveReference("HEAD", place);
    if (commit === undefined) return { git: null, problem: "the repository has no commit yet" };
  } catch (error) {
    return { git: null, problem: reasonOf(error) };
  }
  const changes = askForChanges(folder);
  if (typeof changes !== "boolean") return { git: { commit, dirty: null }, problem: changes.problem };
  const ignored = places.length === 0 ? [] : listIgnored(folder, places);
  return { git: { commit, dirty: changes }, ...(ignored.length === 0 ? {} : { ignored }) };
}

/** Where a checkout keeps its HEAD, and where the repository keeps what all its checkouts share. */
interface GitPlace {
  readonly own: string;
  readonly shared: string;
}

function findGit(folder: string): GitPlace | undefined {
  const path = join(folder, ".git");
  let isFolder: boolean;
  try {
    isFolder = Deno.statSync(path).isDirectory;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const outer = dirname(folder);
    return outer === folder ? undefined : findGit(outer);
  }
  // a worktree or a submodule has a file that names the folder
  const own = isFolder ? path : resolve(folder, firstLine(path).replace(/^gitdir: /, ""));
  const shared = readIfThere(join(own, "commondir"))?.trim();
  return { own, shared: shared === undefined ? own : resolve(own, shared) };
}

/** The commit that a reference names; undefined where it names a branch without one. */
function resolveReference(name: string, place: GitPlace, depth = 0): string | undefined {
  if (depth > DEEPEST_REFERENCE) throw new Error(`${name} names no commit`);
  const text = (readIfThere(join(place.own, name)) ?? readIfThere(join(place.shared, name)))?.trim();
  if (text === undefined) return findPacked(name, place);
  const symbolic = text.match(/^ref: (refs\/\S+)$/);
  if (symbolic !== null) return resolveReference(symbolic[1], place, depth + 1);
  if (!HASH.test(text)) throw new Error(`expected a commit in "${name}", got "${text.slice(0, 80)}"`);
  return text;
}

/** A reference among those that git has packed into one file. */
function findPacked(name: string, { shared }: GitPlace): string | undefined {
  for (const line of (readIfThere(join(shared, "packed-refs")) ?? "").split("\n")) {
    const [hash, packed] = line.split(" ");
    if (packed === name && HASH.test(hash)) return hash;
  }
}

/** Whether git sees changes; results that a run writes are no change of the program. */
function askForChanges(folder: string): boolean | { readonly problem: string } {
  if (Deno.permissions.querySync({ name: "run", command: "git" }).state !== "granted") {
    return { problem: "git may not be run here, so changes that are not committed go unnoticed" };
  }
  try {
    const { success, stdout, stderr } = runGit(
      folder,
      "status",
      "--porcelain",
      "--",
      ".",
      ":(exclude)results",
    );
    if (success) return stdout.length > 0;
    return { problem: `"${reasonOf(new TextDecoder().decode(stderr).split("\n")[0])}" from git` };
  } catch (error) {
    return { problem: `"${reasonOf(error)}" where git was to run` };
  }
}

/** What a recipe can be made of. */
const RECIPE_FILE = /\.(ts|js|mjs|json)$/;

/** Files of `places` that git ignores; none of a place outside the checkout, of which it knows nothing. */
function listIgnored(folder: string, places: readonly string[]): string[] {
  return places.flatMap((place) => {
    const { success, stdout } = runGit(
      folder,
      ...["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", place],
    );
    return success ? new TextDecoder().decode(stdout).split("\0") : [];
  }).filter((file) => RECIPE_FILE.test(file));
}

function runGit(folder: string, ...args: readonly string[]): Deno.CommandOutput {
  return new Deno.Command("git", {
    args: ["--no-optional-locks", ...args],
    cwd: folder,
    env: { ...NO_LOADER_PATHS, LC_ALL: "C" },
  }).outputSync();
}

function firstLine(path: string): string {
  return Deno.readTextFileSync(path).split("\n")[0].trim();
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    // HEAD names a branch whose file may be missing, and whose name may be another's folder
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
