import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "../../../bench/command_line/command.ts";
import { layOutHelp, showHelp } from "../../../bench/command_line/help.ts";
import { recordOutput } from "../fixtures.ts";

const COMMANDS = fileURLToPath(new URL("../../../bench/commands/", import.meta.url));
/** What the launcher prints in a checkout, and what it prints where npm installed it. */
const STARTS = ["deno task ", "npx under20k "];
const WIDTHS = [80, 100, 200];

const HELP = `Does one thing or another, and says at the end what came of it all, so that anybody can see it.

Usage: deno task thing [flags]
       deno task thing --again NAME [flags]

  --name NAME   what it is called, and by whom                     (default: nothing)
                or as it was before
  --with-something [LONG]
                what only some need
  --help        this text

  fewer than      floor
       1,000      98.76

Examples:
  deno task thing                          all of it
  deno task thing --name of_a_length_that_matters --again   the same

Exit codes: 0 done.
`;

Deno.test("layOutHelp() breaks what does not fit, descriptions below where they begin, and leaves the rest", () => {
  assert.equal(
    layOutHelp(HELP, 52),
    `Does one thing or another, and says at the end what
came of it all, so that anybody can see it.

Usage: deno task thing [flags]
       deno task thing --again NAME [flags]

  --name NAME  what it is called, and by whom
               (default: nothing) or as it was
               before
  --with-something [LONG]
               what only some need
  --help       this text

  fewer than      floor
       1,000      98.76

Examples:
  deno task thing
      all of it
  deno task thing --name \\
    of_a_length_that_matters --again
      the same

Exit codes: 0 done.
`,
  );
  assert.equal(layOutHelp(HELP, 200), HELP);
});

Deno.test("showHelp() asks how wide the screen is, and takes 80 columns where nobody says", () => {
  const out = recordOutput();
  showHelp(HELP, { ...out, width: undefined });
  assert.equal(out.text(), layOutHelp(HELP, 80));
  const wide = recordOutput();
  showHelp(HELP, { ...wide, width: 120 });
  assert.equal(wide.text(), HELP);
});

const names = [...Deno.readDirSync(COMMANDS)].map(({ name }) => name).sort();
for (const name of names) {
  Deno.test(`the help of ${name} fits any screen, loses no word, and names every flag and exit code`, async () => {
    const { command } = await import(join(COMMANDS, name)) as { readonly command: Command };
    for (const start of STARTS) {
      const help = command.help.replaceAll("deno task ", start);
      const words = help.split(/\s+/);
      for (const width of WIDTHS) {
        const shown = layOutHelp(help, width);
        for (const line of shown.split("\n")) assert.ok(line.length <= width, `${line.length}: ${line}`);
        assert.deepEqual(shown.replaceAll(" \\\n", "\n").split(/\s+/), words);
        // at the left of a list, where people look for it
        for (const flag of [...Object.keys(command.syntax.flags), "help"]) {
          assert.match(shown, new RegExp(`^ {2}--${flag}(?= |$)`, "m"));
        }
        assert.match(shown, /^Exit codes: 0 /m);
      }
    }
  });
}
