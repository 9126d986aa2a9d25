/**
 * Whether a program can be started, before Deno is asked to allow it.
 *
 * @module
 */
import { delimiter, join } from "node:path";

const isFile = (path: string): boolean => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

/** Whether a shell would find this program: by its path, or by its name in a folder of `$PATH`. */
export function isProgram(name: string): boolean {
  const endings = Deno.build.os === "windows"
    ? ["", ...(Deno.env.get("PATHEXT") ?? ".EXE").split(";")]
    : [""];
  const folders = /[\\/]/.test(name) ? [""] : (Deno.env.get("PATH") ?? "").split(delimiter).filter(Boolean);
  return folders.some((folder) => endings.some((ending) => isFile(join(folder, name + ending))));
}
