/**
 * How numbers are shown to people; files hold them unrounded.
 *
 * @module
 */

/** Shown where there is no value. */
export const MISSING = "n/a";

/** `19798` as `19,798`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A fraction in percent, without the sign: `0.9946` as `99.46`. */
export function formatPercent(fraction: number | undefined, digits = 2): string {
  return fraction === undefined ? MISSING : (fraction * 100).toFixed(digits);
}

/**
 * A fraction in percent with its sign and as many digits (2 to 6) as it takes to tell it from `other`.
 *
 * A message that prints two values because they differ shows them differing.
 */
export function formatPercentApart(fraction: number, other: number): string {
  let digits = 2;
  // Equal but for rounding: no digit would tell them apart.
  if (Math.abs(fraction - other) < 1e-9) return `${formatPercent(fraction)} %`;
  while (digits < 6 && formatPercent(fraction, digits) === formatPercent(other, digits)) digits++;
  return `${formatPercent(fraction, digits)} %`;
}

/** Mean and sample deviation of fractions, in percent without the sign: `99.46 ± 0.05`. */
export function formatMean(distribution: { mean: number; deviation?: number } | undefined): string {
  if (distribution === undefined) return MISSING;
  return `${formatPercent(distribution.mean)} ± ${formatPercent(distribution.deviation)}`;
}

/** A difference of fractions in percentage points, with its sign: `+0.07`. */
export function formatPoints(difference: number | undefined, digits = 2): string {
  if (difference === undefined) return MISSING;
  const text = formatPercent(Math.abs(difference), digits);
  return Number(text) === 0 ? text : `${difference < 0 ? "−" : "+"}${text}`;
}

/** An interval of fractions, in percent without the sign: `99.41 to 99.51`. */
export function formatInterval(interval: { low: number; high: number } | undefined): string {
  if (interval === undefined) return MISSING;
  return `${formatPercent(interval.low)} to ${formatPercent(interval.high)}`;
}

/** What is not told apart from 0 unless a limit asks for it. */
const SMALLEST_P = 0.0001;

/** A p-value: `0.0123`, `< 0.0001`. */
export function formatP(p: number | undefined): string {
  if (p === undefined) return MISSING;
  return p < SMALLEST_P ? `< ${SMALLEST_P}` : p.toFixed(4);
}

/**
 * A p-value as part of a sentence: `p = 0.0123`, `p < 0.0001`.
 *
 * With as many digits as it takes to show on which side of `limit` it lies, which a message names beside it.
 */
export function pWords(p: number, limit?: number): string {
  if (p < SMALLEST_P && (limit === undefined || limit >= SMALLEST_P)) return `p < ${SMALLEST_P}`;
  const isShown = (text: string) =>
    limit === undefined || p === limit || (Number(text) !== limit && Number(text) < limit === p < limit);
  for (let digits = 4; digits <= MOST_P_DIGITS; digits++) {
    const text = p.toFixed(digits);
    if (isShown(text)) return `p = ${text}`;
  }
  return `p = ${p}`;
}

const MOST_P_DIGITS = 10;

/** A median of whole numbers, which may end in .5. */
export function formatMedian(value: number | undefined): string {
  return value === undefined ? MISSING : String(value);
}

/** Seconds as `0:42`, `12:07` or `1:02:33`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60, rest = whole % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `1 trial`, `2 trials`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Numbers with runs drawn together: `[0, 1, 2, 7]` as `0-2,7`, which `--seeds` reads back. */
export function formatNumberList(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let first = 0; first < sorted.length;) {
    let last = first;
    while (last + 1 < sorted.length && sorted[last + 1] === sorted[last] + 1) last++;
    if (last - first >= 2) parts.push(`${sorted[first]}-${sorted[last]}`);
    else parts.push(...sorted.slice(first, last + 1).map(String));
    first = last + 1;
  }
  return parts.join(",");
}
