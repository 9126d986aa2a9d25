/**
 * Where a person draws: mouse, finger, pen and keyboard.
 *
 * Points are shares of the pad's side, so that a drawing outlives a turned phone.
 *
 * @module
 */
import type { Stroke } from "./prepare.ts";

/** Steps of the keyboard's pen, as shares of the side. */
const STEP = 0.04, FINE_STEP = 0.01;

/** What is on the pad: strokes, or an image that was put there. */
export type Drawing =
  | { readonly kind: "strokes"; readonly strokes: readonly Stroke[] }
  | { readonly kind: "image"; readonly image: Uint8Array };

export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #onChange: (drawing: Drawing) => void;
  #strokes: number[][] = [];
  #image: Uint8Array | undefined;
  /** The stroke of each finger or pen that is down. */
  readonly #down = new Map<number, number[]>();
  /** Of the keyboard's pen; shown once a key has moved it. */
  #cursor: { x: number; y: number; stroke?: number[] } | undefined;
  #pen = 0.05;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, onChange: (drawing: Drawing) => void) {
    this.#canvas = canvas;
    this.#onChange = onChange;
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, (event) => this.#down.delete(event.pointerId));
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#hideCursor());
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  /** Width of the line, as a share of the pad's side. */
  set pen(share: number) {
    this.#pen = share;
    this.redraw();
  }

  get isEmpty(): boolean {
    return this.#strokes.length === 0 && this.#image === undefined;
  }

  clear(): void {
    this.#strokes = [];
    this.#image = undefined;
    this.#down.clear();
    if (this.#cursor !== undefined) this.#cursor.stroke = undefined;
    this.#changed();
  }

  /** Takes the last stroke back. */
  undo(): void {
    this.#strokes.pop();
    this.#image = undefined;
    if (this.#cursor !== undefined) this.#cursor.stroke = undefined;
    this.#changed();
  }

  /** Puts strokes there, as if they had been drawn. */
  setStrokes(strokes: readonly Stroke[]): void {
    this.#strokes = strokes.map((stroke) => [...stroke]);
    this.#image = undefined;
    this.#changed();
  }

  /** Puts an image there, uint8 [28,28]; drawing begins anew. */
  setImage(image: Uint8Array): void {
    this.#strokes = [];
    this.#image = image;
    this.#changed();
  }

  #place(event: PointerEvent): [x: number, y: number] {
    const box = this.#canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #start(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#hideCursor();
    this.#canvas.setPointerCapture(event.pointerId);
    this.#image = undefined;
    const stroke = this.#place(event);
    this.#strokes.push(stroke);
    this.#down.set(event.pointerId, stroke);
    this.#changed();
  }

  #move(event: PointerEvent): void {
    const stroke = this.#down.get(event.pointerId);
    if (stroke === undefined) return;
    // a fast hand makes more points than there are frames
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) stroke.push(...this.#place(each));
    this.#changed();
  }

  #key(event: KeyboardEvent): void {
    const step = event.shiftKey ? FINE_STEP : STEP;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const move = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (move !== undefined) this.#moveCursor(...move);
    else if (event.key === " " || event.key === "Enter") this.#togglePen();
    else if (event.key === "Backspace") this.undo();
    else if (event.key === "Delete" || event.key === "Escape") this.clear();
    else return;
    event.preventDefault();
  }

  #moveCursor(right: number, down: number): void {
    const cursor = this.#cursor ??= { x: 0.5, y: 0.3 };
    const inside = (value: number) => Math.min(0.98, Math.max(0.02, value));
    cursor.x = inside(cursor.x + right);
    cursor.y = inside(cursor.y + down);
    if (cursor.stroke === undefined) return this.redraw();
    cursor.stroke.push(cursor.x, cursor.y);
    this.#changed();
  }

  #togglePen(): void {
    const cursor = this.#cursor ??= { x: 0.5, y: 0.3 };
    if (cursor.stroke !== undefined) cursor.stroke = undefined;
    else {
      this.#image = undefined;
      this.#strokes.push(cursor.stroke = [cursor.x, cursor.y]);
    }
    this.#changed();
  }

  #hideCursor(): void {
    if (this.#cursor === undefined) return;
    this.#cursor = undefined;
    this.redraw();
  }

  #changed(): void {
    this.redraw();
    const image = this.#image;
    this.#onChange(
      image === undefined ? { kind: "strokes", strokes: this.#strokes } : { kind: "image", image },
    );
  }

  /** Draws at the next frame. */
  redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const canvas = this.#canvas, side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (side === 0) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d")!, style = getComputedStyle(canvas);
    context.clearRect(0, 0, side, side);
    if (this.#image !== undefined) this.#drawImage(context, this.#image, style.color);
    context.strokeStyle = context.fillStyle = style.color;
    context.lineWidth = this.#pen * side;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#strokes) {
      context.beginPath();
      context.moveTo(stroke[0] * side, stroke[1] * side);
      for (let at = 0; at < stroke.length; at += 2) context.lineTo(stroke[at] * side, stroke[at + 1] * side);
      context.stroke();
    }
    if (this.#cursor !== undefined) {
      this.#drawCursor(context, this.#cursor, style.getPropertyValue("--under"));
    }
  }

  #drawImage(context: CanvasRenderingContext2D, image: Uint8Array, color: string): void {
    const side = context.canvas.width, cell = side / 28;
    context.fillStyle = color;
    image.forEach((value, at) => {
      if (value === 0) return;
      context.globalAlpha = value / 255;
      const x = Math.round(at % 28 * cell), y = Math.round(Math.floor(at / 28) * cell);
      context.fillRect(
        x,
        y,
        Math.round((at % 28 + 1) * cell) - x,
        Math.round((Math.floor(at / 28) + 1) * cell) - y,
      );
    });
    context.globalAlpha = 1;
  }

  #drawCursor(
    context: CanvasRenderingContext2D,
    { x, y, stroke }: { readonly x: number; readonly y: number; readonly stroke?: readonly number[] },
    color: string,
  ): void {
    const side = context.canvas.width, radius = Math.max(this.#pen, 0.03) * side * 0.6;
    context.beginPath();
    context.arc(x * side, y * side, radius, 0, 2 * Math.PI);
    context.lineWidth = 2 * devicePixelRatio;
    context.strokeStyle = context.fillStyle = color;
    if (stroke !== undefined) context.fill();
    context.stroke();
  }
}
