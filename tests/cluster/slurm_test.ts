/**
 * @file A SLURM of three nodes on this machine: arrays, cancelled and repeated shards, and the merge behind them.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseManifest } from "../../bench/run/manifest.ts";
import { repeatableFiles, withFolder } from "../bench/fixtures.ts";
import { Checkout, endDaemon, isPrepared, until } from "./checkout.ts";

const NODES = ["n1", "n2", "n3"];
const PLAN = "--dataset synthetic --quick --epochs 1 --iterations 1 --seeds 0-17";

/** A free port for each daemon, in a row. */
function freePorts(count: number): number {
  for (let first = 20_000; first < 60_000; first += count) {
    const held: Deno.Listener[] = [];
    try {
      for (let port = first; port < first + count; port++) {
        held.push(Deno.listen({ hostname: "127.0.0.1", port }));
      }
      return first;
    } catch {
      // one of them is taken
    } finally {
      for (const listener of held) listener.close();
    }
  }
  throw new Error("Cannot start SLURM: expected free ports, got none");
}

/** As measured to work without control groups, accounting or root's own munge. */
function configuration(folder: string, user: string): string {
  const port = freePorts(1 + NODES.length);
  return `ClusterName=test
SlurmctldHost=localhost
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CredType=cred/munge
SlurmctldPort=${port}
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=30
SchedulerParameters=batch_sched_delay=0,sched_interval=1,defer=0
MinJobAge=3600
NodeName=n[1-3] NodeHostname=localhost Port=[${port + 1}-${port + NODES.length}] CPUs=2 State=UNKNOWN
PartitionName=main Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
`;
}

/** Starts SLURM in a folder, and ends it after `test`. */
async function withSlurm(
  checkout: Checkout,
  test: (env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const folder = checkout.at(".slurm"), env = { SLURM_CONF: join(folder, "slurm.conf") };
  Deno.mkdirSync(join(folder, "state"), { recursive: true });
  for (const node of NODES) Deno.mkdirSync(join(folder, `spool-${node}`));
  const user = (await checkout.run("id", ["-un"])).text.trim();
  Deno.writeTextFileSync(env.SLURM_CONF, configuration(folder, user));
  const key = join(folder, "munge.key");
  Deno.writeFileSync(key, crypto.getRandomValues(new Uint8Array(1024)), { mode: 0o600 });
  const start = async (program: string, ...args: string[]) => {
    // a daemon would keep pipes open for ever
    const { code } = await new Deno.Command(program, {
      args,
      cwd: folder,
      env: { ...checkout.env, ...env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    assert.equal(code, 0, `${program} ${args.join(" ")}`);
  };
  const pids = [...NODES.map((node) => `slurmd-${node}.pid`), "slurmctld.pid", "munge.pid"];
  try {
    await start(
      "/usr/sbin/munged",
      "--force",
      `--key-file=${key}`,
      `--socket=${folder}/munge.socket`,
      `--pid-file=${folder}/munge.pid`,
      `--log-file=${folder}/munge.log`,
      `--seed-file=${folder}/munge.seed`,
    );
    await start("/usr/sbin/slurmctld", "-f", env.SLURM_CONF);
    for (const node of NODES) await start("/usr/sbin/slurmd", "-f", env.SLURM_CONF, "-N", node);
    const sinfo = async () => (await checkout.run("sinfo", ["-h", "-o", "%T %D"], env)).text.trim();
    await until("three idle nodes", async () => await sinfo() === "idle 3", sinfo);
    await test(env);
  } finally {
    for (const pid of pids) await endDaemon(join(folder, pid));
  }
}

Deno.test({
  name:
    "SLURM: an array of six shards, one cancelled and sent again, one run twice, merges to the unsharded bytes",
  ignore: !isPrepared("slurm"),
  fn: () =>
    withFolder(async (folder) => {
      // a mode that the user's munged accepts whatever the umask is
      Deno.chmodSync(folder, 0o755);
      const checkout = new Checkout(folder);
      await withSlurm(checkout, async (slurm) => {
        const env = { ...slurm, CPUS: "1" };
        const submit = async (...args: string[]) => {
          const { code, text } = await checkout.run("cluster/slurm/submit.sh", ["mine", "6", ...args], env);
          assert.equal(code, 0, text);
          const [, shards, merge] = text.match(/Submitted: shards (\d+), merge (\d+)\./)!;
          return { shards, merge };
        };
        const queue = async () => (await checkout.run("squeue", ["-h", "-o", "%i %T %r"], env)).text.trim();
        const exitCode = async (job: string) =>
          (await checkout.run("scontrol", ["show", "job", job], env)).text.match(/ExitCode=(\d+):/)?.[1];
        const allEnded = () => until("all jobs to end", async () => await queue() === "", queue, 100_000);
        const log = (name: string) => checkout.read("results/shards/mine/log", `${name}.txt`);

        const first = await submit(...PLAN.split(" "));
        const rows = () => checkout.read("results/shards/mine/4/trials.csv").split("\n").length - 2;
        await until("shard 4 to finish a trial", () => rows() >= 1, () => log("4"));
        await checkout.run("scancel", [`${first.shards}_4`], env);
        await checkout.run("sbatch", [
          "--parsable",
          "--output=/dev/null",
          "--wrap",
          "exec deno task bench --plan results/shards/mine/plan.json --shard 2/6 --out results/shards/mine/2-again",
        ], env);
        await allEnded();
        assert.match(
          log("4"),
          /Interrupted: [12] finished trials? kept in results\/shards\/mine\/4, [12] to go\./,
        );
        assert.equal(await exitCode(`${first.shards}_3`), "0");
        // behind a cancelled shard, an afterok job would never have begun
        assert.equal(await exitCode(first.merge), "1");
        assert.match(log("merge"), /as jobs --array=4:/);
        assert.ok(!log("merge").includes("shard 3/6"));

        const again = await submit("--array", "4");
        await allEnded();
        assert.match(log("4"), /trials {3}shard 4\/6 of plan\.json: 3 of 18, [12] of them already there/);
        assert.equal(await exitCode(again.merge), "0", log("merge"));
        assert.match(
          log("merge"),
          /double {4}results\/shards\/mine\/2-again: the same digests as in results\/shards\/mine\/2/,
        );
        assert.match(log("merge"), /Whole: every one of 18 trials, each once\./);
        const manifest = parseManifest(checkout.read("results/runs/mine/manifest.json"), "manifest.json");
        // the nodes see both processors of this machine, and were given one
        assert.deepEqual([...new Set(manifest.invocations.map(({ workers }) => workers))], [1]);
      });
      await checkout.task(`bench ${PLAN} --out results/runs/one`);
      assert.deepEqual(
        repeatableFiles(checkout.at("results/runs/mine")),
        repeatableFiles(checkout.at("results/runs/one")),
      );
    }),
});
