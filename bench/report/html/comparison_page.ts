/**
 * A comparison on one page that needs nothing but itself.
 *
 * @module
 */
import { formatPercent } from "../../command_line/format.ts";
import type { Comparison, NoVerdict, Verdict } from "../../compare/compare.ts";
import {
  headline,
  letterOf,
  mcnemarNote,
  mcnemarTable,
  methodNote,
  newOnes,
  pairSentences,
  pairsTable,
  sideLabel,
  sideNotes,
  sidesTable,
  verdictWords,
} from "../comparison.ts";
import { Markup, markup } from "./markup.ts";
import { figure, notice, tableBox } from "./parts.ts";
import { draw, type Drawing, Plot } from "./plot_library.ts";
import { STYLE } from "./style.ts";
import { color } from "./theme.ts";

/** The whole page; the same comparison gives the same text. */
export function renderComparison(comparison: Comparison): string {
  const title = comparison.sides.map((_, index) => sideLabel(comparison, index)).join(" against ");
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>under20k: ${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<p class="brand">under20k</p>
<h1>${headline(comparison)}</h1>
<p class="lead">${title}.</p>
${sideNotes(comparison).map(notice)}
</header>
<main>
<section id="verdicts"><h2>Verdicts</h2>
${
    comparison.pairs.map((pair) =>
      markup`<ul>${pairSentences(comparison, pair).map((sentence) => markup`<li>${sentence}</li>`)}</ul>\n`
    )
  }
${
    figure(intervalPlot(comparison, 760), {
      narrow: intervalPlot(comparison, 346),
      caption: markup`Differences with their intervals. Shaded: less than ${
        formatPercent(comparison.rules.margin)
      } points.`,
    })
  }
${tableBox(pairsTable(comparison), "Differences and verdicts")}
<p class="caption">${methodNote(comparison)}</p>
</section>
<section id="sides"><h2>Sides</h2>
${tableBox(sidesTable(comparison), "What is compared")}
</section>
${
    comparison.pairs.filter(({ perSeed }) => perSeed.length > 0).map((pair) =>
      markup`<section><h2>Seed by seed: ${letterOf(pair.b)} against ${letterOf(pair.a)}</h2>
${tableBox(mcnemarTable(pair), "McNemar's test of each pair of networks")}
<p class="caption">${mcnemarNote(pair)}</p>
</section>
`
    )
  }</main>
<footer><p>Made by <code>deno task compare</code> from the predictions of every trial.</p></footer>
</body>
</html>
`.text;
}

/** Every interval on one axis, in percentage points. */
function intervalPlot(comparison: Comparison, width: number): Drawing {
  const { pairs, rules } = comparison;
  const rows = pairs.flatMap((pair) =>
    [pair.images, pair.digits].flatMap((verdict: Verdict | NoVerdict) =>
      verdict.status === "notJudged" ? [] : [{
        label: `${letterOf(pair.b)} − ${letterOf(pair.a)}, ${
          verdict.population === "images" ? "these images" : newOnes(comparison)
        }`,
        low: 100 * verdict.interval.low,
        middle: 100 * pair.difference,
        high: 100 * verdict.interval.high,
        words: verdictWords(pair, verdict),
      }]
    )
  );
  const margin = 100 * rules.margin;
  return draw({
    width,
    height: 60 + 34 * Math.max(1, rows.length),
    marginLeft: 132,
    marginRight: 16,
    marginTop: 12,
    marginBottom: 40,
    x: {
      label: null,
      nice: true,
      domain: domainOf([...rows.flatMap(({ low, high }) => [low, high]), -margin, margin]),
    },
    y: { label: null, domain: rows.map(({ label }) => label), type: "band" },
    marks: [
      Plot.rectX([0], { x1: -margin, x2: margin, fill: color("grid") }),
      Plot.ruleX([0], { stroke: color("muted") }),
      Plot.ruleY(rows, { y: "label", x1: "low", x2: "high", stroke: color("under"), strokeWidth: 3 }),
      Plot.dot(rows, { y: "label", x: "middle", fill: color("under"), r: 5 }),
      Plot.axisX({ color: color("muted"), tickSize: 0, label: null, ticks: 5, tickFormat: String }),
      Plot.axisY({ color: color("ink"), tickSize: 0, label: null }),
      Plot.text(["points"], { frameAnchor: "bottom-right", dy: 34, fill: color("muted") }),
    ],
  }, {
    title: "Differences of accuracy with their intervals",
    description: rows.map(({ label, low, high, words }) =>
      `${label}: ${low.toFixed(2)} to ${high.toFixed(2)} points, ${words}`
    ).join("; ") + `. Shaded: less than ${formatPercent(rules.margin)} points.`,
  });
}

function domainOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
