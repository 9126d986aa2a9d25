import { equal } from "node:assert/strict";
import { sha256Hex, weightsDigest } from "../../engine/digest.ts";

Deno.test("sha256Hex() gives the known answers of FIPS 180-2", () => {
  equal(
    sha256Hex(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  equal(sha256Hex(new Uint8Array(0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

Deno.test("weightsDigest() is that of the tensors' bytes in order, however they are cut", () => {
  const values = Float32Array.of(1, -2, 3.5);
  const bytes = Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x60, 0x40);
  equal(weightsDigest([{ data: values }]), sha256Hex(bytes));
  equal(weightsDigest([{ data: values.subarray(0, 1) }, { data: values.subarray(1) }]), sha256Hex(bytes));
});
