import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { withFolder } from "../bench/fixtures.ts";
import { Checkout, isPrepared } from "./checkout.ts";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const CONFIG = `--config=${at(".ci/kubernetes/deno.json")}`;

interface Job {
  readonly spec: {
    readonly completions: number;
    readonly parallelism: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: string }[];
        }[];
      };
    };
  };
}

async function deno(args: readonly string[], input = "") {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** Types and values by the packages' schemas, names of fields by TypeScript. */
async function validate(yaml: string, folder: string) {
  const values = await deno(["run", "-q", "--allow-env", CONFIG, at(".ci/kubernetes/validate.ts")], yaml);
  if (values.code !== 0) return values;
  const file = `${folder}/job.ts`;
  Deno.writeTextFileSync(
    file,
    `import type { IJob } from "kubernetes-models/batch/v1";\nexport const job: IJob = ${values.out};\n`,
  );
  const names = await deno(["check", "-q", CONFIG, file]);
  return { ...names, out: values.out };
}

Deno.test({
  name: "job.yaml is a Job by Kubernetes' schema, and what it starts is a shard",
  ignore: !isPrepared("kubernetes"),
  fn: () =>
    withFolder(async (folder) => {
      const yaml = Deno.readTextFileSync(at("cluster/kubernetes/job.yaml"));
      const { code, out, err } = await validate(yaml, folder);
      assert.equal(code, 0, err);
      const mistakes: [string, string, RegExp][] = [
        [
          "completionMode: Indexed",
          "completionMode: Indexd",
          /completionMode must be equal to one of the allowed values/,
        ],
        ["completions: 8", "completions: eight", /completions/],
        ["parallelism:", "paralelism:", /'"paralelism"' does not exist in type/],
      ];
      for (const [right, wrong, said] of mistakes) {
        const broken = await validate(yaml.replace(right, wrong), folder);
        assert.notEqual(broken.code, 0, wrong);
        assert.match(broken.err, said);
      }
      const { completions, parallelism, template } = (JSON.parse(out) as Job).spec;
      const [{ command: [shell, ...flags], args, env }] = template.spec.containers;
      const shards = env.find(({ name }) => name === "SHARDS")?.value;
      assert.deepEqual([completions, parallelism, Number(shards)], [8, 8, 8]);

      const checkout = new Checkout(`${folder}/project`);
      await checkout.task(
        "plan:run --dataset synthetic --quick --epochs 1 --iterations 1 --seeds 0-7 --out results/shards/mine/plan.json",
      );
      const pod = await checkout.run(shell, [...flags, ...args], {
        JOB_COMPLETION_INDEX: "7",
        SHARDS: shards!,
      });
      assert.equal(pod.code, 0, pod.text);
      assert.match(pod.text, /trials {3}shard 8\/8 of plan\.json: 1 of 8\n/);
      assert.ok(checkout.read("results/shards/mine/8/trials.csv").includes(",completed,"));
    }),
});
