/**
 * @file What nodes of a cluster may lack: fused multiply-add, file locks, network; and a cache that many share.
 */
import assert from "node:assert/strict";
import { repeatableFiles, withFolder } from "../bench/fixtures.ts";
import { Checkout, isPrepared, until } from "./checkout.ts";

const PLAN = "--dataset synthetic --quick --epochs 1 --iterations 1";
const isLinuxX86 = Deno.build.os === "linux" && Deno.build.arch === "x86_64";

Deno.test({
  name: "a processor without fused multiply-add trains no plan, and merge says which shard came from one",
  ignore: !isPrepared("nodes") || !isLinuxX86,
  fn: () =>
    withFolder(async (folder) => {
      const checkout = new Checkout(folder), old = { DENO_V8_FLAGS: "--no-enable-fma3" };
      await checkout.task(`plan:run ${PLAN} --seeds 0,1`);
      const planned = "bench --plan plan.json --shard 1/2 --out shards/1";
      const refused = await checkout.run("deno", ["task", "-q", ...planned.split(" ")], old);
      assert.equal(refused.code, 2, refused.text);
      assert.match(
        refused.text,
        /expected engine wasm as planned, got wasm-unfused; train this part on a processor that/,
      );
      await checkout.task(planned);
      await checkout.task(`bench ${PLAN} --seeds 1 --out shards/2`, old);
      const merged = await checkout.run("deno", [
        "task",
        "-q",
        "merge",
        "shards/1",
        "shards/2",
        "--plan",
        "plan.json",
      ]);
      assert.equal(merged.code, 2, merged.text);
      assert.match(
        merged.text,
        /foreign {3}shards\/2: expected engine wasm as in the plan, got wasm-unfused \(.*without fused multiply-add\)/,
      );
      assert.equal(checkout.read("results/runs/plan/manifest.json"), "");
    }),
});

Deno.test({
  name:
    "many starts share one cache, empty or without network, and their shards merge to the unsharded bytes",
  ignore: !isPrepared("nodes"),
  fn: () =>
    withFolder(async (folder) => {
      const checkout = new Checkout(folder, { DENO_DIR: `${folder}/.deno` });
      const all = async (program: string, args: readonly string[], count: number) => {
        const ended = await Promise.all(
          Array.from({ length: count }, (_, index) =>
            checkout.run(program, [
              ...args,
              ..."task -q bench --plan plan.json --shard".split(" "),
              `${index + 1}/${count}`,
              `--out=shards/${index + 1}`,
            ])),
        );
        for (const { code, text } of ended) assert.equal(code, 0, text);
      };
      // as on the machine that jobs are submitted from: what it fetched is all that the nodes need
      await checkout.task(`plan:run ${PLAN} --seeds 0-2`);
      const isolated = (await checkout.run("unshare", ["-rn", "true"])).code === 0;
      if (isolated) await all("unshare", ["-rn", "deno"], 3);
      else console.log("skipped: no network namespaces here, so the nodes keep their network");
      // three that fetch into an empty cache at the same time
      Deno.removeSync(checkout.at(".deno"), { recursive: true });
      if (isolated) Deno.removeSync(checkout.at("shards"), { recursive: true });
      await all("deno", [], 3);
      const names = ["1", "2", "3"].map((name) => `shards/${name}`);
      await checkout.task(`merge ${names.join(" ")} --plan plan.json`);
      await checkout.task(`bench ${PLAN} --seeds 0-2 --out one`);
      assert.deepEqual(
        repeatableFiles(checkout.at("results/runs/plan")),
        repeatableFiles(checkout.at("one")),
      );
    }),
});

Deno.test({
  name: "where the system has no file locks, a file stands for the lock, and a stale one is named",
  ignore: !isPrepared("strace"),
  fn: () =>
    withFolder(async (folder) => {
      const checkout = new Checkout(folder);
      await checkout.task(`plan:run ${PLAN} --seeds 0-15 --out results/shards/mine/plan.json`);
      const folderOfPlan = "results/shards/mine";
      const lockless =
        "-f --seccomp-bpf -qq -e trace=flock -e inject=flock:error=ENOSYS -o /dev/null deno task -q";
      const args = [
        ...lockless.split(" "),
        ...`bench --plan ${folderOfPlan}/plan.json --shard 1/1 --out ${folderOfPlan}/1`.split(" "),
      ];
      const first = checkout.spawn("strace", args);
      const rows = () => checkout.read(folderOfPlan, "1/trials.csv").split("\n").length - 2;
      const holder = () => checkout.read(folderOfPlan, "1/.lock-holder");
      try {
        await until("a trial to be finished", () => rows() >= 1, () => holder());
        const second = await checkout.run("strace", args);
        assert.equal(second.code, 2, second.text);
        assert.match(
          second.text,
          /in use by process \d+ of user \d+ on \S+ since 2\S+; wait for it, choose another --out/,
        );
      } finally {
        // outright, as a node that loses power; strace passes nothing on
        Deno.kill(Number(holder().match(/^process (\d+)/)?.[1]), "SIGKILL");
      }
      const { stderr } = await first.output();
      assert.match(
        new TextDecoder().decode(stderr),
        /warning {2}the file system of "results\/shards\/mine\/1" has no locks \(Function not implemented \(os error 38\)\): the file/,
      );
      // also a machine on which the file system has locks keeps out
      const refused = await checkout.run("deno", ["task", "-q", ...args.slice(args.indexOf("bench"))]);
      assert.equal(refused.code, 2, refused.text);
      const [, removal] = refused.text.match(/if it is gone, remove what it left: `(.*)`/)!;
      assert.equal(removal, `rm ${folderOfPlan}/1/.lock-holder`);
      const kept = rows();
      assert.ok(kept >= 1);
      // SLURM sends a job again once it is gone, and the job's script then does what the message says
      const requeued = { SLURM_ARRAY_TASK_ID: "1", SLURM_RESTART_COUNT: "1" };
      const again = await checkout.run("cluster/slurm/submit.sh", ["--shard", "mine", "1"], requeued);
      assert.equal(again.code, 0, again.text);
      assert.match(
        again.text,
        new RegExp(`trials {3}shard 1/1 of plan\\.json: 16 of 16, ${kept} of them already there`),
      );
    }),
});
