/**
 * Takes the README's picture of the page: `.ci/page picture`.
 *
 * @module
 */
import type { Stroke } from "../prepare.ts";
import { launch, open, waitForText } from "./browsers.ts";
import "./exposed.ts";

const FILE = new URL("../../results/page.png", import.meta.url);
/** The first section, and no more of it than a small file holds. */
const SCREEN = { width: 860, height: 602, theme: "light" } as const;
const MOST_BYTES = 60_000;

/** Points of an arc, as shares of the pad; angles in turns, clockwise from the right. */
const arc = (x: number, y: number, radius: number, from: number, to: number): number[] =>
  Array.from({ length: 33 }, (_, i) => {
    const angle = 2 * Math.PI * (from + (to - from) * i / 32);
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  }).flat();

/** A three, as most people write it. */
const THREE: Stroke = [...arc(0.48, 0.335, 0.165, -0.46, 0.24), ...arc(0.48, 0.68, 0.18, -0.25, 0.45)];

const browser = await launch("chrome");
try {
  const { page } = await open(browser, Deno.env.get("PAGE_FILE")!, SCREEN);
  await page.evaluate((strokes) => under20k.draw(strokes), [THREE] as number[][]);
  await waitForText(page, "answer", /^3$/);
  await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`);
  // those of the machine that takes the picture say nothing
  await page.evaluate(`document.getElementById("timing").hidden = true`);
  const png = await page.screenshot({ type: "png" });
  if (png.length > MOST_BYTES) {
    throw new Error(`Cannot use the picture: expected at most ${MOST_BYTES} bytes, got ${png.length}`);
  }
  await Deno.writeFile(FILE, png);
  console.log(`results/page.png: ${Math.ceil(png.length / 1000)} kB`);
} finally {
  await browser.close();
}
