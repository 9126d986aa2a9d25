/**
 * Philox 4×32-10 in WGSL: the same words as `random/philox.ts`.
 *
 * @module
 */
import { repeat } from "./kernel.ts";

/** `philox(counter, key)`: four words. */
export const PHILOX = `
// the upper half of the product of two u32, which WGSL has no function for
fn multiply_high(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  let carried = ((a_low * b_low) >> 16u) + a_high * b_low;
  let middle = (carried & 0xffffu) + a_low * b_high;
  return a_high * b_high + (carried >> 16u) + (middle >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
${
  repeat(10, () =>
    `  c = vec4u(
    multiply_high(0xcd9e8d57u, c.z) ^ c.y ^ k.x,
    0xcd9e8d57u * c.z,
    multiply_high(0xd2511f53u, c.x) ^ c.w ^ k.y,
    0xd2511f53u * c.x,
  );
  k += vec2u(0x9e3779b9u, 0xbb67ae85u);`)
}
  return c;
}
`;
