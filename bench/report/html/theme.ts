/**
 * The colours of pages and plots, light and dark.
 *
 * Two hues carry meaning, blue for fewer than 20,000 parameters and orange for more: they stay apart for the common
 * forms of colour blindness, and the marks differ in shape too.
 *
 * @module
 */

const COLORS = {
  /** Text. */
  ink: { light: "#1c2128", dark: "#e6e9ee" },
  /** Text of second rank; at least 4.5 : 1 on the background. */
  muted: { light: "#59636e", dark: "#9aa4b1" },
  /** Lines between things. */
  line: { light: "#d8dee4", dark: "#343b45" },
  /** Grid lines. */
  grid: { light: "#e8ecf0", dark: "#272d36" },
  background: { light: "#ffffff", dark: "#0f1318" },
  /** Of cards and code. */
  raised: { light: "#f6f8fa", dark: "#181d24" },
  /** Fewer than 20,000 parameters. */
  under: { light: "#0a66c2", dark: "#62aeff" },
  /** 20,000 parameters and more. */
  over: { light: "#bc4c00", dark: "#f29a4e" },
  /** The challenge. */
  target: { light: "#1a7f4b", dark: "#4cc38a" },
  good: { light: "#1a7f4b", dark: "#4cc38a" },
  bad: { light: "#c0262d", dark: "#ff8078" },
} as const;

export type ColorName = keyof typeof COLORS;
export const THEMES = ["light", "dark"] as const;
export type Theme = typeof THEMES[number];

/** A colour by name, to be settled by the page. */
export function color(name: ColorName): string {
  return `var(--${name})`;
}

/** Declarations of all colours, for a style sheet. */
export function colorVariables(theme: Theme): string {
  return Object.entries(COLORS).map(([name, value]) => `--${name}:${value[theme]};`).join("");
}

/** The text with every `var(--name)` and `currentColor` settled, for a picture that stands alone. */
export function withColors(svg: string, theme: Theme): string {
  return svg
    .replaceAll("currentColor", COLORS.ink[theme])
    .replace(/var\(--(\w+)\)/g, (_all, name: string) => {
      if (!Object.hasOwn(COLORS, name)) {
        throw new RangeError(`Cannot color a plot: expected a known color, got "${name}"`);
      }
      return COLORS[name as ColorName][theme];
    });
}
