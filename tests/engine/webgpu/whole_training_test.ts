import { createWebgpuEngine } from "../../../engine/webgpu/mod.ts";
import { testWholeTrainings } from "../whole_training_suite.ts";
import { GPU_TEST } from "./adapter.ts";

testWholeTrainings("webgpu", () => createWebgpuEngine({ workers: 1 }), GPU_TEST);
