import assert from "node:assert/strict";
import { readEnvironment } from "../../../bench/run/environment.ts";

Deno.test({
  name: "readEnvironment() says what it may not find out, and asks for nothing",
  permissions: { read: true },
  fn() {
    const environment = readEnvironment();
    assert.equal(environment.deno, Deno.version.deno);
    assert.equal(environment.cpu, "unknown");
    // a folder that was unpacked from an archive has no commit
    if (environment.git !== null) {
      assert.match(environment.git.commit, /^[0-9a-f]{40}/);
      assert.equal(environment.git.dirty, null);
    }
    assert.ok(environment.cores >= 1);
  },
});
