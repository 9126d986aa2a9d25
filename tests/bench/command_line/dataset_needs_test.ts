/**
 * @file What a process may touch for each data set: its own places and hosts, and nothing for those that need nothing.
 */
import assert from "node:assert/strict";
import { datasetNeeds } from "../../../bench/command_line/needs.ts";
import { MNIST_LIKE } from "../../../data/mnist_like.ts";
import { DATASET_NAMES } from "../../../data/types.ts";

const PLACE = { project: "/project" };
const hosts = (dataset: string, options: { validate?: boolean; data?: string } = {}) =>
  [...datasetNeeds({ dataset, validate: false, ...options }, PLACE).net ?? []].sort();

Deno.test("datasetNeeds() names for each data set the hosts that it is downloaded from", () => {
  assert.deepEqual(hosts("synthetic"), []);
  assert.deepEqual(hosts("kmnist"), ["codh.rois.ac.jp"]);
  assert.deepEqual(hosts("fashion-mnist"), ["fashion-mnist.s3-website.eu-central-1.amazonaws.com"]);
  assert.ok(
    hosts("qmnist").includes("raw.githubusercontent.com") &&
      hosts("qmnist").includes("storage.googleapis.com"),
  );
  assert.ok(hosts("mnist", { validate: true, data: "x" }).includes("raw.githubusercontent.com"));
  for (const name of Object.keys(MNIST_LIKE)) assert.deepEqual(hosts(name, { data: "x" }), []);
  for (const name of DATASET_NAMES) assert.ok(name === "synthetic" || hosts(name).length > 0, name);
});

Deno.test("datasetNeeds() lets a folder of one's own be read, and nothing else be touched", () => {
  assert.deepEqual(datasetNeeds({ dataset: "./digits", validate: true }, PLACE), { read: ["./digits"] });
  const recorded = { dataset: "idx-0123456789ab", validate: false };
  assert.deepEqual(datasetNeeds(recorded, PLACE), {});
  assert.deepEqual(datasetNeeds({ ...recorded, data: "digits" }, PLACE), { read: ["digits"] });
});
