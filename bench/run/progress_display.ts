/**
 * Shows progress: on a terminal a region that is redrawn in place, elsewhere a line per epoch.
 *
 * @module
 */
import type { EpochResult, Trial, TrialEvent } from "../../engine/engine.ts";
import { formatClock, formatCount, formatPercent } from "../command_line/format.ts";
import { paint } from "../command_line/paint.ts";
import type { OverallProgress, Progress, RunningTrial } from "./progress.ts";
import type { Output } from "../command_line/output.ts";

/** Shows one run's progress until it is stopped. */
export interface ProgressDisplay {
  update(event: TrialEvent): void;
  /** Writes lines that stay, to `output`. */
  print(output: Output, text: string): void;
  stop(): void;
}

/** The display that suits `output`. */
export function showProgress(
  progress: Progress,
  trials: readonly Trial[],
  options: { readonly output: Output; readonly now: () => number },
): ProgressDisplay {
  return options.output.isTerminal
    ? new LiveDisplay(progress, options.output, options.now)
    : new PlainDisplay(progress, trials, options.output, options.now);
}

const REDRAW_MS = 100;
/** Time left counts down also while an engine is silent. */
const TICK_MS = 1000;
const HIDE_CURSOR = "\x1b[?25l", SHOW_CURSOR = "\x1b[?25h";

class LiveDisplay implements ProgressDisplay {
  private drawnLines = 0;
  private drawnMs = -Infinity;
  private stopped = false;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly progress: Progress,
    private readonly output: Output,
    private readonly now: () => number,
  ) {
    output.write(HIDE_CURSOR);
    this.timer = setInterval(() => this.draw(), TICK_MS);
  }

  update(event: TrialEvent): void {
    if (event.kind !== "progress" || this.now() - this.drawnMs >= REDRAW_MS) this.draw();
  }

  print(output: Output, text: string): void {
    this.output.write(this.toTop() + "\x1b[J");
    this.drawnLines = 0;
    output.write(text);
    this.draw();
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.timer);
    this.output.write(this.toTop() + "\x1b[J" + SHOW_CURSOR);
    this.drawnLines = 0;
  }

  /** One write per frame: each line overwrites the old one and clears its own rest, so nothing flickers. */
  private draw(): void {
    if (this.stopped) return;
    const nowMs = this.now();
    const lines = renderProgress(this.progress.running(nowMs), this.progress.overall(nowMs), {
      ...this.output.size(),
      color: this.output.color,
    });
    this.output.write(this.toTop() + lines.map((line) => `${line}\x1b[K\n`).join("") + "\x1b[J");
    this.drawnLines = lines.length;
    this.drawnMs = nowMs;
  }

  private toTop(): string {
    return this.drawnLines === 0 ? "" : `\r\x1b[${this.drawnLines}A`;
  }
}

class PlainDisplay implements ProgressDisplay {
  constructor(
    private readonly progress: Progress,
    private readonly trials: readonly Trial[],
    private readonly output: Output,
    private readonly now: () => number,
  ) {}

  update(event: TrialEvent): void {
    if (event.kind !== "epoch") return;
    const trial = this.trials[event.trial];
    const running = this.progress.running(this.now()).find((each) => each.trial === trial);
    this.output.write(
      `${epochLine(trial, event.result, running)}  ${totalLine(this.progress.overall(this.now()))}\n`,
    );
  }

  print(output: Output, text: string): void {
    output.write(text);
  }

  stop(): void {}
}

/** What a trial measured in an epoch, on one line. */
function epochLine(trial: Trial, result: EpochResult, running: RunningTrial | undefined): string {
  return [
    trialName(trial),
    `epoch ${epochCount(result.epoch, trial.epochs)}`,
    `train ${formatPercent(result.trainAccuracy)} %`,
    ...(result.validationAccuracy === null
      ? []
      : [`validation ${formatPercent(result.validationAccuracy)} %`]),
    ...(result.testAccuracy === null ? [] : [`test ${formatPercent(result.testAccuracy)} %`]),
    rate(running?.imagesPerSecond),
  ].join("  ");
}

function totalLine({ ended, trials, fraction, secondsLeft }: OverallProgress): string {
  return `${ended} of ${trials} trials, ${share(fraction)}, ${timeLeft(secondsLeft)}`;
}

/**
 * The lines of the live region: one per running trial, then the whole run.
 *
 * Trials for which the terminal has no room are counted. No line is longer than the terminal is wide, because a
 * wrapped line would shift the next frame.
 */
export function renderProgress(
  running: readonly RunningTrial[],
  overall: OverallProgress,
  options: { readonly columns: number; readonly rows: number; readonly color: boolean },
): string[] {
  const { columns, rows, color } = options;
  const width = columns - 1;
  const room = Math.max(1, rows - 4);
  const shown = running.length > room ? running.slice(0, room - 1) : running;
  const barWidth = Math.max(0, Math.min(24, width - 78));
  const lines = shown.map((each) =>
    line([
      { text: trialName(each.trial) },
      { text: `epoch ${epochCount(each.epoch, each.trial.epochs)}` },
      { text: bar(each.fraction, barWidth), style: "cyan" },
      { text: each.accuracy === undefined ? "   --  %" : `${percentColumn(each.accuracy)} %` },
      { text: rate(each.imagesPerSecond) },
      { text: timeLeft(each.secondsLeft) },
    ], { width, color })
  );
  if (shown.length < running.length) {
    lines.push(line([{ text: `and ${running.length - shown.length} more` }], { width, color }));
  }
  lines.push(line([
    { text: `${overall.ended} of ${overall.trials} trials`, style: "bold" },
    { text: bar(overall.fraction, barWidth), style: "green" },
    { text: share(overall.fraction) },
    { text: `${formatClock(overall.secondsElapsed)} elapsed` },
    { text: timeLeft(overall.secondsLeft) },
  ], { width, color }));
  return lines;
}

interface Part {
  readonly text: string;
  readonly style?: "bold" | "cyan" | "green";
}

/** Parts two spaces apart, cut at the width. */
function line(parts: readonly Part[], options: { readonly width: number; readonly color: boolean }): string {
  let room = options.width;
  let text = "";
  for (const part of parts) {
    if (part.text === "") continue;
    const gap = text === "" ? "" : "  ";
    const visible = [...(gap + part.text)].slice(0, room).join("");
    room -= [...visible].length;
    text += part.style === undefined ? visible : paint(visible, part.style, options.color);
  }
  return text;
}

function trialName({ iteration, seed }: Trial): string {
  return `iteration ${iteration.id}  seed ${seed}`;
}

function epochCount(epoch: number, epochs: number): string {
  return `${String(epoch).padStart(String(epochs).length)}/${epochs}`;
}

function percentColumn(fraction: number): string {
  return formatPercent(fraction).padStart(6);
}

function rate(imagesPerSecond: number | undefined): string {
  return `${imagesPerSecond === undefined ? "--" : formatCount(imagesPerSecond)} images/s`.padStart(15);
}

function timeLeft(seconds: number | undefined): string {
  return `${seconds === undefined ? "--:--" : formatClock(seconds)} left`;
}

function share(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`;
}

function bar(fraction: number, width: number): string {
  const full = Math.round(Math.min(1, fraction) * width);
  return "━".repeat(full) + "─".repeat(width - full);
}
