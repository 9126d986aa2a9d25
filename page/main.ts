/**
 * The page: a drawing goes to the worker, what comes back is shown.
 *
 * @module
 */
import type { PageContent } from "./content.ts";
import { byId } from "./elements.ts";
import { showExamples } from "./examples.ts";
import { Layers } from "./layers.ts";
import { type Choice, Networks } from "./networks.ts";
import { fromText, inflate } from "./packed.ts";
import { type Drawing, Pad } from "./pad.ts";
import { ask, PageWorker } from "./page_worker.ts";
import { prepareDigit, type Stroke } from "./prepare.ts";
import { Probabilities } from "./probabilities.ts";
import { setUpTraining } from "./training.ts";
import type { FromWorker } from "./worker/messages.ts";

/** Widths of the pen on the pad, as shares of its side. */
const PENS: Readonly<Record<string, number>> = { thin: 0.03, medium: 0.05, thick: 0.09 };

const unpack = (id: string): Promise<Uint8Array<ArrayBuffer>> =>
  inflate(fromText(byId(id).textContent!.trim()));

/** Reads drawings one at a time; of those that come meanwhile, the last. */
class Reader {
  readonly #worker: PageWorker;
  readonly #layers: Layers;
  readonly #probabilities = new Probabilities(byId("probabilities"));
  readonly #timing = byId("timing");
  #network = 0;
  #opened = 0;
  #canRead = false;
  #noEngine: string | undefined;
  #image: Uint8Array | undefined;
  #drawing = 0;
  #isBusy = false;
  #engineMs: number | undefined;

  constructor(script: Uint8Array<ArrayBuffer>, layers: Layers) {
    this.#layers = layers;
    this.#worker = new PageWorker(script, (message) => this.#receive(message));
  }

  /** Reads with these weights from now on; without any, nothing is read. */
  open({ network: { layers, normalization }, weights }: Choice): void {
    this.#network = ++this.#opened;
    this.#isBusy = false;
    this.#canRead = weights !== undefined;
    if (weights !== undefined) {
      this.#worker.post({ type: "open", network: this.#network, layers, normalization, weights });
    }
    this.read(this.#image);
  }

  /** Reads an image, uint8 [28,28]; undefined for an empty pad. */
  read(image: Uint8Array | undefined): void {
    this.#image = image;
    this.#drawing++;
    this.#layers.setImage(image);
    if (image === undefined || !this.#canRead) this.#probabilities.show(undefined);
    else this.#send();
  }

  #send(): void {
    if (this.#isBusy || this.#image === undefined || !this.#canRead) return;
    this.#isBusy = true;
    this.#worker.post({ type: "read", drawing: this.#drawing, image: this.#image });
  }

  #receive(message: FromWorker): void {
    if (message.type === "failed") this.#timing.textContent = message.message;
    if (message.type === "opened") this.#noEngine = message.noEngine;
    // what an earlier network has still to say is no longer asked for
    if (!("network" in message) || message.network !== this.#network || this.#image === undefined) {
      if (message.type === "values" && message.network === this.#network) this.#isBusy = false;
      return;
    }
    if (message.type === "probabilities") {
      this.#probabilities.show(message.probabilities);
      this.#engineMs = message.by === "engine" ? message.milliseconds : undefined;
    } else if (message.type === "values") {
      this.#layers.setValues(message.values);
      this.#showTiming(message.milliseconds);
      this.#isBusy = false;
      if (message.drawing !== this.#drawing) this.#send();
    }
  }

  #showTiming(plainMs: number): void {
    const plain = `${plainMs.toFixed(1)} ms in plain JavaScript`;
    this.#timing.textContent = this.#engineMs === undefined
      ? `Read in ${plain}. ${this.#noEngine ?? ""}`
      : `Read in ${this.#engineMs.toFixed(1)} ms by the engine; ${plain}, which shows every layer.`;
  }
}

function setUpPad(onDrawing: (drawing: Drawing) => void): Pad {
  const hint = byId("hint");
  const pad: Pad = new Pad(byId<HTMLCanvasElement>("pad"), (drawing) => {
    hint.hidden = !pad.isEmpty;
    onDrawing(drawing);
  });
  byId("undo").addEventListener("click", () => pad.undo());
  byId("clear").addEventListener("click", () => pad.clear());
  const pens = document.querySelectorAll<HTMLInputElement>("input[name=pen]");
  for (const input of pens) input.addEventListener("change", () => pad.pen = PENS[input.value]);
  // a browser that comes back to the page remembers the choice
  for (const input of pens) if (input.checked) pad.pen = PENS[input.value];
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => pad.redraw());
  return pad;
}

async function start(): Promise<void> {
  const content: PageContent = JSON.parse(new TextDecoder().decode(await unpack("content")));
  const script = await unpack("worker"), layers = new Layers(byId("layers"));
  const reader = new Reader(script, layers);
  const networks = new Networks(content, script, (choice) => {
    layers.setNetwork(choice.network);
    reader.open(choice);
    chosen = choice;
  });
  let chosen: Choice | undefined;
  // the pad can change many times between two frames
  let frame = 0, latest: Drawing = { kind: "strokes", strokes: [] };
  const pad = setUpPad((drawing) => {
    latest = drawing;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      reader.read(latest.kind === "image" ? latest.image : prepareDigit(latest.strokes));
    });
  });
  await networks.start();
  showExamples(content, await inflate(fromText(content.exampleImages)), (image) => {
    pad.setImage(image);
    byId("pad").scrollIntoView({ block: "nearest" });
  });
  setUpTraining(content.training, script, (weights, facts) => {
    networks.add(content.training.network, "trained here", facts, weights);
    byId("draw").scrollIntoView();
  });
  // for tests and the curious
  Object.assign(globalThis, {
    under20k: {
      content,
      prepareDigit,
      draw: (strokes: readonly Stroke[]) => pad.setStrokes(strokes),
      /** Logits of uint8 [N,28,28] with the chosen weights, from plain JavaScript and from the engine. */
      readMany: async (images: Uint8Array) => {
        const { network: { layers, normalization }, weights } = chosen!;
        if (weights === undefined) {
          throw new Error("Cannot read: expected weights, got none; open their file");
        }
        const open = { type: "open", network: 0, layers, normalization, weights } as const;
        return await ask(script, [open, { type: "readMany", images }], "many");
      },
    },
  });
  document.documentElement.dataset.ready = "";
}

start().catch((error) => {
  byId("timing").textContent = `Cannot start the page: ${
    error instanceof Error ? error.message : String(error)
  }`;
  throw error;
});
