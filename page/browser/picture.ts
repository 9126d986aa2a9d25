/**
 * Takes the README's picture of the page: `.ci/page picture`.
 *
 * @module
 */
import { loadDataset } from "../../data/dataset.ts";
import { redraw } from "../../tests/page/redraw.ts";
import "./exposed.ts";
import { launch, open, waitForText } from "./browsers.ts";

/** The five that opens MNIST's training set: everybody has seen it. */
const IMAGE = 0;
const FILE = new URL("../../results/page.png", import.meta.url);
const SCREEN = { width: 1080, height: 700, theme: "light" } as const;
const MOST_BYTES = 60_000;

const { train } = await loadDataset("mnist", { mnistDirEnv: Deno.env.get("MNIST_DIR") });
const browser = await launch("chrome");
try {
  const { page } = await open(browser, Deno.env.get("PAGE_FILE")!, SCREEN);
  const strokes = redraw(train.images.subarray(IMAGE * 784, (IMAGE + 1) * 784));
  await page.evaluate((strokes) => under20k.draw(strokes), strokes as number[][]);
  await waitForText(page, "answer", new RegExp(`^${train.labels[IMAGE]}$`));
  const png = await page.screenshot({ type: "png" });
  if (png.length > MOST_BYTES) {
    throw new Error(`Cannot use the picture: expected ${MOST_BYTES} bytes, got ${png.length}`);
  }
  await Deno.writeFile(FILE, png);
  console.log(`results/page.png: ${Math.ceil(png.length / 1000)} kB`);
} finally {
  await browser.close();
}
