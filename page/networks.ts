/**
 * Choosing whose weights read the drawing: those on the page, those of a file, those just trained.
 *
 * @module
 */
import type { NetworkContent, PageContent, TrialContent } from "./content.ts";
import { byId, count, create, percent } from "./elements.ts";
import { fromPlanes, fromText, inflate } from "./packed.ts";
import { ask } from "./page_worker.ts";

/** A network with the weights that it is to read with. */
export interface Choice {
  readonly network: NetworkContent;
  /** Undefined where they are to be opened from their file first. */
  readonly weights: Float32Array | undefined;
}

/** One entry of the list of trials. */
interface Entry {
  readonly network: NetworkContent;
  readonly name: string;
  /** What is known about it. */
  readonly facts: string;
  /** Undefined where its file is to be opened first. */
  readonly weights: (() => Promise<Float32Array>) | undefined;
  readonly file?: string;
}

export class Networks {
  readonly #content: PageContent;
  readonly #script: Uint8Array<ArrayBuffer>;
  readonly #onChoose: (choice: Choice) => void;
  readonly #networks = byId<HTMLSelectElement>("network");
  readonly #trials = byId<HTMLSelectElement>("seed");
  readonly #facts = byId("facts");
  readonly #file = byId<HTMLInputElement>("weights-file");
  readonly #entries: Entry[];
  /** In the order of their options. */
  readonly #known: NetworkContent[] = [];

  constructor(content: PageContent, script: Uint8Array<ArrayBuffer>, onChoose: (choice: Choice) => void) {
    this.#content = content;
    this.#script = script;
    this.#onChoose = onChoose;
    this.#entries = content.weights.map((trial) => this.#entryOf(trial));
    for (const network of content.networks) this.#know(network);
    this.#networks.addEventListener("change", () => this.#listTrials());
    this.#trials.addEventListener("change", () => this.#choose());
    byId("open-weights").addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => this.#openFile());
  }

  /** Takes the first trial whose weights are on the page into use. */
  async start(): Promise<void> {
    const first = this.#entries.find(({ weights }) => weights !== undefined) ?? this.#entries[0];
    await this.#show(first);
  }

  /** The network of these layers, an option of its own where there is none yet. */
  #know(network: NetworkContent): NetworkContent {
    const key = ({ id, layers }: NetworkContent) => JSON.stringify([id, layers]);
    const known = this.#known.find((each) => key(each) === key(network));
    if (known !== undefined) return known;
    this.#networks.append(
      create("option", { value: this.#known.length }, `${network.id} ${network.title}`),
    );
    this.#known.push(network);
    return network;
  }

  /** Adds weights and takes them into use. */
  async add(unknown: NetworkContent, name: string, facts: string, weights: Float32Array): Promise<void> {
    const network = this.#know(unknown);
    const entry: Entry = { network, name, facts, weights: () => Promise.resolve(weights) };
    this.#entries.push(entry);
    await this.#show(entry);
  }

  #entryOf({ network: id, seed, testAccuracy, digest, element, file }: TrialContent): Entry {
    return {
      network: this.#content.networks.find((each) => each.id === id)!,
      name: `seed ${seed}`,
      facts: `${percent(testAccuracy)} % of the test images · weights ${digest.slice(0, 12)}…`,
      weights: element === undefined
        ? undefined
        : async () => fromPlanes(await inflate(fromText(byId(element).textContent!.trim()))),
      file,
    };
  }

  get #shown(): NetworkContent {
    return this.#known[Number(this.#networks.value)];
  }

  get #listed(): readonly Entry[] {
    return this.#entries.filter(({ network }) => network === this.#shown);
  }

  #fillTrials(): void {
    this.#trials.replaceChildren(
      ...this.#listed.map(({ name, weights }, i) =>
        create("option", { value: i }, weights === undefined ? `${name}, from its file` : name)
      ),
    );
  }

  async #show(entry: Entry): Promise<void> {
    this.#networks.value = String(this.#known.indexOf(entry.network));
    this.#fillTrials();
    this.#trials.value = String(this.#listed.indexOf(entry));
    await this.#choose();
  }

  #listTrials(): void {
    this.#fillTrials();
    const usable = this.#listed.findIndex(({ weights }) => weights !== undefined);
    this.#trials.value = String(Math.max(0, usable));
    this.#choose();
  }

  async #choose(): Promise<void> {
    const { network, facts, weights, file } = this.#listed[Number(this.#trials.value)];
    const size = `${count(network.parameters)} parameters`;
    this.#facts.textContent = `${size} · ${facts}`;
    byId("not-here").hidden = weights !== undefined;
    byId("not-here-file").textContent = file ?? "";
    this.#onChoose({ network, weights: await weights?.() });
  }

  async #openFile(): Promise<void> {
    const [file] = this.#file.files ?? [], problem = byId("file-problem");
    problem.textContent = "";
    if (file === undefined) return;
    try {
      const shown = this.#shown.id, { networks } = this.#content;
      // two iterations can have one network: the one that is shown comes first
      const candidates = [...networks].sort((a, b) => Number(b.id === shown) - Number(a.id === shown))
        .map(({ id, layers }) => ({ network: id, layers }));
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { network, weights, digest } = await ask(this.#script, [{
        type: "parse",
        name: file.name,
        file: bytes,
        candidates,
      }], "parsed");
      const trial = this.#content.weights.find((each) => each.digest === digest);
      await this.add(
        networks.find(({ id }) => id === (trial?.network ?? network))!,
        trial === undefined ? file.name : `seed ${trial.seed}, opened`,
        `${trial === undefined ? "" : `${percent(trial.testAccuracy)} % of the test images · `}weights ${
          digest.slice(0, 12)
        }…`,
        weights,
      );
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      // the same file again is a change too
      this.#file.value = "";
    }
  }
}
