import assert from "node:assert/strict";
import { networkContent, packWeights } from "../../../bench/page/content.ts";
import { type PageParts, renderPage } from "../../../bench/page/render.ts";
import { fromPlanes, fromText, inflate } from "../../../page/packed.ts";
import { SHORT } from "../fixtures.ts";

const HOSTILE = `</script><img src=x onerror=alert(1)>"'&`;
const TEMPLATE = Deno.readTextFileSync(new URL("../../../page/page.html", import.meta.url));

function partsOf(changes: Partial<PageParts> = {}): PageParts {
  const network = networkContent({ ...SHORT, title: HOSTILE });
  const training = { ...SHORT, title: HOSTILE };
  return {
    content: {
      run: HOSTILE,
      trials: 3,
      networks: [network],
      weights: [{
        network: 1,
        seed: 0,
        testAccuracy: 0.98,
        digest: "ab",
        element: "weights-1-0",
        file: HOSTILE,
      }],
      examples: [],
      exampleImages: "",
      training: {
        network,
        iteration: training,
        seed: 0,
        epochs: 2,
        images: { train: 8, test: 8 },
        command: HOSTILE,
        file: HOSTILE,
      },
    },
    weights: new Map([["weights-1-0", packWeights(Float32Array.of(1, 2, 3))]]),
    problems: [HOSTILE],
    template: TEMPLATE,
    style: "b { color: red }",
    loader: 'console.log("</script><!--")',
    program: "1",
    worker: "0",
    ...changes,
  };
}

/** What stands between the tags of the element with this id. */
const textOf = (page: string, id: string): string => new RegExp(`id="${id}">([^<]*)<`).exec(page)![1];

Deno.test("renderPage() escapes every text, however it got there", () => {
  const page = renderPage(partsOf());
  assert.equal(page.includes("<img"), false);
  // data elements and the program, each opened and closed once
  assert.equal(page.match(/<script/g)!.length, 5);
  assert.equal(page.match(/<\/script/g)!.length, 5);
  assert.equal(page.includes("<!--"), false);
  assert.match(page, /&#60;\/script&#62;&#60;img/);
});

Deno.test("renderPage() holds content and weights as they were", async () => {
  const parts = partsOf(), page = renderPage(parts);
  const content = new TextDecoder().decode(await inflate(fromText(textOf(page, "content"))));
  assert.deepEqual(JSON.parse(content), JSON.parse(JSON.stringify(parts.content)));
  assert.deepEqual(
    fromPlanes(await inflate(fromText(textOf(page, "weights-1-0")))),
    Float32Array.of(1, 2, 3),
  );
});

Deno.test("renderPage() allows nothing but its own script and style", async () => {
  const page = renderPage(partsOf());
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1].replaceAll("&#39;", "'");
  const hash = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toBase64();
  const script = /<script>(.*?)<\/script>/s.exec(page)![1], style = /<style>(.*?)<\/style>/s.exec(page)![1];
  assert.match(policy, /^default-src 'none';/);
  assert.ok(policy.includes(`script-src 'sha256-${await hash(script)}' blob:`), policy);
  assert.ok(policy.includes(`style-src 'sha256-${await hash(style)}'`), policy);
  assert.doesNotMatch(policy, /https?:|unsafe-inline|\*/);
});

Deno.test("renderPage() refuses a template that has no place for something, or one too many", () => {
  assert.throws(
    () => renderPage(partsOf({ template: TEMPLATE.replace("{{lead}}", "") })),
    /^Error: Cannot fill the page: expected a place for "lead", got none/,
  );
  assert.throws(
    () => renderPage(partsOf({ template: `${TEMPLATE}{{lead}}` })),
    /^Error: Cannot fill the page: expected a value for "lead" once/,
  );
});
