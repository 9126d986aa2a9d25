/**
 * The page's worker: reads drawings, opens weights, trains. What it computes keeps no drawing waiting.
 *
 * @module
 */
import { parseSafetensors } from "../../engine/safetensors.ts";
import type { SteppedNetwork } from "../../engine/stepping.ts";
import { PlainNetwork, softmax } from "../forward/network.ts";
import { evaluationWeights } from "../weights.ts";
import { openForReading, tryFeatures } from "./engine.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { train } from "./train.ts";

interface Opened {
  readonly network: number;
  readonly plain: PlainNetwork;
  readonly engine: SteppedNetwork | undefined;
}

const PIXELS = 28 * 28;
let opened: Opened | undefined;

const send = (message: FromWorker): void => self.postMessage(message);
const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error);

function open({ network, layers, normalization, weights }: ToWorker & { type: "open" }): void {
  const plain = new PlainNetwork(layers, weights, normalization), features = tryFeatures();
  let engine: SteppedNetwork | undefined, noEngine: string | undefined;
  if (typeof features === "string") noEngine = features;
  else {
    try {
      engine = openForReading(layers, weights, normalization);
    } catch (error) {
      // a machine can have the instructions and not the address space
      noEngine = messageOf(error);
    }
  }
  opened = { network, plain, engine };
  send({ type: "opened", network, noEngine });
}

function needOpen(): Opened {
  if (opened === undefined) throw new Error("Cannot read: expected an open network, got none");
  return opened;
}

async function read({ drawing, image }: ToWorker & { type: "read" }): Promise<void> {
  const { network, plain, engine } = needOpen();
  if (engine !== undefined) {
    const start = performance.now(), logits = await engine.logits(image);
    const milliseconds = performance.now() - start;
    send({
      type: "probabilities",
      network,
      drawing,
      probabilities: softmax(logits),
      by: "engine",
      milliseconds,
    });
  }
  const start = performance.now(), logits = plain.logits(image), milliseconds = performance.now() - start;
  if (engine === undefined) {
    send({
      type: "probabilities",
      network,
      drawing,
      probabilities: softmax(logits),
      by: "plain",
      milliseconds,
    });
  }
  send({ type: "values", network, drawing, values: plain.values.map(({ data }) => data), milliseconds });
}

async function readMany(images: Uint8Array): Promise<void> {
  const { plain, engine } = needOpen(), parts: number[] = [];
  for (let at = 0; at < images.length; at += PIXELS) {
    parts.push(...plain.logits(images.subarray(at, at + PIXELS)));
  }
  send({ type: "many", plain: Float32Array.from(parts), engine: await engine?.logits(images) });
}

/** The first of the candidates that the file's tensors fit; where none does, what the first one lacks. */
function parse({ name, file, candidates }: ToWorker & { type: "parse" }): void {
  const { tensors } = parseSafetensors(file);
  let problem: unknown;
  for (const { network, layers } of candidates) {
    try {
      const taken = evaluationWeights(layers, tensors, { file: name, network: `iteration ${network}` });
      return send({ type: "parsed", network, ...taken });
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem;
}

async function runTraining({ training }: ToWorker & { type: "train" }): Promise<void> {
  const features = tryFeatures();
  if (typeof features === "string") throw new Error(features);
  const start = performance.now();
  const { digest, testAccuracy, weights } = await train(training, {
    onDrawing: () => send({ type: "drawing" }),
    onStep: (images, all) => send({ type: "training", images, all }),
  });
  const seconds = (performance.now() - start) / 1000, exact = features.fused && features.denormals;
  send({ type: "trained", digest, testAccuracy, seconds, weights, exact });
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "open":
      return open(message);
    case "read":
      return await read(message);
    case "readMany":
      return await readMany(message.images);
    case "parse":
      return parse(message);
    case "train":
      return await runTraining(message);
  }
}

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    await handle(data);
  } catch (error) {
    send({ type: "failed", message: messageOf(error) });
  }
};
