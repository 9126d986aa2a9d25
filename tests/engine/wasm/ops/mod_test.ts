/**
 * Every room by the cases of its operation's reference.
 *
 * @module
 */
import { ACTIVATION_NAMES } from "../../../../engine/activations/mod.ts";
import type { Room } from "../../../../engine/wasm/operation.ts";
import { OPERATIONS } from "../../../../engine/wasm/ops/mod.ts";
import type { OperationName } from "../../../../models/graph.ts";
import { type SuiteOptions, testRoom } from "./room_suite.ts";

/** Sums of up to some thousand products of size below 1, each rounded by 6e-8 of the sum so far. */
const USUAL: SuiteOptions = { tolerance: 4e-6 };

/**
 * As usual; 1/σ of few elements that are nearly equal magnifies the rounding of their differences.
 */
const NORMALIZED: SuiteOptions = { tolerance: 1e-5 };

/** One division, rounded. */
const SCALED: SuiteOptions = { tolerance: 2e-7 };

/** Maxima are exact, sums of a few numbers nearly; few different numbers, so that there are ties. */
const LARGEST: SuiteOptions = { tolerance: 1e-6, grain: 0.25 };

/** Sums of a few numbers below 1. */
const SUMS: SuiteOptions = { tolerance: 1e-6 };

/**
 * Float32 rounds each of about twenty steps by 6e-8, and the polynomials are good for about 1e-7. The inputs are so large
 * that both ends of what saturates occur.
 */
const ACTIVATED: SuiteOptions = { tolerance: 2e-6, scale: 8 };

/** What differs from the usual. */
const OPTIONS: { readonly [K in OperationName]?: SuiteOptions } = {
  ...Object.fromEntries(ACTIVATION_NAMES.map((name) => [name, ACTIVATED])),
  add: SUMS,
  averagePool: SUMS,
  batchNorm: NORMALIZED,
  channelDropout: SCALED,
  concat: SUMS,
  dropout: SCALED,
  // nothing is computed
  flatten: { tolerance: 0 },
  // parts of two values enlarge rounding further
  ghostBatchNorm: { tolerance: 1e-4 },
  globalAveragePool: { tolerance: 2e-6 },
  globalMaxPool: LARGEST,
  groupNorm: NORMALIZED,
  instanceNorm: NORMALIZED,
  layerNorm: NORMALIZED,
  maxPool: LARGEST,
};

for (const kind of Object.keys(OPERATIONS) as OperationName[]) {
  const room = OPERATIONS[kind] as Room<OperationName>, options = OPTIONS[kind] ?? USUAL;
  testRoom(kind, room, options);
  // what takes its input's place must also do without
  if ((ACTIVATION_NAMES as readonly string[]).includes(kind) && room.inPlace) {
    testRoom(kind, { ...room, inPlace: false }, options);
  }
}
