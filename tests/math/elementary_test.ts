import { ok, throws } from "node:assert/strict";
import { cos, exp, log, sin, tan } from "../../math/elementary.ts";

// [x, nearest float64 of the true value], from mpmath 1.3.0 at 140 bits.
const EXP = [
  [-700, 9.85967654375977e-305],
  [-20.25, 1.6052280551856116e-09],
  [-1, 0.36787944117144233],
  [-0.3, 0.7408182206817179],
  [1e-05, 1.00001000005],
  [0.5, 1.6487212707001282],
  [1, 2.718281828459045],
  [3.7, 40.4473043600674],
  [10, 22026.465794806718],
  [123.456, 4.132944352778106e+53],
  [700, 1.0142320547350045e+304],
];
const LOG = [
  [2.2250738585072014e-308, -708.3964185322641],
  [1e-10, -23.025850929940457],
  [0.1, -2.3025850929940455],
  [0.5, -0.6931471805599453],
  [0.7071067811865475, -0.34657359027997275],
  [0.999, -0.0010005003335835344],
  [1.0001, 9.999500033329732e-05],
  [1.5, 0.4054651081081644],
  [2, 0.6931471805599453],
  [10, 2.302585092994046],
  [12345.678, 9.421061321291832],
  [1.7976931348623157e+308, 709.782712893384],
];
const SIN = [
  [-1000, -0.8268795405320025],
  [-100.5, 0.030959966783271346],
  [-2, -0.9092974268256817],
  [-0.26179938779914946, -0.2588190451025208],
  [-1e-08, -1e-08],
  [0.1, 0.09983341664682815],
  [0.7853981633974483, 0.7071067811865475],
  [1.5707963267948966, 1.0],
  [3.141592653589793, 1.2246467991473532e-16],
  [22, -0.008851309290403876],
  [355, -3.014435335948845e-05],
  [710, 6.0288706691585265e-05],
  [1000, 0.8268795405320025],
];
const COS = [
  [-1000, 0.5623790762907029],
  [-100.5, 0.9995206253283515],
  [-2, -0.4161468365471424],
  [-0.26179938779914946, 0.9659258262890683],
  [1e-08, 1.0],
  [0.1, 0.9950041652780258],
  [0.7853981633974483, 0.7071067811865476],
  [1.5707963267948966, 6.123233995736766e-17],
  [3.141592653589793, -1.0],
  [11, 0.004425697988050785],
  [355, -0.999999999545659],
  [33.5, -0.49103472393024045],
  [1000, 0.5623790762907029],
];
const TAN = [
  [-1000, -1.4703241557027185],
  [-100.5, 0.030974815325197236],
  [-2, 2.185039863261519],
  [-0.26179938779914946, -0.26794919243112275],
  [1e-08, 1e-08],
  [0.1, 0.10033467208545055],
  [0.7853981633974483, 0.9999999999999999],
  [1.5, 14.101419947171719],
  [1.5707963267948966, 1.633123935319537e+16],
  [3.141592653589793, -1.2246467991473532e-16],
  [22, 0.00885165604168446],
  [355, 3.0144353373184265e-05],
  [1000, 1.4703241557027185],
];

/** Bits of a float64 as an integer that counts the floats of one sign in order. */
function ordinal(x: number): bigint {
  return new BigInt64Array(Float64Array.of(x).buffer)[0];
}

function checkWithin(ulps: bigint, name: string, compute: (x: number) => number, table: number[][]): void {
  for (const [x, expected] of table) {
    const actual = compute(x);
    const apart = ordinal(actual) - ordinal(expected);
    ok(apart >= -ulps && apart <= ulps, `${name}(${x}): expected ${expected}, got ${actual}`);
  }
}

Deno.test("exp() is the nearest float64 or its neighbour", () => checkWithin(1n, "exp", exp, EXP));
Deno.test("log() is the nearest float64 or its neighbour", () => checkWithin(1n, "log", log, LOG));
Deno.test("sin() is the nearest float64 or its neighbour", () => checkWithin(1n, "sin", sin, SIN));
Deno.test("cos() is the nearest float64 or its neighbour", () => checkWithin(1n, "cos", cos, COS));
Deno.test("tan() is at most three float64 from the nearest", () => checkWithin(3n, "tan", tan, TAN));

Deno.test("exp(), log(), sin(), cos() and tan() are exact where the true value is a float64", () => {
  for (const [actual, expected] of [[exp(0), 1], [log(1), 0], [sin(0), 0], [cos(0), 1], [tan(0), 0]]) {
    ok(actual === expected, `expected ${expected}, got ${actual}`);
  }
});

Deno.test("exp(), log(), sin(), cos() and tan() reject arguments outside their domain", () => {
  for (const x of [700.001, -701, NaN, Infinity]) throws(() => exp(x), RangeError);
  for (const x of [0, -1, 1e-310, NaN, Infinity]) throws(() => log(x), RangeError);
  for (const x of [1000.5, -1001, NaN, -Infinity]) throws(() => sin(x), RangeError);
  throws(() => tan(NaN), { message: "Cannot compute tan: expected -1000 to 1000, got NaN" });
  throws(() => cos(1001), {
    name: "RangeError",
    message: "Cannot compute cos: expected -1000 to 1000, got 1001",
  });
});
