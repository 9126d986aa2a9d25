/**
 * Markdown tables, laid out by the package that knows how wide a character is.
 *
 * The only file that imports it, by its full name: whoever imports `mod.ts` from a folder of their own has another
 * import map, or none.
 *
 * @module
 */
// deno-lint-ignore no-import-prefix -- see above
export { markdownTable } from "npm:markdown-table@3.1.0";
