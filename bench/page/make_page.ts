/**
 * Makes the page of a run.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { TrainingContent } from "../../page/content.ts";
import type { PageData } from "../report/html/page_data.ts";
import { bundle } from "./bundle.ts";
import type { TrainedTrial } from "./choose_weights.ts";
import { packWeights, pageContent, weightsElement } from "./content.ts";
import { renderPage } from "./render.ts";

/** Bytes of a page that is sent around without a thought. */
export const MOST_BYTES = 250_000;

/** The page's text; of `trials`, as many have their weights in it as keep it small, unless it is to hold them `all`. */
export async function makePage(
  data: PageData,
  { trials, all, training }: {
    readonly trials: readonly TrainedTrial[];
    readonly all: boolean;
    readonly training: TrainingContent;
  },
): Promise<string> {
  const read = (name: string) =>
    Deno.readTextFile(fileURLToPath(new URL(`../../page/${name}`, import.meta.url)));
  const [template, style, loader, program, worker] = await Promise.all([
    read("page.html"),
    read("page.css"),
    bundle("loader.ts"),
    bundle("main.ts"),
    bundle("worker/main.ts"),
  ]);
  const render = (embedded: readonly TrainedTrial[]) =>
    renderPage({
      content: pageContent(data, { trials, embedded: new Set(embedded), training }),
      weights: new Map(embedded.map((each) => [weightsElement(each), packWeights(each.weights)])),
      problems: data.problems,
      template,
      style,
      loader,
      program,
      worker,
    });
  if (all) return render(trials);
  // a page that reads nothing would be none: the first is there whatever its size
  let embedded = trials.slice(0, 1), page = render(embedded);
  const perIteration = (each: TrainedTrial) =>
    Number(trials.find(({ iteration }) => iteration === each.iteration) !== each);
  for (const trial of trials.slice(1).sort((a, b) => perIteration(a) - perIteration(b))) {
    const larger = render([...embedded, trial]);
    if (new TextEncoder().encode(larger).length > MOST_BYTES) continue;
    embedded = [...embedded, trial];
    page = larger;
  }
  return page;
}
