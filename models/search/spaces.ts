/**
 * The spaces that come with the project: each file in `models/spaces/` is one.
 *
 * @module
 */

export const SPACES_FOLDER = new URL("../spaces/", import.meta.url);

/** Their names, as a command line takes them. */
export async function listSpaces(folder: URL = SPACES_FOLDER): Promise<string[]> {
  const names: string[] = [];
  for await (const { isFile, name } of Deno.readDir(folder)) {
    if (isFile && name.endsWith(".ts")) names.push(name.slice(0, -".ts".length));
  }
  return names.sort();
}
