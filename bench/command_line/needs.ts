/**
 * What a command's process may touch, as permissions of Deno.
 *
 * An iteration is a program that a stranger may have written: what it can reach is what the command line names, and
 * no more.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled } from "../../data/installed.ts";
import { ALLOCATION_VARIABLES } from "./allocation.ts";
import { MNIST_LIKE } from "../../data/mnist_like.ts";
import { QMNIST } from "../../data/qmnist.ts";
import { DATASET_NAMES } from "../../data/types.ts";
import { looksLikePath } from "./flags.ts";
import { realPath } from "./real_path.ts";

/** Folders, hosts and names that a process may use; the project's own folder may always be read. */
export interface Needs {
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly net?: readonly string[];
  readonly env?: readonly string[];
  readonly sys?: readonly string[];
  /** Whether it starts this Deno again: what then runs has permissions of its own. */
  readonly startsDeno?: boolean;
  /** Other programs that it starts, by name or path: they have all permissions. */
  readonly programs?: readonly string[];
  /** Whether it trains on the CPU, and wants V8's flags for that. */
  readonly trains?: boolean;
  /** Whether it records the commit that is checked out. */
  readonly recordsCommit?: boolean;
  /** Files and folders of which that commit must hold everything, so that git is asked what it ignores there. */
  readonly committed?: readonly string[];
  /** Whether it uses packages of `deno.all.lock`. */
  readonly usesAllPackages?: boolean;
  /** Compiles, installs: no permission is worth denying. */
  readonly installs?: boolean;
}

/** Where a command is to run. */
export interface Place {
  /** The project's folder. */
  readonly project: string;
  /** `$MNIST_DIR`; undefined where it is unset or empty. */
  readonly mnistDir?: string;
}

/** Where results are published and where runs go, from the folder that a command works in. */
export const REFERENCE = join("results", "reference");
export const RUNS = join("results", "runs");

/**
 * The published results that a run is held against where nobody names others: those of the working folder, or, where
 * npm installed the project, the ones that came with it.
 */
export const PUBLISHED = publishedResults(fileURLToPath(new URL("../../", import.meta.url)));

/** The published ablations, which say what causes are worth. */
export const ABLATIONS = join("results", "ablations");
export const PUBLISHED_ABLATIONS = join(dirname(PUBLISHED), "ablations");
/** The field, trained again. */
export const FIELD = join("results", "field");

/** Entries that anybody may add, and those that are published. */
export const RECORDS = join("results", "records");
export const PUBLISHED_RECORDS = join(dirname(PUBLISHED), "records");

/** Logs of the searches that records come from: what was tried, and how each did on held-out images. */
export const SEARCHES = join("results", "search");

/** `PUBLISHED` of a project that lies in `project`. */
export function publishedResults(project: string): string {
  return isInstalled(project) ? join(project, REFERENCE) : REFERENCE;
}

const CACHE = join("data", "cache");
/** One copy that serves several checkouts. */
const SHARED_MNIST = join("..", "shared", "mnist");
const SHARED_QMNIST = join("..", "shared", "qmnist");
const TORCHVISION = join("data", "MNIST");
const MNIST_HOSTS = ["storage.googleapis.com", "ossci-datasets.s3.amazonaws.com"];

/** Has the labels that say who wrote an image. */
const QMNIST_HOST = "raw.githubusercontent.com";

/** What finding MNIST and the writers of its images takes, and downloading them where `mayDownload`. */
export function dataNeeds(
  data: string | undefined,
  { project, mnistDir }: Place,
  options: { readonly mayDownload: boolean },
): Needs {
  if (data !== undefined) return { read: [data] };
  const cache = isInstalled(project) ? CACHE : join(project, CACHE);
  const writers = [SHARED_QMNIST, join(project, SHARED_QMNIST), CACHE];
  const read = mnistDir === undefined
    ? [SHARED_MNIST, join(project, SHARED_MNIST), ...writers, TORCHVISION]
    : [mnistDir, ...writers];
  const needs = { read, env: ["MNIST_DIR"] };
  if (!options.mayDownload) return needs;
  return { ...needs, write: [cache], net: [...(mnistDir === undefined ? MNIST_HOSTS : []), QMNIST_HOST] };
}

/** What a run on a data set takes: finding it, downloading it, and with `validate` the writers of its images. */
export function datasetNeeds(
  { dataset, data, validate }: {
    readonly dataset: string;
    readonly data?: string;
    readonly validate: boolean;
  },
  place: Place,
): Needs {
  const { project } = place;
  if (dataset === "synthetic") return {};
  if (looksLikePath(dataset)) return { read: [dataset] };
  // a recorded name of a folder that --data names, or something that is refused later
  if (!DATASET_NAMES.some((name) => name === dataset)) return data === undefined ? {} : { read: [data] };
  const writerNeeds: Needs = {
    read: [SHARED_QMNIST, join(project, SHARED_QMNIST), CACHE],
    write: [isInstalled(project) ? CACHE : join(project, CACHE)],
    net: [QMNIST_HOST],
  };
  if (dataset === "mnist") {
    return joinNeeds(dataNeeds(data, place, { mayDownload: true }), validate ? writerNeeds : {});
  }
  const likeMnist = dataset === "fashion-mnist" || dataset === "kmnist";
  const { places, mirrors } = likeMnist ? MNIST_LIKE[dataset] : QMNIST;
  const archives: Needs = data !== undefined ? { read: [data] } : {
    read: places.flatMap((each) => [each, join(project, each)]),
    write: [isInstalled(project) ? CACHE : join(project, CACHE)],
    net: mirrors.map((mirror) => new URL(mirror).hostname),
  };
  return likeMnist
    ? archives
    : joinNeeds(archives, dataNeeds(undefined, place, { mayDownload: true }), validate ? writerNeeds : {});
}

/** All that any of them needs. */
export function joinNeeds(...all: readonly Needs[]): Needs {
  const list = (name: "read" | "write" | "net" | "env" | "sys" | "programs" | "committed") => [
    ...new Set(all.flatMap((needs) => needs[name] ?? [])),
  ];
  const some = (name: "startsDeno" | "trains" | "recordsCommit" | "usesAllPackages" | "installs") =>
    all.some((needs) => needs[name]);
  return {
    read: list("read"),
    write: list("write"),
    net: list("net"),
    env: list("env"),
    sys: list("sys"),
    programs: list("programs"),
    committed: list("committed"),
    startsDeno: some("startsDeno"),
    trains: some("trains"),
    recordsCommit: some("recordsCommit"),
    usesAllPackages: some("usesAllPackages"),
    installs: some("installs"),
  };
}

/** Names of V8's flags that training gains from, on a processor that has them: V8 ends at one that it does not know. */
export function trainingFlags(arch: string): string[] {
  return ["--no-wasm-bounds-checks", ...(arch === "x86_64" ? ["--experimental-wasm-revectorize"] : [])];
}

/** Arguments of `deno run` that give `needs`, in front of the program's own file. */
export function denoArguments(
  needs: Needs,
  options: {
    readonly project: string;
    readonly arch: string;
    readonly deno: string;
    /** Whether Deno's own bars would be escapes on a screen that takes none. */
    readonly isQuiet?: boolean;
  },
): string[] {
  const { project, arch, deno } = options;
  const general = [
    "--no-prompt",
    ...(options.isQuiet ? ["--quiet"] : []),
    `--config=${join(project, "deno.json")}`,
    `--env-file=${join(project, "webgpu.env")}`,
    ...(needs.usesAllPackages ? [`--lock=${join(project, "deno.all.lock")}`] : []),
    ...(needs.trains ? [`--v8-flags=${trainingFlags(arch).join(",")}`] : []),
  ];
  if (needs.installs) {
    return [...general, "--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-run"];
  }
  const grant = (name: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`--allow-${name}=${[...new Set(values)].join(",")}`];
  return [
    ...general,
    // what is published decides criteria, causes and comparisons of every command, wherever the person is
    ...grant(
      "read",
      grantedPaths([project, PUBLISHED, PUBLISHED_ABLATIONS, PUBLISHED_RECORDS, ...needs.read ?? []]),
    ),
    ...grant("write", grantedPaths(needs.write ?? [])),
    ...grant("net", needs.net ?? []),
    // a dumb terminal gets no escapes
    ...grant("env", [
      "TERM",
      LAUNCH_VARIABLE,
      ...(needs.trains ? ALLOCATION_VARIABLES : []),
      ...needs.env ?? [],
    ]),
    ...grant("sys", needs.sys ?? []),
    ...grant("run", [...(needs.startsDeno ? [nameable(deno)] : []), ...needs.programs ?? []]),
  ];
}

/** Holds what the launcher tells the process that it starts. */
export const LAUNCH_VARIABLE = "UNDER20K_LAUNCH";

/**
 * The paths that permissions name for `paths`: as they are, and what they stand for where symbolic links lead elsewhere.
 * Deno looks up the one to open a file, and the other to tell its length.
 */
function grantedPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const real = realPath(path);
    return real === resolve(path) ? [path] : [path, real];
  }).map(nameable);
}

/** A path that a permission can name: Deno ends one at a comma, so it is then the folder around that. */
function nameable(path: string): string {
  return path.includes(",") ? nameable(dirname(path)) : path;
}
