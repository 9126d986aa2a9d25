/**
 * The page in real browsers, opened from its file: `deno task test:page` prepares what this needs.
 *
 * @module
 */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { loadDataset } from "../../data/dataset.ts";
import { parseSafetensors } from "../../engine/safetensors.ts";
import { redraw } from "../../tests/page/redraw.ts";
import { softmax } from "../forward/network.ts";
import { SIDE, type Stroke } from "../prepare.ts";
import "./exposed.ts";
import { evaluationWeights } from "../weights.ts";
import { openForReading } from "../worker/engine.ts";
import { type BrowserName, BROWSERS, DESKTOP, launch, open, PHONE, textOf, waitForText } from "./browsers.ts";

const PIXELS = SIDE * SIDE;
/** float32 sums in other orders; a probability moves a quarter as far as a logit. */
const TOLERANCE = 1e-5;
const READ_IMAGES = 500, REDRAWN_IMAGES = 500;
/** Every so many of the test set: its second half is harder than its first. */
const REDRAWN_STRIDE = 20;
const LEAST_READ = 0.985;
/** Share of the pad's side that a redrawn digit's image takes. */
const SIZES = [0.3, 0.6, 1];

const file = Deno.env.get("PAGE_FILE")!, reference = new URL("../../results/reference/", import.meta.url);
const { test } = await loadDataset("mnist", { mnistDirEnv: Deno.env.get("MNIST_DIR") });

/** Logits of images with the weights that the page has chosen; bytes travel as text. */
async function readMany(page: Page, images: Uint8Array): Promise<{ plain: number[]; engine?: number[] }> {
  const read = await page.evaluate(async (text: string) => {
    const { plain, engine } = await under20k.readMany(
      Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    );
    return JSON.stringify({ plain: [...plain], engine: engine && [...engine] });
  }, images.toBase64());
  return JSON.parse(read);
}

const testImage = (n: number): Uint8Array => test.images.subarray(n * PIXELS, (n + 1) * PIXELS);
let redrawn: readonly Stroke[][] | undefined;
/** The digits that every browser is shown, drawn once. */
const redrawnStrokes = (): readonly Stroke[][] =>
  redrawn ??= Array.from({ length: REDRAWN_IMAGES }, (_, n) => redraw(testImage(n * REDRAWN_STRIDE)));
const argMax = (values: readonly number[]): number => values.indexOf(Math.max(...values));
const rowsOf = (logits: ArrayLike<number>): number[][] =>
  Array.from(
    { length: logits.length / 10 },
    (_, n) => Array.from({ length: 10 }, (_, k) => logits[10 * n + k]),
  );

/** Deno's own probabilities, from the engine and the file of the published results. */
async function ownProbabilities(page: Page, images: Uint8Array): Promise<number[][]> {
  const { networks, weights } = await page.evaluate(() => under20k.content);
  const trial = weights.find(({ element }) => element !== undefined)!;
  const network = networks.find(({ id }) => id === trial.network)!;
  const { tensors } = parseSafetensors(Deno.readFileSync(new URL(trial.file, reference)));
  const { weights: values } = evaluationWeights(network.layers, tensors, {
    file: trial.file,
    network: "the page's",
  });
  const engine = openForReading(network.layers, values, network.normalization);
  return rowsOf(await engine.logits(images)).map(softmax);
}

/** Presses, moves and lifts the mouse along strokes. */
async function drawByMouse(page: Page, strokes: readonly Stroke[]): Promise<void> {
  const box = (await (await page.$("#pad"))!.boundingBox())!;
  const at = (stroke: Stroke, i: number): [number, number] => [
    box.x + stroke[i] * box.width,
    box.y + stroke[i + 1] * box.height,
  ];
  for (const stroke of strokes) {
    await page.mouse.move(...at(stroke, 0));
    await page.mouse.down();
    for (let i = 2; i < stroke.length; i += 2) await page.mouse.move(...at(stroke, i));
    await page.mouse.up();
  }
}

const scaled = (strokes: readonly Stroke[], size: number): Stroke[] =>
  strokes.map((stroke) => stroke.map((share) => (1 - size) / 2 + size * share));

/** The image that the network sees, as the small canvas shows it. */
const seenImage = (page: Page): Promise<string> =>
  page.$eval("#seen", (canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());

function testPage(name: BrowserName): void {
  const it = (what: string, run: (browser: Browser) => Promise<void>) =>
    Deno.test({
      name: `${name}: ${what}`,
      // the browser's own connections and timers are its business
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const browser = await launch(name);
        try {
          await run(browser);
        } finally {
          await browser.close();
        }
      },
    });

  it(`the probabilities of ${READ_IMAGES} test images are Deno's to ${TOLERANCE}`, async (browser) => {
    const { page } = await open(browser, file);
    const images = test.images.subarray(0, READ_IMAGES * PIXELS);
    const wanted = await ownProbabilities(page, images), { plain, engine } = await readMany(page, images);
    assert.ok(engine, "expected the engine's kernels to run in this browser");
    for (const [by, logits] of Object.entries({ plain, engine })) {
      rowsOf(logits).map(softmax).forEach((got, n) =>
        got.forEach((share, digit) =>
          assert.ok(
            Math.abs(share - wanted[n][digit]) < TOLERANCE,
            `${by}, image ${n}, digit ${digit}: expected ${wanted[n][digit]}, got ${share}`,
          )
        )
      );
    }
  });

  it("training here gives the digest of the command line, and its weights read", async (browser) => {
    const { page, misdeeds } = await open(browser, file);
    await page.click("#train");
    assert.equal(await waitForText(page, "train-verdict", /\S/), "Identical, bit for bit.");
    const { training: { expected } } = await page.evaluate(() => under20k.content);
    assert.ok(expected, "expected a page that was made where multiply-adds are fused");
    assert.equal(await textOf(page, "digest-here"), expected.digest);
    const accuracy = (100 * expected.testAccuracy).toFixed(2);
    const state = await textOf(page, "train-state");
    assert.match(state, new RegExp(`reads ${accuracy.replace(".", "\\.")} %`));
    console.log(`  training: ${state}`);
    await page.click("#use-trained");
    await waitForText(page, "facts", /trained on this page/);
    await page.click("#digits button");
    await waitForText(page, "answer", /^\d$/);
    assert.deepEqual(misdeeds, { requests: [], messages: [] });
  });

  it(`reads ${100 * LEAST_READ} % of ${REDRAWN_IMAGES} redrawn test digits, at three sizes`, async (browser) => {
    const { page } = await open(browser, file);
    const strokes = redrawnStrokes();
    for (const size of SIZES) {
      // as texts: arrays would travel number by number
      const drawn = JSON.stringify(strokes.map((each) => scaled(each, size)));
      const prepared = await page.evaluate(
        (drawn: string) =>
          (JSON.parse(drawn) as number[][][]).map((each) =>
            String.fromCharCode(...under20k.prepareDigit(each)!)
          ).join(""),
        drawn,
      );
      const { plain } = await readMany(page, Uint8Array.from(prepared, (letter) => letter.charCodeAt(0)));
      const right = rowsOf(plain).filter((logits, n) =>
        argMax(logits) === test.labels[n * REDRAWN_STRIDE]
      ).length;
      console.log(`  size ${size}: ${right} of ${REDRAWN_IMAGES}`);
      assert.ok(right >= LEAST_READ * REDRAWN_IMAGES, `size ${size}: ${right} of ${REDRAWN_IMAGES}`);
    }
  });

  it("a digit drawn by mouse is seen the same with a thin and a thick pen", async (browser) => {
    const { page, misdeeds } = await open(browser, file);
    for (const n of [0, 1, 2, 3, 4]) {
      const strokes = redraw(testImage(n)), seen = new Set<string>();
      for (const [pen, size] of [["thin", 0.8], ["thick", 0.8]] as const) {
        await page.click(`input[value=${pen}]`);
        await page.click("#clear");
        await waitForText(page, "answer", /^\?$/);
        await drawByMouse(page, scaled(strokes, size));
        await waitForText(page, "answer", new RegExp(`^${test.labels[n]}$`), 10_000);
        // two frames later the small image is that of the last point
        await page.evaluate(
          `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`,
        );
        seen.add(await seenImage(page));
      }
      assert.equal(seen.size, 1, `digit ${n} of the test set`);
    }
    assert.deepEqual(misdeeds, { requests: [], messages: [] });
  });

  it("the keyboard draws, takes back and clears", async (browser) => {
    const { page } = await open(browser, file);
    await page.focus("#pad");
    await page.keyboard.press(" ");
    for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press(" ");
    await waitForText(page, "answer", /^1$/, 10_000);
    await page.keyboard.press("Backspace");
    await waitForText(page, "answer", /^\?$/, 10_000);
    await page.focus("#layers canvas");
    await page.keyboard.press("ArrowRight");
    assert.match(
      await textOf(page, "explained"),
      /^Layer 1, map 1, row \d+, column \d+ looks at \d×\d pixels/,
    );
  });

  it("other networks are chosen, and weights opened from their files", async (browser) => {
    const { page, misdeeds } = await open(browser, file);
    const { networks, weights } = await page.evaluate(() => under20k.content);
    await page.click("#digits button");
    const rows = () => page.$$eval("#layers tr", (rows) => rows.length);
    const before = await rows(), elsewhere = weights.find(({ element }) => element === undefined);
    assert.ok(elsewhere, "expected weights that do not fit into the page");
    await page.select("#network", String(networks.findIndex(({ id }) => id === elsewhere.network)));
    assert.equal(await textOf(page, "not-here-file"), elsewhere.file);
    const input = (await page.$("#weights-file"))! as unknown as { uploadFile(path: string): Promise<void> };
    await input.uploadFile(new URL(elsewhere.file, reference).pathname);
    await waitForText(page, "seed", /opened/);
    assert.notEqual(await rows(), before);
    await waitForText(page, "answer", /^\d$/);

    const hostile = await Deno.makeTempFile({ suffix: ".safetensors" });
    const header = new TextEncoder().encode(
      JSON.stringify({ "0.weight": { dtype: "F32", shape: [2 ** 53], data_offsets: [0, 8] } }),
    );
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(header.length), true);
    await Deno.writeFile(hostile, Uint8Array.from([...size, ...header, ...new Uint8Array(8)]));
    await input.uploadFile(hostile);
    const problem = await waitForText(page, "file-problem", /\S/);
    assert.match(problem, /^Cannot read safetensors: expected /);
    assert.deepEqual(misdeeds, { requests: [], messages: [] });
  });

  for (
    const screen of [DESKTOP, { ...DESKTOP, theme: "dark" }, PHONE, { ...PHONE, theme: "dark" }] as const
  ) {
    it(`axe finds nothing serious at ${screen.width} pixels, ${screen.theme}`, async (browser) => {
      const { page, misdeeds } = await open(browser, file, screen);
      await page.click("#digits button");
      await waitForText(page, "answer", /^\d$/);
      await page.evaluate(axe.source);
      const violations = await page.evaluate(`axe.run().then(({ violations }) => violations
        .filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => id + ": " + nodes.length + ", such as " + nodes[0].html))`);
      assert.deepEqual(violations, []);
      const beyond = await page.evaluate(`document.documentElement.scrollWidth - innerWidth`);
      assert.ok((beyond as number) <= 0, `the page is ${beyond} pixels wider than the screen`);
      assert.deepEqual(misdeeds, { requests: [], messages: [] });
    });
  }

  it("speed, for the record", async (browser) => {
    const { page } = await open(browser, file);
    const paint = await page.evaluate(`performance.getEntriesByName("first-contentful-paint")[0]?.startTime`);
    await page.evaluate(`globalThis.frames_ = []; requestAnimationFrame(function next(time) {
      globalThis.frames_.push(time); requestAnimationFrame(next); })`);
    for (let n = 10; n < 14; n++) {
      await page.click("#clear");
      await drawByMouse(page, redraw(testImage(n)));
    }
    const times = await page.evaluate(`globalThis.frames_`) as number[];
    const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
    console.log(`  first paint ${Math.round(paint as number)} ms; ${await textOf(page, "timing")}`);
    console.log(
      `  while drawing: ${gaps.length} frames, median ${gaps[gaps.length >> 1]?.toFixed(1)} ms, longest ${
        gaps.at(-1)?.toFixed(1)
      } ms`,
    );
  });
}

const wanted = Deno.env.get("PAGE_BROWSERS")?.split(",");
for (const name of Object.keys(BROWSERS) as BrowserName[]) if (wanted?.includes(name) ?? true) testPage(name);
