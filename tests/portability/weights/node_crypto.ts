/**
 * What the engine and the drawn digits use of `node:crypto`, for a browser, whose own SHA-256 answers later.
 *
 * @module
 */
// deno-lint-ignore no-import-prefix -- for tests alone, so it stands in no import map
import { sha256 } from "npm:@noble/hashes@2.4.0/sha2.js";
// deno-lint-ignore no-import-prefix -- as above
import { bytesToHex } from "npm:@noble/hashes@2.4.0/utils.js";

interface Hash {
  update(bytes: Uint8Array): Hash;
  digest(encoding: "hex"): string;
}

/** As Node has it, for the one algorithm and encoding. */
export function createHash(algorithm: "sha256"): Hash {
  if (algorithm !== "sha256") throw new Error(`Cannot hash: expected sha256, got ${algorithm}`);
  const state = sha256.create();
  const hash: Hash = {
    update(bytes) {
      state.update(bytes);
      return hash;
    },
    digest: () => bytesToHex(state.digest()),
  };
  return hash;
}
