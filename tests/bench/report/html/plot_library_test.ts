import assert from "node:assert/strict";
import { compose, draw, Plot } from "../../../../bench/report/html/plot_library.ts";
import { withColors } from "../../../../bench/report/html/theme.ts";
import { assertBalanced } from "./balanced.ts";

const WORDS = { title: `a "title" & <more>`, description: "what <it> shows" };

Deno.test("draw() gives one labelled element, rounded, with its text escaped", () => {
  const { svg, width, height } = draw({
    width: 200,
    height: 100,
    y: { type: "log", domain: [1, 7] },
    marks: [Plot.dot([[1, 3]]), Plot.text([[1, 2]], { text: () => "<i>&" })],
  }, WORDS);
  assertBalanced(svg);
  assert.match(svg, /^<svg class="plot" [^>]*role="img" aria-label="a &#34;title&#34; &#38; &#60;more&#62;"/);
  assert.match(svg, /<desc>what &#60;it&#62; shows<\/desc>/);
  assert.match(svg, /&lt;i&gt;&amp;<\/text>/);
  assert.doesNotMatch(svg.replaceAll(/>[^<]*</g, "><"), /\d\.\d{3}|<style|aria-hidden/);
  assert.deepEqual([width, height], [200, 100]);
});

Deno.test("draw() rounds coordinates, not what a tick says", () => {
  const { svg } = draw({
    width: 200,
    height: 100,
    marks: [Plot.dot([[1, 0.008]]), Plot.axisY([0.008], { tickFormat: String })],
  }, WORDS);
  assert.match(svg, />0\.008<\/text>/);
});

Deno.test("compose() puts drawings side by side under one label", () => {
  const part = draw({ width: 100, height: 50, marks: [Plot.dot([[1, 1]])] }, WORDS);
  const both = compose([{ drawing: part, x: 0, y: 0 }, { drawing: part, x: 100, y: 0 }], {
    width: 200,
    height: 50,
  }, { title: "both", description: "" });
  assertBalanced(both.svg);
  assert.equal(both.svg.match(/<svg /g)?.length, 3);
  assert.equal(both.svg.match(/aria-label/g)?.length, 1);
  assert.match(both.svg, /<svg x="100" y="0" viewBox/);
});

Deno.test("withColors() settles every color and refuses an unknown one", () => {
  assert.equal(
    withColors(`<g fill="var(--under)" stroke="currentColor">`, "dark"),
    `<g fill="#62aeff" stroke="#e6e9ee">`,
  );
  assert.throws(() => withColors("var(--pink)", "light"), /expected a known color, got "pink"/);
});

Deno.test("deno.lock names none of the report's packages, which every task would download", () => {
  const lock = (name: string) => Deno.readTextFileSync(new URL(`../../../../${name}`, import.meta.url));
  for (const name of ["@observablehq/plot", "linkedom"]) {
    assert.ok(
      !lock("deno.lock").includes(name),
      `"${name}" is in deno.lock; restore it, and check with \`deno task check\``,
    );
    assert.ok(lock("deno.all.lock").includes(`npm:${name}@`));
  }
});
