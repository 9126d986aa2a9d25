/**
 * Starts a command of this project with just the permissions that its command line asks for: what every task runs.
 *
 *     deno run -q --no-lock -RE --allow-run bench/launch.ts COMMAND [ARGUMENTS]
 *
 * Nothing is imported before Deno's version is known to be one that the rest was written for.
 *
 * @module
 */

/** The version that everything is tested with. */
const WANTED = "2.9.6";

/** Major, minor and patch as one number that grows with the version. */
function rank(version: string): number {
  const [major, minor, patch] = version.split(".").map((part) => parseInt(part));
  return (major * 1000 + minor) * 1000 + patch;
}

const found = Deno.version.deno;
if (found !== WANTED) {
  const isOlder = rank(found) < rank(WANTED);
  console.error(
    isOlder
      ? `error: Cannot start: expected Deno ${WANTED}, got ${found}; install it, or run \`npx -y deno@${WANTED} task ...\``
      : `warning: tested with Deno ${WANTED}, this is ${found}`,
  );
  if (isOlder) Deno.exit(2);
}
const { launch } = await import("./launcher.ts");
Deno.exit(await launch(Deno.args));
