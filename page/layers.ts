/**
 * The layer table: what each layer is, what it makes of the drawing, and what part of it an element looks at.
 *
 * @module
 */
import type { LayerRow, NetworkContent } from "./content.ts";
import { byId, count, create } from "./elements.ts";
import { currentPalette, drawGrey, paintSigned } from "./palette.ts";
import { type Box, receptiveField } from "./receptive_field.ts";

/** Side of a feature map on the screen, roughly, and of an element of a flat value, in CSS pixels. */
const MAP_SIDE = 58, CELL_SIDE = 12;
const IMAGE_SIDE = 28;

/** How a layer's maps are laid out on its canvas, in elements. */
interface Layout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Maps in a row; of a flat value, elements. */
  readonly columns: number;
  /** From one map to the next. */
  readonly stepX: number;
  readonly stepY: number;
  /** CSS pixels of an element. */
  readonly scale: number;
}

/** One element: its map, and where in it. */
interface Place {
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

interface LayerView {
  readonly row: LayerRow;
  readonly index: number;
  readonly canvas: HTMLCanvasElement;
  layout: Layout | undefined;
  isVisible: boolean;
  isStale: boolean;
  place: Place;
}

function layOut({ output }: LayerRow, available: number): Layout {
  if (output.length === 1) {
    const columns = Math.max(1, Math.min(output[0], Math.floor(available / CELL_SIDE)));
    return { channels: output[0], height: 1, width: 1, columns, stepX: 1, stepY: 1, scale: CELL_SIDE };
  }
  const [channels, height, width] = output;
  const scale = Math.max(1, Math.min(CELL_SIDE, Math.floor(MAP_SIDE / (width + 1))));
  const columns = Math.max(1, Math.min(channels, Math.floor(available / (scale * (width + 1)))));
  return { channels, height, width, columns, stepX: width + 1, stepY: height + 1, scale };
}

export class Layers {
  readonly #body: HTMLElement;
  readonly #input = byId<HTMLCanvasElement>("seen");
  readonly #box = byId("box");
  readonly #explained = byId("explained");
  readonly #watch: IntersectionObserver;
  #views: LayerView[] = [];
  #rows: readonly LayerRow[] = [];
  #values: readonly Float32Array[] | undefined;
  #image: Uint8Array | undefined;
  #palette = currentPalette();
  #selected: LayerView | undefined;
  #frame = 0;

  constructor(body: HTMLElement) {
    this.#body = body;
    // what is not on the screen costs nothing while somebody draws
    this.#watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const view = this.#views.find(({ canvas }) => canvas === target);
        if (view !== undefined) view.isVisible = isIntersecting;
      }
      this.#redraw();
    }, { rootMargin: "120px" });
    new ResizeObserver(() => {
      for (const view of this.#views) view.layout = undefined;
      this.#stale();
    }).observe(body);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#palette = currentPalette();
      this.#stale();
    });
  }

  /** Shows the rows of a network; what they make of a drawing comes later. */
  setNetwork({ rows }: NetworkContent): void {
    this.#watch.disconnect();
    this.#rows = rows;
    this.#values = undefined;
    this.#selected = undefined;
    this.#views = rows.map((row, index) => this.#createView(row, index));
    this.#body.replaceChildren(...this.#views.map((view) => this.#createRow(view)));
    for (const { canvas } of this.#views) this.#watch.observe(canvas);
    this.#select(undefined);
  }

  /** What the network sees; undefined for nothing. */
  setImage(image: Uint8Array | undefined): void {
    this.#image = image;
    this.#drawImage();
    if (image === undefined) this.setValues(undefined);
  }

  /** All values of the network, 0 the image; undefined for an empty pad. */
  setValues(values: readonly Float32Array[] | undefined): void {
    this.#values = values;
    this.#stale();
  }

  #stale(): void {
    for (const view of this.#views) view.isStale = true;
    this.#redraw();
  }

  #redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      // in case its colours are others
      this.#drawImage();
      for (const view of this.#views) this.#layoutOf(view);
      for (const view of this.#views) if (view.isVisible && view.isStale) this.#draw(view);
      if (this.#selected !== undefined) this.#explain(this.#selected);
    });
  }

  #drawImage(): void {
    drawGrey(this.#input, this.#image ?? new Uint8Array(IMAGE_SIDE * IMAGE_SIDE), IMAGE_SIDE, this.#palette);
  }

  #createView(row: LayerRow, index: number): LayerView {
    const canvas = create("canvas", {
      tabindex: 0,
      role: "img",
      "aria-label": `Layer ${index + 1}, ${row.kind}: ${row.output.length === 1 ? "" : "feature maps "}[${
        row.output.join(", ")
      }]; arrow keys choose an element`,
    });
    const place = row.output.length === 1
      ? { channel: 0, y: 0, x: 0 }
      : { channel: 0, y: Math.floor(row.output[1] / 2), x: Math.floor(row.output[2] / 2) };
    const view: LayerView = { row, index, canvas, layout: undefined, isVisible: false, isStale: true, place };
    canvas.addEventListener("pointermove", (event) => this.#point(view, event));
    canvas.addEventListener("pointerdown", (event) => this.#point(view, event));
    canvas.addEventListener("focus", () => this.#select(view));
    canvas.addEventListener("keydown", (event) => this.#key(view, event));
    return view;
  }

  #createRow({ row, index, canvas }: LayerView): HTMLElement {
    const { kind, detail, output, parameters, shared, receptiveField: field } = row;
    const cell = (name: string, text: string) => create("td", { role: "cell", class: name }, text);
    return create(
      "tr",
      { role: "row" },
      cell("place", String(index + 1)),
      create("th", { scope: "row", role: "rowheader" }, kind, create("small", {}, detail)),
      cell("output", output.join("×")),
      cell(
        "parameters",
        shared ? "shared parameters" : parameters === 0 ? "" : `${count(parameters)} parameters`,
      ),
      cell("sees", `sees ${field}×${field}`),
      create("td", { role: "cell", class: "maps" }, canvas),
    );
  }

  /** How a view's maps are laid out now; its canvas takes that size. */
  #layoutOf(view: LayerView): Layout {
    if (view.layout !== undefined) return view.layout;
    const { canvas, row } = view, layout = layOut(row, canvas.parentElement!.clientWidth);
    const { channels, columns, stepX, stepY, scale } = layout, gap = row.output.length === 1 ? 0 : 1;
    canvas.width = columns * stepX - gap;
    canvas.height = Math.ceil(channels / columns) * stepY - gap;
    canvas.style.width = `${canvas.width * scale}px`;
    canvas.style.height = `${canvas.height * scale}px`;
    view.layout = layout;
    return layout;
  }

  #draw(view: LayerView): void {
    view.isStale = false;
    const { channels, height, width, columns, stepX, stepY } = this.#layoutOf(view);
    const canvas = view.canvas, across = canvas.width, down = canvas.height;
    const context = canvas.getContext("2d")!, pixels = context.createImageData(across, down);
    const values = this.#values?.[view.index + 1];
    const most = values === undefined
      ? 1
      : values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
    for (let channel = 0, at = 0; channel < channels; channel++) {
      const left = channel % columns * stepX, top = Math.floor(channel / columns) * stepY;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, at++) {
          const value = values === undefined ? 0 : values[at] / most;
          paintSigned(pixels.data, 4 * ((top + y) * across + left + x), value, this.#palette);
        }
      }
    }
    context.putImageData(pixels, 0, 0);
  }

  #point(view: LayerView, event: PointerEvent): void {
    const box = view.canvas.getBoundingClientRect(),
      { columns, stepX, stepY, scale, ...size } = this.#layoutOf(view);
    const column = Math.floor((event.clientX - box.left) / scale),
      row = Math.floor((event.clientY - box.top) / scale);
    const channel = Math.floor(row / stepY) * columns + Math.floor(column / stepX),
      x = column % stepX,
      y = row % stepY;
    if (channel >= size.channels || x >= size.width || y >= size.height || x < 0 || y < 0) return;
    view.place = { channel, y, x };
    this.#select(view);
  }

  #key(view: LayerView, event: KeyboardEvent): void {
    const { columns, channels, height, width } = this.#layoutOf(view);
    const { channel, y, x } = view.place;
    const [right, down] = {
      ArrowRight: [1, 0],
      ArrowLeft: [-1, 0],
      ArrowDown: [0, 1],
      ArrowUp: [0, -1],
    }[event.key] ?? [0, 0];
    if (right === 0 && down === 0) return;
    event.preventDefault();
    let next = channel, column = x + right, row = y + down;
    // beyond a map's edge comes its neighbour
    if (column >= width) [next, column] = [next + 1, 0];
    else if (column < 0) [next, column] = [next - 1, width - 1];
    if (row >= height) [next, row] = [next + columns, 0];
    else if (row < 0) [next, row] = [next - columns, height - 1];
    if (next < 0 || next >= channels) return;
    view.place = { channel: next, y: row, x: column };
    this.#select(view);
  }

  #select(view: LayerView | undefined): void {
    this.#selected = view;
    for (const each of this.#views) each.canvas.closest("tr")?.classList.toggle("selected", each === view);
    this.#box.hidden = view === undefined;
    if (view === undefined) {
      this.#explained.textContent =
        "Point at a map, or choose one with the arrow keys: the frame shows what it looks at.";
    } else this.#explain(view);
  }

  #explain({ row, index, place: { channel, y, x } }: LayerView): void {
    const isFlat = row.output.length === 1;
    const at: Box = isFlat
      ? { top: 0, left: channel, bottom: 1, right: channel + 1 }
      : { top: y, left: x, bottom: y + 1, right: x + 1 };
    const { top, left, bottom, right } = receptiveField(this.#rows, index, at);
    const share = (pixels: number) => `${100 * pixels / IMAGE_SIDE}%`;
    Object.assign(this.#box.style, {
      top: share(top),
      left: share(left),
      height: share(bottom - top),
      width: share(right - left),
    });
    const [, height, width] = row.output;
    const value = this.#values?.[index + 1][isFlat ? channel : (channel * height + y) * width + x];
    const where = isFlat ? `element ${channel + 1}` : `map ${channel + 1}, row ${y + 1}, column ${x + 1}`;
    const number = value === undefined ? "" : ` is ${value.toFixed(3).replace("-", "−")} and`;
    this.#explained.textContent = `Layer ${index + 1}, ${where}${number} looks at ${right - left}×${
      bottom - top
    } pixels.`;
  }
}
