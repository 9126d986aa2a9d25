/**
 * Runs a command in a process of its own and prints what it cost: `timed_command.ts COMMAND [ARGUMENTS]`.
 *
 * @module
 */
import process from "node:process";

/** What the last line on standard error says. */
export interface CommandCost {
  readonly code: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

if (import.meta.main) {
  const [command, ...args] = Deno.args;
  const { main } = await import(`../commands/${command}.ts`);
  const code: number = await main(args);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cost: CommandCost = {
    code,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: maxRSS * 1024,
  };
  console.error(JSON.stringify(cost));
  Deno.exit(0);
}
