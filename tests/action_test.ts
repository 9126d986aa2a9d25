/** The steps of action.yml that are scripts, run one after another as a runner does, in a project of one's own. */
import assert from "node:assert/strict";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "./bench/fixtures.ts";

const PROJECT = fileURLToPath(new URL("../", import.meta.url));
const ACTION = Deno.readTextFileSync(join(PROJECT, "action.yml")).replaceAll("\r\n", "\n");

/** The script of a step, and its environment with each `inputs.x` as given or as its default. */
function step(name: string, inputs: Readonly<Record<string, string>>) {
  const text = ACTION.split("\n    - ").find((each) => each.startsWith(`name: ${name}\n`));
  assert.ok(text, name);
  const script = text.split("      run: |\n")[1].split("\n").map((line) => line.slice(8)).join("\n");
  const env: Record<string, string> = {};
  for (const [, variable, input] of text.matchAll(/^ {8}([A-Z]+): \$\{\{ inputs\.([\w-]+) \}\}$/gm)) {
    const fallback = ACTION.match(
      new RegExp(`^  ${input}:\n    description: .*\n    default: "?([^"\n]*)"?$`, "m"),
    );
    assert.ok(fallback, `input ${input}`);
    env[variable] = inputs[input] ?? fallback[1];
  }
  return { script, env };
}

Deno.test("the action's verdict is error where nothing was compared", () => {
  const expression = ACTION.match(/^ {2}verdict:\n(?: {4}.*\n)* {4}value: \$\{\{ (.+) \}\}$/m)?.[1];
  assert.ok(expression);
  // a runner's `||` takes an output that no step set, which is empty, as JavaScript does
  const verdictOf = (verdict: string) =>
    Function("steps", `return ${expression}`)({ compare: { outputs: { verdict } } });
  assert.equal(verdictOf(""), "error");
  assert.equal(verdictOf("regressed"), "regressed");
});

const hasNode =
  new Deno.Command("sh", { args: ["-c", "command -v node && command -v bash"] }).outputSync().success;

/** A network whose training takes a second. */
const net = (learningRate: number, title = "Mine") =>
  `export const mine = {
  id: 901, title: "${title}", parameters: 7850, criteria: {},
  layers: [{ kind: "flatten" }, { kind: "linear", out: 10 }],
  training: {
    epochs: 1, batchSize: 1024, optimizer: { kind: "sgd", learningRate: ${learningRate} },
    schedule: { kind: "constant" }, augmentation: [],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 }, testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
};
`;

Deno.test({
  name: "the action trains, compares, and makes a report, in a project of one's own",
  ignore: !hasNode,
  fn: () =>
    withFolder(async (folder) => {
      const run = async (name: string, inputs: Readonly<Record<string, string>> = {}) => {
        const { script, env } = step(name, {
          iterations: "./net.ts",
          "bench-flags": "--dataset synthetic --workers 1",
          ...inputs,
        });
        // as runners call it
        const { code, stdout, stderr } = await new Deno.Command("bash", {
          args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
          cwd: folder,
          env: {
            ...env,
            PATH: `${dirname(Deno.execPath())}${delimiter}${Deno.env.get("PATH")}`,
            NO_COLOR: "1",
            GITHUB_ACTION_PATH: PROJECT,
            GITHUB_STEP_SUMMARY: join(folder, "job.md"),
            GITHUB_OUTPUT: join(folder, "outputs"),
          },
        }).output();
        return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
      };
      const verdict = () => Deno.readTextFileSync(join(folder, "outputs")).trimEnd().split("\n").at(-1);
      Deno.writeTextFileSync(join(folder, "net.ts"), net(0.05));
      const reference = await run("Train", { out: "results/reference" });
      assert.equal(reference.code, 0, reference.text);
      const trained = await run("Train");
      assert.equal(trained.code, 0, trained.text);

      const same = await run("Compare");
      assert.equal(same.code, 0, same.text);
      assert.equal(verdict(), "verdict=passed");
      assert.match(Deno.readTextFileSync(join(folder, "job.md")), /No regression|passed/);
      const report = await run("Report");
      assert.equal(report.code, 0, report.text);
      assert.match(
        Deno.readTextFileSync(join(folder, "results", "runs", "gate", "report.html")),
        /^<!doctype html>/i,
      );

      // one seed of another recipe: other bits, and too few to tell more
      Deno.writeTextFileSync(join(folder, "net.ts"), net(0.0001));
      const other = { out: "results/runs/other" };
      assert.equal((await run("Train", other)).code, 0);
      const changed = await run("Compare", other);
      assert.equal(changed.code, 3, changed.text);
      assert.equal(verdict(), "verdict=underpowered");
    }),
});
