/**
 * Draws an image again as a person would: pen strokes along the middle lines of its ink.
 *
 * @module
 */
import { SIDE, type Stroke } from "../../page/prepare.ts";

/** Points to a pixel, so that the middle line of a stroke is found to a fraction of a pixel. */
const FINE = 8;
const GRID = SIDE * FINE;
/** Ends of the middle line that are shorter come from the outline's bumps, not from the pen; in fine points. */
const SHORTEST_SPUR = 2 * FINE;

/** How much a pixel stands out from the nine around it is added this often. */
const SHARPENING = 2;

/** Gaps and small loops, which thick pens and scanners make grey, are what a person sees and draws. */
function sharpen(image: Uint8Array): Float32Array {
  return Float32Array.from(image, (value, at) => {
    let sum = 0;
    for (const down of [-SIDE, 0, SIDE]) for (const right of [-1, 0, 1]) sum += image[at + down + right] ?? 0;
    return value + SHARPENING * (value - sum / 9);
  });
}

/** An image at `FINE` times its resolution, bilinear between pixel middles. */
function enlarge(image: Float32Array): Float32Array {
  const fine = new Float32Array(GRID * GRID);
  const pixel = (row: number, column: number) =>
    row < 0 || row >= SIDE || column < 0 || column >= SIDE ? 0 : image[row * SIDE + column];
  for (let y = 0; y < GRID; y++) {
    const v = (y + 0.5) / FINE - 0.5, row = Math.floor(v), down = v - row;
    for (let x = 0; x < GRID; x++) {
      const u = (x + 0.5) / FINE - 0.5, column = Math.floor(u), right = u - column;
      const upper = pixel(row, column) * (1 - right) + pixel(row, column + 1) * right;
      const lower = pixel(row + 1, column) * (1 - right) + pixel(row + 1, column + 1) * right;
      fine[y * GRID + x] = upper * (1 - down) + lower * down;
    }
  }
  return fine;
}

/** What is darkest of an image, as much as it takes to keep together what hangs together: gaps that ran full open again. */
function fineInk(image: Uint8Array): Uint8Array {
  const fine = enlarge(sharpen(image));
  const inkAbove = (threshold: number) => Uint8Array.from(fine, (value) => Number(value >= threshold));
  const all = inkAbove(128), parts = countParts(all);
  for (const threshold of [235, 215, 195, 175, 150]) {
    const ink = inkAbove(threshold);
    if (countParts(ink) === parts && countInk(ink) > 0.4 * countInk(all)) return ink;
  }
  return all;
}

const countInk = (ink: Uint8Array): number => ink.reduce((sum, value) => sum + value, 0);

/** How many pieces the ink is in; corners hold nothing together. */
function countParts(ink: Uint8Array): number {
  const left = ink.slice();
  let parts = 0;
  left.forEach((value, start) => {
    if (value === 0) return;
    parts++;
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (left[at] !== 1) continue;
      left[at] = 0;
      open.push(at - GRID, at + GRID, at - 1, at + 1);
    }
  });
  return parts;
}

/** The eight neighbours, clockwise from above. */
const AROUND = [-GRID, -GRID + 1, 1, GRID + 1, GRID, GRID - 1, -1, -GRID - 1];

/** Takes ink off from the outside until lines are left. Source: Zhang and Suen (1984). */
function thin(ink: Uint8Array): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const pass of [0, 1]) {
      const gone: number[] = [];
      for (let at = GRID + 1; at < GRID * GRID - GRID - 1; at++) {
        if (ink[at] === 0) continue;
        const p = AROUND.map((step) => ink[at + step]);
        const count = p.reduce((sum, value) => sum + value, 0);
        const turns = p.filter((value, i) => value === 0 && p[(i + 1) % 8] === 1).length;
        if (count < 2 || count > 6 || turns !== 1) continue;
        const [n, , e, , s, , w] = p;
        if (pass === 0 ? n * e * s === 0 && e * s * w === 0 : n * e * w === 0 && n * s * w === 0) {
          gone.push(at);
        }
      }
      for (const at of gone) ink[at] = 0;
      changed ||= gone.length > 0;
    }
  }
}

/** Points that are linked: next to each other, and across a corner only where nothing links them otherwise. */
function linked(ink: Uint8Array, at: number): number[] {
  return AROUND.flatMap((step, i) => {
    if (ink[at + step] !== 1) return [];
    const isCorner = i % 2 === 1;
    if (isCorner && (ink[at + AROUND[i - 1]] === 1 || ink[at + AROUND[(i + 1) % 8]] === 1)) return [];
    return [at + step];
  });
}

/** The lines between ends and crossings, and the closed ones. */
function trace(ink: Uint8Array): number[][] {
  const links = new Map<number, number[]>();
  ink.forEach((value, at) => value === 1 && links.set(at, linked(ink, at)));
  const used = new Set<string>(), lines: number[][] = [];
  const key = (a: number, b: number) => a < b ? `${a} ${b}` : `${b} ${a}`;
  const follow = (start: number, next: number) => {
    const line = [start];
    for (let from = start, to = next;;) {
      used.add(key(from, to));
      line.push(to);
      const onward = links.get(to)!;
      const step = onward.length === 2 ? onward.find((each) => each !== from) : undefined;
      if (step === undefined || used.has(key(to, step))) break;
      [from, to] = [to, step];
    }
    lines.push(line);
  };
  const starts = [...links.keys()].sort((a, b) =>
    Number(links.get(a)!.length === 2) - Number(links.get(b)!.length === 2)
  );
  for (const start of starts) {
    if (links.get(start)!.length === 0) lines.push([start]);
    for (const next of links.get(start)!) if (!used.has(key(start, next))) follow(start, next);
  }
  const isEnd = (at: number) => links.get(at)!.length === 1;
  const kept = lines.filter((line) => {
    const spur = isEnd(line[0]) !== isEnd(line.at(-1)!);
    return !(spur && line.length < SHORTEST_SPUR);
  });
  return kept.length === 0 ? lines : kept;
}

/** A line as a hand draws it: without the stairs of the grid. */
function smooth(line: readonly number[]): number[] {
  const reach = FINE / 2, points: number[] = [];
  line.forEach((_, i) => {
    // the ends stay where they are
    const wide = Math.min(reach, i, line.length - 1 - i);
    let x = 0, y = 0;
    for (let j = i - wide; j <= i + wide; j++) {
      x += line[j] % GRID + 0.5;
      y += Math.floor(line[j] / GRID) + 0.5;
    }
    if (i % 3 === 0 || i === line.length - 1) {
      points.push(x / (2 * wide + 1) / GRID, y / (2 * wide + 1) / GRID);
    }
  });
  return points;
}

/** Strokes that draw an image's digit, as shares of its side. */
export function redraw(image: Uint8Array): Stroke[] {
  const ink = fineInk(image);
  thin(ink);
  return trace(ink).map(smooth);
}
