/**
 * One script for browsers from TypeScript modules of the project, by Deno's own bundler.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { NO_LOADER_PATHS } from "../../engine/loader_paths.ts";
import { UsageError } from "../command_line/errors.ts";

const PAGE = fileURLToPath(new URL("../../page/", import.meta.url));

/**
 * Bundles a program of `page/`, given by its path there; what Deno alone has is replaced as `page/import_map.json` says.
 *
 * @throws {UsageError} If it cannot: Deno takes its bundler from npm when it is first used.
 */
export async function bundle(entry: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--no-lock",
      "--config=browser.json",
      "--import-map=import_map.json",
      "--platform=browser",
      "--format=iife",
      "--minify",
      entry,
    ],
    cwd: PAGE,
    env: { ...NO_LOADER_PATHS, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  const [problem = "no reason"] = new TextDecoder().decode(stderr).split("\n").filter((line) =>
    line.trim() !== ""
  );
  throw new UsageError(
    `Cannot bundle "page/${entry}": expected Deno's bundler in its cache or from npm's registry, got "${problem}"; ` +
      "run the command once where the registry can be reached",
  );
}
