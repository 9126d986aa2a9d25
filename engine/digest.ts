/**
 * SHA-256 digests by which two runs are compared.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** SHA-256 of `bytes`, in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * SHA-256 over the tensors' values, one after the other, as little-endian float32.
 *
 * For a network's weights digest the tensors come in canonical order (all parameters, then all running
 * statistics, each in layer order), whole or in one array.
 */
export function weightsDigest(tensors: readonly { readonly data: Float32Array }[]): string {
  const hash = createHash("sha256");
  // Every machine that Deno runs on is little-endian, so the bytes in memory are those to digest.
  for (const { data } of tensors) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest("hex");
}
