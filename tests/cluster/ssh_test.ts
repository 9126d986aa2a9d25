/**
 * @file GNU parallel over a real sshd on this machine, into another checkout, with a host that is not there.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { repeatableFiles, withFolder } from "../bench/fixtures.ts";
import { Checkout, endDaemon, isPrepared, until } from "./checkout.ts";

const PLAN = "--dataset synthetic --quick --epochs 1 --iterations 1 --seeds 0-5";

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts an sshd that lets this user in with a key of its own, and ends it after `test`. */
async function withSshd(checkout: Checkout, test: (ssh: string) => Promise<void>): Promise<void> {
  const folder = checkout.at(".ssh"), port = freePort();
  Deno.mkdirSync(folder, { mode: 0o700 });
  for (const name of ["host", "user"]) {
    const { code, text } = await checkout.run("ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-f",
      join(folder, name),
    ]);
    assert.equal(code, 0, text);
  }
  Deno.writeTextFileSync(
    join(folder, "sshd_config"),
    `ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/user.pub
PidFile ${folder}/sshd.pid
UsePAM no
StrictModes no
PasswordAuthentication no
MaxStartups 50
SetEnv PATH=${checkout.env.PATH} NO_COLOR=1
`,
  );
  try {
    if ((await checkout.run("id", ["-u"])).text.trim() === "0") {
      Deno.mkdirSync("/run/sshd", { recursive: true });
    }
    const sshd = await checkout.run("/usr/sbin/sshd", [
      "-f",
      join(folder, "sshd_config"),
      "-E",
      join(folder, "log"),
    ]);
    assert.equal(sshd.code, 0, sshd.text);
    // notes whom it calls: what fails and is tried elsewhere, GNU parallel does not mention
    const ssh = join(folder, "call");
    Deno.writeTextFileSync(
      ssh,
      `#!/bin/sh
echo "$*" | cut -c 1-200 >>${folder}/calls
exec ssh -p ${port} -i ${folder}/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \\
  -o BatchMode=yes -o LogLevel=ERROR "$@"
`,
      { mode: 0o755 },
    );
    const log = () => checkout.read(".ssh/log");
    const answers = async () =>
      (await checkout.run(ssh, ["127.0.0.1", "deno --version"])).text.startsWith("deno ");
    await until("sshd to let us in", answers, log, 20_000);
    await test(ssh);
  } finally {
    await endDaemon(join(folder, "sshd.pid"));
  }
}

Deno.test({
  name: "ssh: three shards over GNU parallel, one host failing, come back and merge to the unsharded bytes",
  ignore: !isPrepared("ssh"),
  fn: () =>
    withFolder(async (folder) => {
      const here = new Checkout(join(folder, "here")), there = new Checkout(join(folder, "there"));
      await withSshd(here, async (ssh) => {
        // 127.0.0.2 is this machine, too, where sshd does not listen
        Deno.writeTextFileSync(here.at("hosts"), "1/127.0.0.2\n1/127.0.0.1\n1/localhost\n");
        const env = { SSH: ssh, REMOTE: there.folder, PARALLEL_HOME: here.at(".parallel") };
        const run = (...flags: string[]) =>
          here.run("cluster/ssh/run.sh", ["mine", "3", "hosts", ...flags], env);
        const { code, text } = await run(...PLAN.split(" "));
        assert.equal(code, 0, text);
        assert.match(text, /Whole: every one of 6 trials, each once\./);
        assert.match(here.read(".ssh/calls"), /127\.0\.0\.2/);
        // what ran there came back
        assert.ok(there.read("results/shards/mine/plan.json").length > 0);
        const log = here.read("results/shards/mine/jobs.tsv").trimEnd().split("\n").slice(1)
          .map((line) => line.split("\t"));
        assert.deepEqual(log.filter(([, , , , , , exit]) => exit === "0").map(([number]) => number).sort(), [
          "1",
          "2",
          "3",
        ]);
        assert.ok(log.every(([, host, , , , , exit]) =>
          exit !== "0" || host.includes("127.0.0.1") || host.includes("localhost")
        ));

        // a shard that was lost, or lacks what failed, is trained again, the others are not
        Deno.removeSync(here.at("results/runs/mine"), { recursive: true });
        Deno.removeSync(here.at("results/shards/mine/2"), { recursive: true });
        const rows = here.at("results/shards/mine/3/trials.csv"), row = /^(1,\d+),completed,.*$/m;
        Deno.writeTextFileSync(
          rows,
          here.read("results/shards/mine/3/trials.csv").replace(row, "$1,failed,1,,,,,,,,no memory"),
        );
        const again = await run();
        assert.equal(again.code, 0, again.text);
        assert.match(again.text, /Whole: every one of 6 trials, each once\./);
        const second = here.read("results/shards/mine/jobs.tsv").trimEnd().split("\n").slice(1);
        assert.deepEqual(
          [
            ...new Set(second.map((line) =>
              /--shard (\d)\/3/.exec(line)?.[1]
            )),
          ].sort(),
          ["2", "3"],
        );
        // what is whole is merged and not trained
        assert.match((await run()).text, /The same results were there already/);
        const other = await here.run("cluster/ssh/run.sh", ["mine", "4", "hosts"], env);
        assert.equal(other.code, 2);
        assert.match(
          other.text,
          /^error: Cannot run: expected 3 shards as "results\/shards\/mine" was begun with, got 4/,
        );
      });
      await here.task(`bench ${PLAN} --out results/runs/one`);
      assert.deepEqual(
        repeatableFiles(here.at("results/runs/mine")),
        repeatableFiles(here.at("results/runs/one")),
      );
    }),
});
