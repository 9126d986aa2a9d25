import { conv } from "../../../../engine/wasm/ops/conv.ts";
import type { OperationCase, Written } from "../../reference/reference_operation.ts";
import { testRoom } from "./room_suite.ts";

/**
 * Sums of up to 784 products of size below 1, each rounded by at most 6e-8 of the sum so far; Winograd's transforms
 * add and subtract 16 of them first. A wrong tap is off by about 1.
 */
const TOLERANCE = 4e-6;

const each = (
  name: string,
  layer: Omit<Written<"conv">, "kind">,
  [channels, side]: readonly [number, number],
  examples: number,
): OperationCase<"conv"> => ({
  name: `conv, ${name}`,
  operation: { kind: "conv", ...layer },
  inputs: [[channels, side, side]],
  examples,
});

testRoom("conv", conv, { tolerance: TOLERANCE }, [
  each("Winograd in groups", { out: 10, kernel: 3, groups: 2 }, [8, 6], 9),
  each("Winograd in groups, odd", { out: 12, kernel: 3, groups: 3, padding: 1 }, [15, 7], 3),
  each("Winograd in groups, no bias", { out: 8, kernel: 3, groups: 2, padding: 1, bias: false }, [8, 5], 8),
  each("more input channels than a loop unrolls, with a rest", { out: 7, kernel: 1 }, [83, 3], 5),
  each("the same, strided", { out: 4, kernel: 3, stride: 2, padding: 1 }, [29, 5], 3),
  each("depthwise, dilated", { out: 4, kernel: 3, groups: 4, dilation: 2, padding: 2 }, [4, 7], 9),
  each(
    "two output channels for each input channel, dilated",
    {
      out: 6,
      kernel: 3,
      groups: 3,
      dilation: 2,
      stride: 2,
    },
    [3, 11],
    5,
  ),
  // planned in no more time than a stride of 9
  each("a stride far beyond the image", { out: 3, kernel: 3, stride: 20_000 }, [2, 9], 3),
  each("an image as the kernel", { out: 3, kernel: 14 }, [2, 14], 3),
  each(
    "rows that fill several blocks of positions",
    { out: 2, kernel: 3, groups: 2, padding: 1 },
    [2, 23],
    2,
  ),
]);
