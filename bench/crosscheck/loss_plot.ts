/**
 * Both loss curves of a comparison, for a terminal and as a picture.
 *
 * @module
 */
import type { StepDifference } from "./compare.ts";

const ROWS = 9;
/** Characters between two steps. */
const COLUMN_WIDTH = 3;

/** The two curves in text: `o` the first engine, `x` the second, `*` both. */
export function textPlot(steps: readonly StepDifference[], engines: readonly [string, string]): string {
  const finite = steps.flatMap(({ losses }) => losses).filter(Number.isFinite);
  const least = Math.min(...finite), most = Math.max(...finite);
  const rowOf = (loss: number) =>
    Number.isFinite(loss) ? Math.round((most - loss) / (most - least || 1) * (ROWS - 1)) : 0;
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const label = (most - row * (most - least) / (ROWS - 1)).toFixed(3).padStart(8);
    const marks = steps.map(({ losses: [first, second] }) => {
      const isFirst = rowOf(first) === row, isSecond = rowOf(second) === row;
      return (isFirst && isSecond ? "*" : isFirst ? "o" : isSecond ? "x" : " ").padStart(COLUMN_WIDTH);
    });
    return `${label} |${marks.join("")}`.trimEnd();
  });
  const axis = steps.map(({ step }) => String(step % 100).padStart(COLUMN_WIDTH)).join("");
  return [
    `loss by step: o ${engines[0]}, x ${engines[1]}, * both`,
    ...lines,
    `${" ".repeat(9)}+${"-".repeat(axis.length)}`,
    `${" ".repeat(10)}${axis}`,
  ].join("\n");
}

/** Some losses from the least to the most, which differ in the second digit, and where the axis ends. */
function lossAxis(steps: readonly StepDifference[]): { ticks: number[]; domain: [number, number] } {
  const finite = steps.flatMap(({ losses }) => losses).filter(Number.isFinite);
  const least = Math.min(...finite), most = Math.max(...finite);
  const even = Array.from({ length: 6 }, (_, i) => Number((least + i * (most - least) / 5).toFixed(2)));
  return {
    ticks: [...new Set(even)],
    domain: [Math.min(least, ...even), Math.max(most, ...even)],
  };
}

/** The two curves as an SVG file. */
export async function svgPlot(
  runs: readonly { readonly title: string; readonly steps: readonly StepDifference[] }[],
  engines: readonly [string, string],
): Promise<string> {
  // the plotting library is for whoever asks for a picture
  const [{ compose, draw, Plot }, { color, withColors }] = await Promise.all([
    import("../report/html/plot_library.ts"),
    import("../report/html/theme.ts"),
  ]);
  const width = 360, height = 240;
  const drawings = runs.map(({ title, steps }) => {
    const { ticks, domain } = lossAxis(steps);
    return draw({
      width,
      height,
      marginTop: 34,
      marginLeft: 48,
      x: { label: "step", ticks: Math.min(10, steps.length), tickFormat: "d" },
      y: { label: null, grid: true, domain, ticks, tickFormat: (loss: number) => loss.toFixed(2) },
      marks: [
        ...([0, 1] as const).flatMap((engine) => [
          Plot.line(steps, {
            x: "step",
            y: ({ losses }: StepDifference) => losses[engine],
            stroke: color(engine === 0 ? "under" : "over"),
            strokeDasharray: engine === 0 ? undefined : "4 3",
            strokeWidth: engine === 0 ? 3 : 1.75,
          }),
          Plot.dot(steps, {
            x: "step",
            y: ({ losses }: StepDifference) => losses[engine],
            stroke: color(engine === 0 ? "under" : "over"),
            symbol: engine === 0 ? "circle" : "times",
          }),
        ]),
        Plot.text([`${title}, loss: ${engines[0]} solid, ${engines[1]} dashed`], {
          frameAnchor: "top-left",
          dy: -26,
          fill: color("ink"),
          fontWeight: 600,
        }),
      ],
    }, { title, description: `Loss by step of ${engines[0]} and ${engines[1]}.` });
  });
  const whole = compose(
    drawings.map((drawing, i) => ({ drawing, x: i % 2 * width, y: Math.floor(i / 2) * height })),
    { width: width * Math.min(2, runs.length), height: height * Math.ceil(runs.length / 2) },
    { title: `Losses of ${engines[0]} and ${engines[1]}`, description: "One panel per iteration." },
  );
  return withColors(whole.svg, "light") + "\n";
}
