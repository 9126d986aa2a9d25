import assert from "node:assert/strict";
import { join } from "node:path";
import { findCommit } from "../../../bench/run/commit.ts";
import { withFolder } from "../fixtures.ts";

const NAMES = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b",
};

/** Runs git in a folder, apart from this machine's settings, and returns what it prints. */
function git(cwd: string, ...args: string[]): string {
  const env = { ...NAMES, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const { success, stdout, stderr } = new Deno.Command("git", { args, cwd, env }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

function newRepository(folder: string): string {
  git(folder, "init", "--quiet", "--initial-branch=a/branch");
  Deno.mkdirSync(join(folder, "results"));
  Deno.writeTextFileSync(join(folder, "file"), "text");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "--message=first");
  return git(folder, "rev-parse", "HEAD");
}

Deno.test("findCommit() reads what git has checked out: a branch, packed, alone, in another worktree, further up", () =>
  withFolder((folder) => {
    const at = join(folder, "repository"), other = join(folder, "other");
    Deno.mkdirSync(at);
    const first = newRepository(at);
    assert.deepEqual(findCommit(at), { git: { commit: first, dirty: false } });
    assert.equal(findCommit(join(at, "results")).git?.commit, first);
    git(at, "pack-refs", "--all");
    assert.equal(findCommit(at).git?.commit, first);
    git(at, "worktree", "add", "--quiet", "-b", "second", other);
    git(other, "commit", "--quiet", "--allow-empty", "--message=second");
    const second = git(other, "rev-parse", "HEAD");
    assert.notEqual(second, first);
    assert.equal(findCommit(other).git?.commit, second);
    assert.equal(findCommit(at).git?.commit, first);
    git(at, "checkout", "--quiet", "--detach", second);
    assert.equal(findCommit(at).git?.commit, second);
  }));

Deno.test("findCommit() sees changes outside results/, staged, unstaged and new", () =>
  withFolder((folder) => {
    newRepository(folder);
    Deno.writeTextFileSync(join(folder, "results", "rows.csv"), "");
    assert.equal(findCommit(folder).git?.dirty, false);
    Deno.writeTextFileSync(join(folder, "file"), "other");
    assert.equal(findCommit(folder).git?.dirty, true);
    git(folder, "add", "file");
    assert.equal(findCommit(folder).git?.dirty, true);
    git(folder, "reset", "--quiet", "--hard");
    assert.equal(findCommit(folder).git?.dirty, false);
    Deno.writeTextFileSync(join(folder, "new"), "");
    assert.equal(findCommit(folder).git?.dirty, true);
  }));

Deno.test("findCommit() names programs and data that git ignores, where it is asked about their place", () =>
  withFolder((folder) => {
    const at = (...names: string[]) => join(folder, ...names);
    const commit = newRepository(folder), clean = { commit, dirty: false };
    Deno.mkdirSync(at("cache"));
    Deno.mkdirSync(at("models"));
    for (const file of ["cache/net.json", "cache/image.bin", "models/net.ts", "models/notes.txt"]) {
      Deno.writeTextFileSync(at(file), "");
    }
    Deno.writeTextFileSync(at(".git", "info", "exclude"), "/cache/\nnet.ts\nnotes.txt\n");
    assert.deepEqual(findCommit(folder), { git: clean });
    const asked = [at("models"), at("cache", "net.json")];
    assert.deepEqual(findCommit(folder, asked), { git: clean, ignored: ["models/net.ts", "cache/net.json"] });
    assert.deepEqual(findCommit(folder, [at("cache", "image.bin"), at("file")]), { git: clean });
    // of a file further out git knows nothing
    assert.deepEqual(findCommit(folder, [join(folder, "..", "net.ts")]), { git: clean });
  }));

Deno.test("findCommit() says why it does not know", () =>
  withFolder((folder) => {
    assert.deepEqual(findCommit(folder), {
      git: null,
      problem: "no .git in or above the project's folder",
    });
    git(folder, "init", "--quiet");
    assert.deepEqual(findCommit(folder), { git: null, problem: "the repository has no commit yet" });
    const commit = newRepository(folder);
    const owned = {
      GIT_TEST_ASSUME_DIFFERENT_OWNER: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
    };
    Object.entries(owned).forEach(([name, value]) => Deno.env.set(name, value));
    try {
      const { git: found, problem } = findCommit(folder);
      assert.deepEqual(found, { commit, dirty: null });
      assert.match(problem ?? "", /^"fatal: detected dubious ownership in repository at .*" from git$/);
    } finally {
      Object.keys(owned).forEach((name) => Deno.env.delete(name));
    }
    Deno.writeTextFileSync(join(folder, ".git", "HEAD"), "nonsense");
    assert.match(findCommit(folder).problem ?? "", /^expected a commit in "HEAD", got "nonsense"$/);
  }));
