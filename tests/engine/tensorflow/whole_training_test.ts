import { createTensorflowEngine } from "../../../engine/tensorflow/mod.ts";
import { testWholeTrainings } from "../whole_training_suite.ts";
import { IGNORE_WITHOUT_PACKAGES } from "./process.ts";

testWholeTrainings(
  "TensorFlow.js (cpu)",
  () => createTensorflowEngine({ backend: "cpu", workers: 1 }),
  { ignore: IGNORE_WITHOUT_PACKAGES },
);
