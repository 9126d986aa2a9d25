/**
 * Whether the tags of a document match, as far as the project's own HTML and SVG need it.
 *
 * @module
 */
import assert from "node:assert/strict";

const VOID = new Set(["meta", "img", "hr", "br"]);

/** Fails at the first tag that is not closed where it should be. */
export function assertBalanced(text: string): void {
  const open: string[] = [];
  // A style sheet holds no tags.
  const document = text.replace(/<style>[^]*?<\/style>/g, "");
  for (const [tag, slash, name, rest] of document.matchAll(/<(\/?)([a-zA-Z]\w*)((?:[^<>"]|"[^"]*")*)>/g)) {
    if (slash === "/") assert.equal(name, open.pop(), `${tag} closes`);
    else if (!VOID.has(name) && !rest.endsWith("/")) open.push(name);
  }
  assert.deepEqual(open, []);
}
