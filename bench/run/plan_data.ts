/**
 * Asks a plan for one thing, before anything else is loaded.
 *
 * @module
 */

/** The data set that a plan's file names; undefined where there is none to be read. */
export function plannedDataset(path: string): string | undefined {
  try {
    const name: unknown = JSON.parse(Deno.readTextFileSync(path))?.dataset?.name;
    return typeof name === "string" ? name : undefined;
  } catch {
    // whoever reads the plan says what is wrong with it
    return undefined;
  }
}
