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

/** What `resourceUsage` says is on Linux at least what the process had that started this one. */
function peakBytes(): number {
  if (Deno.build.os !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = Deno.readTextFileSync("/proc/self/status").match(/^VmHWM:\s+(\d+) kB$/m) ?? [];
  return Number(kilobytes) * 1024;
}

if (import.meta.main) {
  const [command, ...args] = Deno.args;
  const { main } = await import(`../commands/${command}.ts`);
  const code: number = await main(args);
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const cost: CommandCost = {
    code,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: peakBytes(),
  };
  console.error(JSON.stringify(cost));
  Deno.exit(0);
}
