import { deepEqual } from "node:assert/strict";
import { cancelledBiases } from "../../models/cancelled_biases.ts";
import { buildGraph } from "../../models/graph.ts";
import {
  batchNorm,
  branches,
  conv,
  flatten,
  groupNorm,
  type Layer,
  linear,
  maxPool,
  repeat,
  tanh,
} from "../../models/layers/mod.ts";

const logits = linear({ out: 10 });
const bare = (out: number, kernel: number, padding = 0): Layer => conv({ out, kernel, padding, bias: false });

Deno.test("cancelledBiases() names what every norm behind takes out, and nothing else", () => {
  const cases: [readonly Layer[], readonly string[]][] = [
    [[conv({ out: 3, kernel: 3 }), batchNorm(), flatten(), logits], ["0.bias"]],
    [[conv({ out: 3, kernel: 3 }), tanh(), batchNorm(), flatten(), logits], []],
    [[conv({ out: 3, kernel: 3 }), maxPool({ size: 2 }), batchNorm(), flatten(), logits], ["0.bias"]],
    // the mean of several channels takes no channel's own bias out
    [[conv({ out: 4, kernel: 3 }), groupNorm({ groups: 2 }), flatten(), logits], []],
    [[conv({ out: 4, kernel: 3 }), groupNorm({ groups: 4 }), flatten(), logits], ["0.bias"]],
    // zeros around a map are no constant
    [[conv({ out: 3, kernel: 3 }), bare(3, 3, 1), batchNorm(), flatten(), logits], []],
    [[conv({ out: 3, kernel: 3 }), bare(3, 3), batchNorm(), flatten(), logits], ["0.bias"]],
    [[conv({ out: 3, kernel: 3 }), branches("add", [batchNorm()], []), flatten(), logits], []],
    [
      [branches("concat", [conv({ out: 3, kernel: 3 })], [bare(2, 3)]), batchNorm(), flatten(), logits],
      ["0.0.0.bias"],
    ],
    [[flatten(), linear({ out: 5 }), batchNorm(), logits], ["1.bias"]],
    [[conv({ out: 3, kernel: 3 }), batchNorm(), batchNorm(), flatten(), logits], ["0.bias", "1.bias"]],
    // each use of a repeated layer counts
    [[conv({ out: 1, kernel: 3 }), repeat(2, conv({ out: 1, kernel: 1 })), flatten(), logits], []],
    [[repeat(2, conv({ out: 1, kernel: 1 }), batchNorm()), flatten(), logits], ["0.0.bias"]],
  ];
  for (const [layers, names] of cases) deepEqual([...cancelledBiases(buildGraph(layers)).keys()], names);
});
