import assert from "node:assert/strict";
import { allocatedProcessors } from "../../../bench/command_line/allocation.ts";

Deno.test("allocatedProcessors() is what SLURM gave to the task, and never more than there are", () => {
  const given = (variables: Record<string, string>) => allocatedProcessors((name) => variables[name], 8);
  assert.equal(given({}), undefined);
  assert.equal(given({ SLURM_CPUS_PER_TASK: "4", SLURM_CPUS_ON_NODE: "6" }), 4);
  assert.equal(given({ SLURM_CPUS_ON_NODE: "6" }), 6);
  assert.equal(given({ SLURM_CPUS_PER_TASK: "64" }), 8);
  for (const odd of ["", "0", "-1", "2(x3)", "many"]) {
    assert.equal(given({ SLURM_CPUS_PER_TASK: odd }), undefined, odd);
  }
});

Deno.test({
  name: "navigator.hardwareConcurrency follows the affinity of the process",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // the first processor that this process may use, and no other
    const script = `
      first=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\\([0-9]*\\).*/\\1/p' /proc/self/status)
      exec taskset -c "$first" "$0" eval "console.log(navigator.hardwareConcurrency)"
    `;
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", script, Deno.execPath()],
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "1", new TextDecoder().decode(stderr));
  },
});
