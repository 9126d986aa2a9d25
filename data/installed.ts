/**
 * Tells a checkout from a copy that npm installed.
 *
 * @module
 */

/**
 * Whether a folder lies where npm keeps packages: such a copy may be read-only, is thrown away with the next version,
 * and is in nobody's repository, whatever lies around it.
 */
export function isInstalled(folder: string): boolean {
  return folder.split(/[\\/]/).includes("node_modules");
}
