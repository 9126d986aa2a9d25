/**
 * How many processors a batch system gave to this process.
 *
 * `navigator.hardwareConcurrency` follows affinity and control groups (`taskset`, a container's limit). A SLURM that
 * binds nothing says in the environment alone what it gave.
 *
 * @module
 */

/** In the order in which they count: of a task, then of all tasks of a job on this machine. */
export const ALLOCATION_VARIABLES = ["SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"] as const;

/** The processors that a batch system gave, never more than there are; undefined where none says so. */
export function allocatedProcessors(
  read: (name: string) => string | undefined = readIfAllowed,
  cores: number = navigator.hardwareConcurrency,
): number | undefined {
  for (const name of ALLOCATION_VARIABLES) {
    const text = read(name);
    if (text !== undefined && /^[1-9]\d{0,5}$/.test(text)) return Math.min(Number(text), cores);
  }
  return undefined;
}

/** A program that uses the API need not allow it. */
function readIfAllowed(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
