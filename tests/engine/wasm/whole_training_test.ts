import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import { testWholeTrainings } from "../whole_training_suite.ts";

testWholeTrainings("wasm", () => createWasmEngine({ workers: 1, wide: false }));
testWholeTrainings("wasm on three workers", () => createWasmEngine({ workers: 3, wide: false }));
