import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { escapeMarkdown } from "../../../bench/report/markdown.ts";
import { FakeEngine } from "../fake_engine.ts";
import { fakeSurroundings, withFolder } from "../fixtures.ts";

Deno.test("escapeMarkdown() leaves no tag, entity, link, picture or code, and numbers as they are", () => {
  assert.equal(escapeMarkdown("<img src=x onerror=alert(1)>"), "&lt;img src=x onerror=alert(1)>");
  assert.equal(escapeMarkdown("</table><!-- x --><?x"), "&lt;/table>&lt;!-- x -->&lt;?x");
  assert.equal(escapeMarkdown("&lt;b&gt; &#60;"), "&amp;lt;b&amp;gt; &amp;#60;");
  assert.equal(escapeMarkdown("![a](https://b) `c` \\"), "!\\[a\\](https://b) \\`c\\` \\\\");
  assert.equal(
    escapeMarkdown("99.45 ± 0.02 % < 99.5, p < 0.001 & more"),
    "99.45 ± 0.02 % < 99.5, p < 0.001 & more",
  );
});

Deno.test("SUMMARY.md shows the note of a failed trial as text, in its row", () =>
  withFolder(async (out) => {
    const engine = new FakeEngine({
      fails: { "1 0": "out | <script>alert(1)</script>\n\x1b[2J[x](https://y)" },
    });
    await bench(["--iterations", "1", "--seeds", "0", "--out", out], fakeSurroundings({ engine }));
    const row = Deno.readTextFileSync(join(out, "SUMMARY.md")).split("\n").find((line) =>
      line.includes("alert")
    )!;
    assert.match(
      row,
      /failed: out \\\| &lt;script>alert\(1\)&lt;\/script> .*u\{1B\}\\\[2J\\\[x\\\]\(https:\/\/y\) *\|$/,
    );
  }));
