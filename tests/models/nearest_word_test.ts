import { equal } from "node:assert/strict";
import { nearestWord } from "../../models/nearest_word.ts";

const WORDS = [
  "conv",
  "batchNorm",
  "maxPool",
  "averagePool",
  "relu",
  "relu6",
  "globalAveragePool",
  "learningRate",
];

Deno.test("nearestWord() finds what a slip of the pen meant", () => {
  for (
    const [word, meant] of [
      ["kon", "conv"],
      ["batchnorm", "batchNorm"],
      ["batch_norm", "batchNorm"],
      ["maxPol", "maxPool"],
      ["avgPool", "averagePool"],
      ["ReLU", "relu"],
      ["learning_rate", "learningRate"],
    ]
  ) {
    equal(nearestWord(word, WORDS), meant, word);
  }
});

Deno.test("nearestWord() finds the short form of a long word, and the long form of a short one", () => {
  equal(nearestWord("convolution2d", WORDS), "conv");
  equal(nearestWord("learn", WORDS), "learningRate");
  equal(nearestWord("BatchNormalization", WORDS), "batchNorm");
});

Deno.test("nearestWord() knows a few names of other libraries, where the word is one of those asked for", () => {
  equal(nearestWord("lr", WORDS), "learningRate");
  equal(nearestWord("eps", ["epsilon", "momentum"]), "epsilon");
  equal(nearestWord("out_channels", ["out", "kernel"]), "out");
  equal(nearestWord("gamma", ["epochs", "factor"]), "factor");
  equal(nearestWord("gamma", ["epochs"]), undefined);
});

Deno.test("nearestWord() does not guess where nothing is near", () => {
  equal(nearestWord("transformer", WORDS), undefined);
  equal(nearestWord("x", []), undefined);
  equal(nearestWord("conv".padEnd(41, "v"), WORDS), undefined);
});
