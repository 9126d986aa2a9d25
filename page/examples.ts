/**
 * Test images to try: one of each digit, and those that most trials get wrong.
 *
 * @module
 */
import type { ExampleContent, PageContent } from "./content.ts";
import { byId, create, plural } from "./elements.ts";
import { currentPalette, drawGrey } from "./palette.ts";

const SIDE = 28, PIXELS = SIDE * SIDE;

/** Fills the two lists; `onChoose` gets the image, uint8 [28,28]. */
export function showExamples(
  { examples, trials }: PageContent,
  images: Uint8Array,
  onChoose: (image: Uint8Array) => void,
): void {
  if (examples.length === 0) {
    byId("examples").hidden = true;
    return;
  }
  const canvases: [HTMLCanvasElement, Uint8Array][] = [];
  const card = (example: ExampleContent, i: number) => {
    const image = images.subarray(i * PIXELS, (i + 1) * PIXELS);
    const canvas = create("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
    canvases.push([canvas, image]);
    const { label, wrong, votes = [] } = example;
    const taken = votes.find(({ digit }) => digit !== label)?.digit;
    const name = `Test image ${example.index}, labelled ${label}`;
    // what is to be seen begins what is to be heard
    const shown = `${label} not ${taken}`;
    const button = wrong === undefined
      ? create("button", { type: "button", "aria-label": name }, canvas)
      : create(
        "button",
        {
          type: "button",
          "aria-label": `${shown}: ${name}, wrong in ${wrong} of ${plural(trials, "trial")}`,
        },
        canvas,
        create("span", {}, create("b", {}, String(label)), ` not ${taken}`),
      );
    button.addEventListener("click", () => onChoose(image));
    return create("li", {}, button);
  };
  examples.forEach((example, i) => {
    byId(example.wrong === undefined ? "digits" : "hard").append(card(example, i));
  });
  byId("hard-note").hidden = !examples.some(({ wrong }) => wrong !== undefined);
  byId("hard-trials").textContent = plural(trials, "trial");
  const draw = () => {
    const palette = currentPalette();
    for (const [canvas, image] of canvases) drawGrey(canvas, image, SIDE, palette);
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
