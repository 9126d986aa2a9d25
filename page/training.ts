/**
 * "Train it here and compare": a short training in a worker, and whether its bits are those of the command line.
 *
 * @module
 */
import type { TrainingContent } from "./content.ts";
import { byId, count, percent } from "./elements.ts";
import { ask } from "./page_worker.ts";

/** Sets the section up; `onTrained` gets the weights that came out. */
export function setUpTraining(
  training: TrainingContent,
  script: Uint8Array<ArrayBuffer>,
  onTrained: (weights: Float32Array, facts: string) => void,
): void {
  const { iteration, seed, epochs, images, command, file, expected } = training;
  const button = byId<HTMLButtonElement>("train"), bar = byId<HTMLProgressElement>("train-progress");
  const state = byId("train-state"),
    verdict = byId("train-verdict"),
    use = byId<HTMLButtonElement>("use-trained");
  byId("train-what").textContent = `iteration ${iteration.id}, seed ${seed}, ${
    count(epochs * images.train)
  } images in ${epochs} epochs`;
  byId("train-command").textContent = command;
  byId("train-file").textContent = file;
  byId("digest-there").textContent = expected?.digest ??
    "not known: the machine that made this page has no fused multiply-add";
  let trained: { readonly weights: Float32Array; readonly facts: string } | undefined;
  use.addEventListener("click", () => trained && onTrained(trained.weights, trained.facts));

  button.addEventListener("click", async () => {
    button.disabled = true;
    use.hidden = true;
    verdict.textContent = "";
    verdict.className = "verdict";
    byId("digest-here").textContent = "…";
    bar.hidden = false;
    bar.value = 0;
    try {
      const result = await ask(script, [{ type: "train", training }], "trained", (message) => {
        if (message.type === "drawing") state.textContent = "Drawing the digits …";
        if (message.type !== "training") return;
        bar.value = message.images / message.all;
        state.textContent = `${count(message.images)} of ${count(message.all)} images`;
      });
      const { digest, testAccuracy, seconds, exact, weights } = result;
      state.textContent = `${count(epochs * images.train)} images in ${seconds.toFixed(1)} s; reads ${
        percent(testAccuracy)
      } % of ${count(images.test)} other drawn digits.`;
      byId("digest-here").textContent = digest;
      trained = { weights, facts: `trained on this page · weights ${digest.slice(0, 12)}…` };
      use.hidden = false;
      const isSame = digest === expected?.digest;
      verdict.classList.add(isSame ? "good" : "bad");
      verdict.textContent = expected === undefined
        ? "Nothing to compare with."
        : isSame
        ? "Identical, bit for bit."
        : exact
        ? "Different: please report this with your browser and processor."
        : "Different, as it must be: this browser's multiply-add is not fused.";
    } catch (error) {
      state.textContent = "";
      byId("digest-here").textContent = "–";
      verdict.classList.add("bad");
      verdict.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      bar.hidden = true;
      button.disabled = false;
      button.textContent = "Train again";
    }
  });
}
