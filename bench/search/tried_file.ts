/**
 * `tried.csv` of a search's folder: every trial that it made, one a row.
 *
 * @module
 */

export const TRIED = "tried.csv";

export const TRIED_COLUMNS = {
  candidate: "number",
  name: "text",
  choices: "text",
  parameters: "number",
  rung: "number",
  epochs: "number",
  seed: "number",
  status: "text",
  finalValidationAccuracy: "number?",
  bestValidationAccuracy: "number?",
  bestEpoch: "number?",
} as const;
