import assert from "node:assert/strict";
import { networkContent } from "../../bench/page/content.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Layer } from "../../models/layers/mod.ts";
import {
  averagePool,
  branches,
  conv,
  flatten,
  globalAveragePool,
  linear,
  relu,
} from "../../models/layers/mod.ts";
import { PlainNetwork } from "../../page/forward/network.ts";
import { type Box, receptiveField } from "../../page/receptive_field.ts";

const NORMALIZATION = { mean: 0.1307, deviation: 0.3081 };
/** Every window has weights everywhere, and nothing chooses: what an element looks at changes it. */
const NETWORKS: Readonly<Record<string, readonly Layer[]>> = {
  "a chain with stride, padding, dilation and pools": [
    conv({ out: 2, kernel: 3, padding: 1 }),
    averagePool({ size: 2 }),
    conv({ out: 3, kernel: 3, dilation: 2 }),
    conv({ out: 2, kernel: 2, stride: 2, padding: 1 }),
    flatten(),
    linear({ out: 10 }),
  ],
  "branches of different reach, joined": [
    averagePool({ size: 3, stride: 2 }),
    branches("concat", [conv({ out: 2, kernel: 3, padding: 1 })], [conv({ out: 1, kernel: 1 })]),
    branches("add", [conv({ out: 3, kernel: 5, padding: 2 })], []),
    globalAveragePool(),
    branches("concat", [linear({ out: 4 })], [linear({ out: 6 })]),
  ],
};

/** For every element of every value, the smallest box around the pixels that change it when they change. */
function changedBoxes(network: PlainNetwork): Box[][] {
  const image = new Uint8Array(784).fill(90);
  network.logits(image);
  const before = network.values.map(({ data }) => data.slice());
  const boxes = before.map((data) => Array.from(data, () => ({ top: 28, left: 28, bottom: 0, right: 0 })));
  for (let pixel = 0; pixel < 784; pixel++) {
    const row = Math.floor(pixel / 28), column = pixel % 28;
    image[pixel] = 250;
    network.logits(image);
    image[pixel] = 90;
    network.values.forEach(({ data }, value) =>
      data.forEach((now, element) => {
        if (now === before[value][element]) return;
        const box = boxes[value][element];
        box.top = Math.min(box.top, row);
        box.left = Math.min(box.left, column);
        box.bottom = Math.max(box.bottom, row + 1);
        box.right = Math.max(box.right, column + 1);
      })
    );
  }
  return boxes;
}

for (const [name, layers] of Object.entries(NETWORKS)) {
  Deno.test(`receptiveField() is what changes an element: ${name}`, () => {
    const graph = buildGraph(layers),
      network = new PlainNetwork(layers, initialTensors(graph, 5), NORMALIZATION);
    const { rows } = networkContent({
      id: 1,
      title: "",
      layers,
      parameters: graph.parameterCount,
      training: {
        epochs: 1,
        batchSize: 8,
        optimizer: { kind: "sgd", learningRate: 1 },
        schedule: { kind: "constant" },
        augmentation: [],
        trainNormalization: NORMALIZATION,
        testNormalization: NORMALIZATION,
      },
    });
    const boxes = changedBoxes(network);
    rows.forEach(({ output, kind }, row) => {
      const [, height, width] = output;
      const places = output.length === 1
        ? [0, output[0] - 1]
        : [0, width - 1, height * width - 1, Math.floor(height / 2) * width + Math.floor(width / 2)];
      for (const place of places) {
        const top = output.length === 1 ? 0 : Math.floor(place / width);
        const left = output.length === 1 ? place : place % width;
        const box = receptiveField(rows, row, { top, left, bottom: top + 1, right: left + 1 });
        assert.deepEqual(
          box,
          boxes[row + 1][place],
          `layer ${row + 1} (${kind}), element ${place}`,
        );
      }
    });
  });
}

Deno.test("receptiveField() of a window that lies in the padding alone is empty", () => {
  const layers = [conv({ out: 1, kernel: 1, padding: 1 }), relu()];
  const rows = layers.map((_, row) => ({
    kind: row === 0 ? "conv" : "relu",
    detail: "",
    output: [1, 30, 30],
    parameters: 0,
    shared: false,
    receptiveField: 1,
    inputs: [row],
    window: row === 0 ? { size: 1, stride: 1, padding: 1, dilation: 1 } : undefined,
  }));
  const { top, left, bottom, right } = receptiveField(rows, 1, { top: 0, left: 0, bottom: 1, right: 1 });
  assert.deepEqual([bottom - top, right - left], [0, 0]);
});
