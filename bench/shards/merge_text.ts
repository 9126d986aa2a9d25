/**
 * What a merge says: each finding with its folder, and how to train what is missing.
 *
 * @module
 */
import { join } from "node:path";
import { formatCount, formatNumberList, plural } from "../command_line/format.ts";
import { word } from "../command_line/quote.ts";
import { type Finding, type FindingKind, nameTrials, seedsByIteration } from "./findings.ts";
import { arrayList, type Sharing } from "./join.ts";
import type { PlanFile, PlannedTrial } from "./plan_file.ts";

const LABELS: Readonly<Record<FindingKind, string>> = {
  foreign: "foreign",
  unreadable: "damaged",
  differing: "differing",
  mixed: "other GPU",
  torn: "torn",
  failed: "failed",
  diverged: "diverged",
  double: "double",
};
/** Of one kind; nobody reads a thousand lines that say the same. */
const MOST_LINES = 20;
/** Commands that are written out. */
const MOST_COMMANDS = 5;

/** One line for each finding, those that forbid merging first. */
export function findingLines(findings: readonly Finding[]): string {
  return (Object.keys(LABELS) as FindingKind[]).map((kind) => {
    const ofKind = findings.filter((finding) => finding.kind === kind);
    const label = LABELS[kind].padEnd(10);
    const lines = ofKind.slice(0, MOST_LINES).map(({ folder, text }) => `${label}${folder}: ${text}\n`);
    const rest = ofKind.length - lines.length;
    return lines.join("") + (rest > 0 ? `${label}and ${plural(rest, "more folder")}\n` : "");
  }).join("");
}

/** What is missing, the shards that lack it, and the commands that train it. */
export function incompleteLines(
  { path, plan }: PlanFile,
  missing: readonly PlannedTrial[],
  { sharing, lacking, parent, data }: {
    readonly sharing?: Sharing;
    readonly lacking?: ReadonlyMap<number, readonly PlannedTrial[]>;
    /** Folder that the shards lie in. */
    readonly parent: string;
    /** Folder in which the data set lies, where it is named. */
    readonly data?: string;
  },
): string {
  const command = planCommand(path, data);
  const folderOf = (shard: number) => sharing?.folders.get(shard) ?? join(parent, String(shard));
  const shardLines = [...lacking ?? []].slice(0, MOST_LINES).map(([shard, trials]) =>
    `missing  shard ${shard}/${sharing?.count}, ${folderOf(shard)}: ${nameTrials(trials)}\n`
  );
  const more = (lacking?.size ?? 0) - shardLines.length;
  return [
    ...(shardLines.length === 0 ? [`missing  ${nameTrials(missing)}\n`] : shardLines),
    ...(more > 0 ? [`missing  and of ${plural(more, "more shard")}\n`] : []),
    `\nIncomplete: ${formatCount(missing.length)} of ${
      plural(plan.trials.length, "trial")
    } missing. Nothing was written.\n`,
    ...shardCommands(command, { sharing, lacking, folderOf }),
    `To train ${sharing === undefined ? "them" : "them all here instead"}:\n`,
    ...restCommands(command, missing, join(parent, "rest")),
  ].join("");
}

/** What trains a part of a plan once the part is named. */
export function planCommand(path: string, data: string | undefined): string {
  return `deno task bench --plan ${word(path)}${data === undefined ? "" : ` --data ${word(data)}`}`;
}

function shardCommands(
  command: string,
  { sharing, lacking, folderOf }: {
    readonly sharing?: Sharing;
    readonly lacking?: ReadonlyMap<number, readonly PlannedTrial[]>;
    readonly folderOf: (shard: number) => string;
  },
): string[] {
  if (sharing === undefined || lacking === undefined) return [];
  const shown = [...lacking.keys()].slice(0, MOST_COMMANDS);
  return [
    `The same commands go on where they stopped, as jobs --array=${arrayList(lacking.keys())}:\n`,
    ...shown.map((shard) =>
      `  ${command} --shard ${shard}/${sharing.count} --out ${word(folderOf(shard))}\n`
    ),
    ...(lacking.size > shown.length ? ["  …\n"] : []),
  ];
}

/** One command for all iterations that lack the same seeds. */
function restCommands(command: string, missing: readonly PlannedTrial[], out: string): string[] {
  const bySeeds = Map.groupBy(seedsByIteration(missing), ([, seeds]) => formatNumberList(seeds));
  return [...bySeeds].map(([seeds, group]) =>
    `  ${command} --iterations ${
      formatNumberList(group.map(([iteration]) => iteration))
    } --seeds ${seeds} --out ${word(out)}\n`
  );
}
