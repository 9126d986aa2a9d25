/**
 * Holds every published claim against results: `deno task claims`.
 *
 * Writes `claims.csv` and, where the test labels are at hand, `confusion.csv` into the results folder; the tables of
 * README.md and SUMMARY.md come from the same audit.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { dataNeeds, joinNeeds, PUBLISHED_ABLATIONS, REFERENCE } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { Audit, AuditSources } from "../judge/claims/audit_folder.ts";
import type { ClaimFinding } from "../judge/claims/finding.ts";

const HELP = `Holds every published claim against results, and says what the measurements make of it.

Usage: deno task claims [DIR] [flags]

  DIR           the results                                      (default: ${REFERENCE})
  --data DIR    folder with the MNIST files, for the claims about single digits
                (default: $MNIST_DIR or data/cache/mnist; without it they are judged from confusion.csv)
  --no-write    only print
  --help        this text

Prints a Markdown table and writes claims.csv and confusion.csv into the folder.
Exit codes: 0 whatever the verdicts are, 2 usage or input error.
`;

const SYNTAX = { flags: { data: "path", "no-write": "switch" }, positionals: ["path"] } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs({ flags, positionals: [folder = REFERENCE] }, place) {
    return joinNeeds(
      { read: [folder], write: flags.has("no-write") ? [] : [folder] },
      dataNeeds(flags.get("data"), place, { mayDownload: false }),
    );
  },
};

/** What `claims` takes from outside. */
export type ClaimsSurroundings = AuditSources & Streams;

/** Runs the audit that `args` ask for and returns the exit code. */
export function main(args: readonly string[], surroundings?: ClaimsSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    work: async (line, { out }) => await claims(line, { out, sources: surroundings ?? await realSources() }),
  });
}

async function realSources(): Promise<AuditSources> {
  const { loadIterations } = await import("../../models/catalog.ts");
  const { loadTestLabels } = await import("../judge/claims/audit_folder.ts");
  const { readPublishedEffects } = await import("../run/effects.ts");
  return {
    loadIterations: () => loadIterations(),
    loadTestLabels,
    readEffects: () => readPublishedEffects(PUBLISHED_ABLATIONS),
  };
}

async function claims(
  { flags, positionals: [folder = REFERENCE] }: CommandLine<typeof SYNTAX>,
  { out, sources }: { readonly out: Streams["out"]; readonly sources: AuditSources },
): Promise<number> {
  const { auditFolder } = await import("../judge/claims/audit_folder.ts");
  const { CLAIM_WORDS } = await import("../judge/claims/finding.ts");
  const { CLAIM_RULE } = await import("../judge/claims/prediction.ts");
  const { claimRows } = await import("../report/claims.ts");
  const { serializeTable } = await import("../report/markdown.ts");
  const { columns } = await import("../report/report.ts");
  const audit = await auditFolder(folder, flags.get("data"), sources), { findings } = audit;
  if (!flags.has("no-write")) await writeAudit(folder, audit);
  const table = serializeTable({
    columns: columns("> Iteration", "Published", "Claimed", "Measured", "Verdict", "Reason"),
    rows: claimRows(findings),
  });
  out.write(`${table}\n\n${CLAIM_RULE}\n\n${countVerdicts(findings, CLAIM_WORDS)}\n`);
  return EXIT.ok;
}

/** Writes what the audit found into the folder that it judged by. */
async function writeAudit(folder: string, { findings, confusion }: Audit): Promise<void> {
  const { CLAIMS, serializeClaims } = await import("../report/claims.ts");
  const { formatCsv } = await import("../run/csv.ts");
  const { CONFUSION_COLUMNS } = await import("../run/rows.ts");
  const { CONFUSION, replaceFile } = await import("../run/run_folder.ts");
  const write = (file: string, text: string) => replaceFile(folder, file, text, { next: "pass --no-write" });
  if (confusion !== undefined) write(CONFUSION, formatCsv(CONFUSION_COLUMNS, confusion));
  write(CLAIMS, serializeClaims(findings));
}

function countVerdicts(
  findings: readonly ClaimFinding[],
  words: Readonly<Record<ClaimFinding["verdict"], string>>,
): string {
  const counts = new Map<string, number>();
  for (const { verdict } of findings) {
    counts.set(words[verdict], (counts.get(words[verdict]) ?? 0) + 1);
  }
  return `${findings.length} claims: ${[...counts].map(([word, count]) => `${count} ${word}`).join(", ")}`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
