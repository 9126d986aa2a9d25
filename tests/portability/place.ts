/**
 * Places that this machine may not have: which of them a test can go to.
 *
 * `deno task test:portability` fetches them and sets `PORTABILITY`; without it these tests are skipped, visibly, since
 * they take minutes. `REQUIRE` lists places that must be there: `arm64`, `firefox`, `chromium`, `dawn`.
 *
 * @module
 */

/** For a test's `ignore`: whether a place is to be left out. @throws {Error} If it is required and was not found. */
export function isLeftOut(place: string, found: boolean): boolean {
  if (Deno.env.get("PORTABILITY") === undefined) return true;
  if (found) return false;
  if ((Deno.env.get("REQUIRE") ?? "").split(",").includes(place)) {
    throw new Error(`Cannot test on ${place}: expected what .ci/portability fetches, got none`);
  }
  console.error(`skipped: ${place} is not to be had here`);
  return true;
}
