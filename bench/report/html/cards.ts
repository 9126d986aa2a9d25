/**
 * What a run shows, before anything else: a sentence, and a card for each iteration.
 *
 * @module
 */
import { formatCount, formatPercent } from "../../command_line/format.ts";
import { claimLabel } from "../../judge/claims/verdict.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import {
  challengeLabel,
  criteriaLabel,
  epochToTarget as epochToTargetText,
  type JudgedIteration,
  type Report,
  trialCount,
  type Verdicts,
} from "../report.ts";
import { type Content, type Markup, markup } from "./markup.ts";

/** The iterations that meet the challenge. */
export function meetingChallenge(iterations: readonly JudgedIteration[]): JudgedIteration[] {
  return iterations.filter(({ verdicts }) => verdicts.challenge.status === "met");
}

/** What the run shows, in a sentence. */
export function headline(iterations: readonly JudgedIteration[]): string {
  const met = meetingChallenge(iterations);
  const target = `${formatPercent(CHALLENGE.accuracy, 1)}\u00a0%`;
  if (met.length === 0) {
    const judged = iterations.some(({ verdicts }) => verdicts.challenge.status !== "notJudged");
    return judged
      ? `No iteration of this run meets the challenge: ${target} with fewer than ${
        formatCount(CHALLENGE.parametersBelow)
      } parameters`
      : "The challenge is not judged in this run";
  }
  return met.map(({ summary: { iteration, final, parameters } }) =>
    `Iteration ${iteration.id} reaches ${formatPercent(final?.mean)}\u00a0% with ${
      formatCount(parameters ?? iteration.parameters)
    } parameters`
  ).join("; ");
}

/** Final accuracy, size and challenge; the other verdicts only where they are bad, the rest is in the tables. */
export function iterationCard({ summary, verdicts }: JudgedIteration, { freshSeeds }: Report): Markup {
  const { iteration, parameters, final } = summary;
  const isUnder = (parameters ?? iteration.parameters) < CHALLENGE.parametersBelow;
  const spread = final === undefined
    ? "no trial completed"
    : final.deviation === undefined
    ? "% final, one trial"
    : `± ${formatPercent(final.deviation)} % final, n = ${trialCount(summary, freshSeeds)}`;
  const verdict = ({ status }: { readonly status: Status }, label: string) =>
    markup`<span class="verdict ${tone(status)}">${label}</span>`;
  const facts: readonly (readonly [string, Content])[] = [
    ["parameters", formatCount(parameters ?? iteration.parameters)],
    [`epoch to ${formatPercent(CHALLENGE.accuracy, 1)} %`, epochToTargetText(summary)],
    ["challenge", verdict(verdicts.challenge, challengeLabel(verdicts.challenge))],
    ...([
      ["criteria", verdicts.criteria, criteriaLabel(verdicts.criteria)],
      ["claim", verdicts.claim, claimLabel(verdicts.claim)],
    ] as const).filter(([, { status }]) => tone(status) === "bad")
      .map(([name, judged, label]) => [name, verdict(judged, label)] as const),
  ];
  return markup`<article class="card ${isUnder ? "under" : "over"}">
<h2>${iteration.id} ${iteration.title}</h2>
<p class="big">${formatPercent(final?.mean)} <small>${spread}</small></p>
<dl>${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</article>
`;
}

type Status = Verdicts[keyof Verdicts]["status"];

/** Colour of a verdict; its words say the same. */
function tone(status: Status): "good" | "bad" | "" {
  if (status === "met" || status === "consistent") return "good";
  return ["notJudged", "notTested", "notShown", "none"].includes(status) ? "" : "bad";
}
