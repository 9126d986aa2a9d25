/**
 * Prints a Kubernetes Job that was written in YAML as JSON, or says what in it has the wrong type or no such value.
 *
 * Its packages are large and nothing else needs them: they have a lock file of their own.
 *
 * @module
 */
import { type IJob, Job } from "kubernetes-models/batch/v1";
import { parse } from "yaml";

const value: IJob = parse(await new Response(Deno.stdin.readable).text());
new Job(value).validate();
console.log(JSON.stringify(value));
