/**
 * Evaluates the weights of a file on MNIST and shows what comes out: `import`, and `bench --from`.
 *
 * @module
 */
import { serializeWeights } from "../../export/mod.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { Streams } from "../command_line/output.ts";
import { loadImages } from "../run/load_data.ts";
import { DEFAULT_OPTIONS } from "../run/options.ts";
import { realSurroundings, type Surroundings } from "../run/surroundings.ts";
import { evaluateNetwork } from "./evaluate.ts";
import { writeFiles } from "./export_network.ts";
import { loadOneIteration } from "./one_iteration.ts";
import { evaluationJson, evaluationText } from "./show_evaluation.ts";
import { networkOfFile } from "./trained.ts";

/** What is evaluated, and how it is shown. */
export interface EvaluationRequest {
  readonly file: string;
  /** Names the network, in the words of the flag `iterationFlag`. */
  readonly iteration: string | undefined;
  readonly iterationFlag: string;
  /** Where the weights are written in the project's own form. */
  readonly out?: string;
  /** Folder with the MNIST files. */
  readonly data?: string;
  readonly json: boolean;
}

/** What an evaluation takes from outside. */
export type EvaluationSurroundings = Streams & Partial<Pick<Surroundings, "loadDataset" | "now">>;

/** Evaluates a file and returns the exit code. */
export async function evaluateFile(
  { file, iteration: text, iterationFlag, out: path, data, json }: EvaluationRequest,
  given: EvaluationSurroundings,
): Promise<number> {
  const surroundings = { ...realSurroundings(), ...given }, { out } = surroundings;
  const iteration = await loadOneIteration(iterationFlag, text);
  const found = await networkOfFile(file, iteration);
  const { dataset: { test } } = await loadImages({ ...DEFAULT_OPTIONS, data }, surroundings);
  const evaluation = await evaluateNetwork(found.network, iteration, test);
  const evaluated = { file, found, evaluation };
  if (path !== undefined) {
    const { network } = found, provenance = { ...network.provenance, testAccuracy: evaluation.accuracy };
    writeFiles([{ path, content: serializeWeights({ ...network, provenance }) }]);
  }
  out.write(
    json ? evaluationJson(evaluated) : evaluationText(evaluated, { color: out.color, width: out.width }),
  );
  return EXIT.ok;
}
