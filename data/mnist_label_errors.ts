/**
 * Test images of MNIST whose label people doubt.
 *
 * Northcutt, Athalye and Mueller, "Pervasive Label Errors in Test Sets Destabilize Machine Learning Benchmarks"
 * (2021), arXiv:2103.14749, let five people look at each of 100 suspicious test images; for 15 of them fewer than
 * three chose the given label. Data: github.com/cleanlab/label-errors, `mturk/mnist_mturk.json`, in a
 * repository under GPL-3.0-or-later, see NOTICE.md.
 *
 * @module
 */

/** A doubted label, with what five people said. */
export interface LabelError {
  /** From 0, in the test set. */
  readonly index: number;
  /** The label in MNIST. */
  readonly given: number;
  /** What the study's models took it for. */
  readonly guessed: number;
  readonly people: { readonly given: number; readonly guessed: number; readonly neither: number };
}

function doubt(index: number, given: number, guessed: number, people: readonly number[]): LabelError {
  return { index, given, guessed, people: { given: people[0], guessed: people[1], neither: people[2] } };
}

/** By index. */
export const MNIST_LABEL_ERRORS: readonly LabelError[] = [
  doubt(947, 8, 9, [0, 5, 0]),
  doubt(1621, 0, 6, [2, 3, 0]),
  doubt(1901, 9, 4, [2, 3, 0]),
  doubt(2130, 4, 9, [2, 2, 1]),
  doubt(2462, 2, 0, [0, 4, 1]),
  doubt(2597, 5, 3, [0, 4, 1]),
  doubt(2654, 6, 1, [0, 2, 3]),
  doubt(3520, 6, 4, [2, 0, 3]),
  doubt(3558, 5, 0, [1, 4, 0]),
  doubt(5937, 5, 3, [1, 3, 1]),
  doubt(6651, 0, 6, [0, 5, 0]),
  doubt(6783, 1, 6, [2, 3, 0]),
  doubt(8527, 4, 9, [2, 2, 1]),
  doubt(9679, 6, 3, [2, 0, 3]),
  doubt(9729, 5, 6, [2, 3, 0]),
];
