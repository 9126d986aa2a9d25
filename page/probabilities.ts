/**
 * Ten bars: how likely the network finds each digit.
 *
 * @module
 */
import { byId, create, percent } from "./elements.ts";

/** Said to who listens once the drawing has rested so long. */
const SAY_AFTER_MS = 600;

export class Probabilities {
  readonly #rows: readonly {
    readonly row: HTMLElement;
    readonly bar: HTMLElement;
    readonly text: HTMLElement;
  }[];
  readonly #answer = byId("answer");
  readonly #sure = byId("sure");
  readonly #said = byId("said");
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(list: HTMLElement) {
    this.#rows = Array.from({ length: 10 }, (_, digit) => {
      const bar = create("span", { class: "fill" }), text = create("span", { class: "share" }, "");
      const row = create(
        "li",
        {},
        create("b", {}, String(digit)),
        create("span", { class: "track", "aria-hidden": "true" }, bar),
        text,
      );
      list.append(row);
      return { row, bar, text };
    });
    this.show(undefined);
  }

  /** Shows ten probabilities; undefined for an empty pad. */
  show(probabilities: readonly number[] | undefined): void {
    const best = probabilities?.indexOf(Math.max(...probabilities)) ?? -1;
    this.#rows.forEach(({ row, bar, text }, digit) => {
      const share = probabilities?.[digit] ?? 0;
      row.classList.toggle("best", digit === best);
      bar.style.transform = `scaleX(${share.toFixed(4)})`;
      text.textContent = probabilities === undefined ? "–" : `${percent(share, 1)} %`;
    });
    this.#answer.textContent = best < 0 ? "?" : String(best);
    const sure = probabilities === undefined ? "" : `${percent(probabilities[best], 1)} %`;
    this.#sure.textContent = sure === "" ? "draw something" : `${sure} sure`;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#said.textContent = sure === "" ? "" : `Reads ${best}, ${sure}`,
      SAY_AFTER_MS,
    );
  }
}
