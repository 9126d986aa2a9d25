import assert from "node:assert/strict";
import { readEnvironment } from "../../../bench/run/environment.ts";

Deno.test({
  name: "readEnvironment() says what it may not find out, and asks for nothing",
  permissions: { read: true },
  fn() {
    const environment = readEnvironment();
    assert.equal(environment.deno, Deno.version.deno);
    assert.equal(environment.cpu, "unknown");
    assert.equal(environment.git, null);
    assert.ok(environment.cores >= 1);
  },
});
