/**
 * Checks an iteration before anything is trained: its recipe, its layers and its parameter count.
 *
 * @module
 */
import { normOfOneValue } from "./batch_of_one.ts";
import { cancelledBiases } from "./cancelled_biases.ts";
import { type At, complaint, isRecord, show } from "./fields.ts";
import { buildGraph, type Graph } from "./graph.ts";
import { checkIterationFields, type Iteration, type Training } from "./iteration.ts";
import { checkLayers } from "./layers/mod.ts";
import { OPTIMIZERS } from "./recipe/optimizers/mod.ts";
import { warmUpTime } from "./recipe/schedules/cosine.ts";
import { CLASS_COUNT, showShape } from "./shape.ts";

/** Biases that could be left out: those of layers that work without one, where a norm takes them out again. */
export function uselessBiases(
  graph: Graph,
): readonly { readonly label: string; readonly elements: number }[] {
  return [...cancelledBiases(graph).values()].flatMap(({ label, tensor: { group, length } }) =>
    group === "bias" ? [{ label, elements: length }] : []
  );
}

/** Whether a schedule has something to cycle: a momentum, or Adam's β1. */
const hasMomentum = ({ kind }: Training["optimizer"]): boolean => {
  const { fields } = OPTIMIZERS[kind];
  return "momentum" in fields || "beta1" in fields;
};

/**
 * Checks that a schedule fits what it stands beside, mostly where PyTorch refuses as well.
 *
 * @throws {TypeError} If it needs a momentum or held-out images that the recipe does not have.
 * @throws {RangeError} If its warm-up is none, or all there is, in so many epochs.
 */
export function checkSchedule({ epochs, schedule, optimizer, validationCount }: Training, at: At): void {
  if (
    "metric" in schedule && schedule.metric.startsWith("validation") && validationCount === undefined
  ) {
    throw new TypeError(
      complaint(
        { ...at, path: "training.schedule.metric" },
        '"validationCount" beside a metric of held-out images',
        "none",
        'hold images out or watch "trainLoss"',
      ),
    );
  }
  if (schedule.kind === "cosine" && schedule.per === "epoch" && schedule.warmUp) {
    const rising = warmUpTime(schedule.warmUp, epochs);
    if (rising === 0 || rising === epochs) {
      throw new RangeError(
        complaint(
          { ...at, path: "training.schedule.warmUp" },
          `a share of ${epochs} epochs that is at least 1 and not all of them when rounded`,
          show(schedule.warmUp),
          'choose another or set "per" to "step"',
        ),
      );
    }
  }
  // left out, it is a momentum as well
  const isCycled = schedule.kind === "oneCycle" && schedule.momentum !== false;
  if (isCycled && !hasMomentum(optimizer)) {
    throw new TypeError(
      complaint(
        { ...at, path: "training.schedule.momentum" },
        `false beside "${optimizer.kind}", which has no momentum`,
        show(schedule.momentum),
        'set "momentum": false',
      ),
    );
  }
  if (optimizer.kind === "sgd" && optimizer.nesterov && !optimizer.momentum && !isCycled) {
    throw new TypeError(
      complaint(
        { ...at, path: "training.optimizer.momentum" },
        'a momentum above 0 beside "nesterov"',
        show(optimizer.momentum),
        'give it a momentum, or leave "nesterov" out',
      ),
    );
  }
}

/** @throws {RangeError} If a batch norm would have a single value of each channel, in every batch or in the last. */
function checkBatches(graph: Graph, training: Training, at: At): void {
  const { batchSize, trainCount } = training, norm = normOfOneValue(graph, training, trainCount);
  if (norm === undefined) return;
  const [path, got, next] = batchSize === 1 ? ["training.batchSize", "1", "raise it"] : [
    "training.trainCount",
    `1 in the last of ${trainCount} images`,
    'set "dropLast" or another "batchSize"',
  ];
  throw new RangeError(
    complaint(
      { ...at, path },
      `at least 2 examples in every batch, since ${norm.label} has one value of a channel in each`,
      got,
      next,
    ),
  );
}

/**
 * Checks an iteration and returns its graph.
 *
 * The last layer must give 10 numbers (the logits), and the trainable parameters must be as many as the iteration
 * declares. `subject` names the iteration in messages; a file's name is best.
 *
 * @throws {TypeError} If something has the wrong kind or layers do not fit together.
 * @throws {RangeError} If a number is out of range.
 */
export function validateIteration(iteration: unknown, subject?: string): Graph {
  const id = isRecord(iteration) ? iteration.id : undefined;
  const at: At = {
    subject: subject ?? `iteration ${typeof id === "number" ? id : "without a number"}`,
    path: "",
  };
  // a slip in a layer is told before a field that is missing elsewhere
  if (isRecord(iteration) && Array.isArray(iteration.layers)) checkLayers(iteration.layers, at);
  checkIterationFields(iteration, at);
  const { layers, parameters, training } = iteration as Iteration;
  const graph = buildGraph(layers, { subject: at.subject });
  const { shape } = graph.values[graph.logits];
  if (shape.length !== 1 || shape[0] !== CLASS_COUNT) {
    throw new TypeError(
      complaint(
        at,
        `the last layer to give the ${CLASS_COUNT} logits [${CLASS_COUNT}]`,
        `${showShape(shape)} from ${graph.nodes.at(-1)?.label ?? "no layer"}`,
        shape.length === 3 ? 'end in "flatten", a global pool or "linear"' : undefined,
      ),
    );
  }
  if (graph.parameterCount !== parameters) {
    const useless = uselessBiases(graph);
    const sum = useless.reduce((total, { elements }) => total + elements, 0);
    throw new RangeError(
      complaint(
        at,
        `the declared ${parameters} parameters`,
        `${graph.parameterCount} from its layers`,
        useless.length > 0
          ? `correct "parameters" or the layers: ${useless.map(({ label }) => label).join("; ")} ${
            useless.length === 1 ? "has a bias" : "have biases"
          } that the norm behind makes useless (${sum} parameters; leave out with bias: false)`
          : 'correct "parameters" or the layers',
      ),
    );
  }
  checkBatches(graph, training, at);
  checkSchedule(training, at);
  return graph;
}
