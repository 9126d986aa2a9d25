/**
 * What the page and its workers say to each other.
 *
 * @module
 */
import type { Normalization } from "../../models/iteration.ts";
import type { Layer } from "../../models/layers/mod.ts";
import type { TrainingContent } from "../content.ts";

export type ToWorker =
  | {
    /** Takes a network into use. */
    readonly type: "open";
    /** Comes back with all that is read by it. */
    readonly network: number;
    readonly layers: readonly Layer[];
    readonly normalization: Normalization;
    /** All tensors in canonical order. */
    readonly weights: Float32Array;
  }
  | {
    readonly type: "read";
    readonly drawing: number;
    /** uint8 [28,28] */
    readonly image: Uint8Array;
  }
  | {
    /** Reads many images, for tests: float32 [N,10] from the plain network and from the engine. */
    readonly type: "readMany";
    readonly images: Uint8Array;
  }
  | {
    /** Takes a safetensors file apart into the tensors that a network's layers have. */
    readonly type: "parse";
    /** Of the file, for messages. */
    readonly name: string;
    readonly file: Uint8Array;
    readonly candidates: readonly { readonly network: number; readonly layers: readonly Layer[] }[];
  }
  | { readonly type: "train"; readonly training: TrainingContent };

export type FromWorker =
  | {
    readonly type: "opened";
    readonly network: number;
    /** Why the engine's kernels cannot run here; absent where they do. */
    readonly noEngine?: string;
  }
  | {
    readonly type: "probabilities";
    readonly network: number;
    readonly drawing: number;
    readonly probabilities: readonly number[];
    readonly by: "engine" | "plain";
    readonly milliseconds: number;
  }
  | {
    /** Every value of the plain network, 0 the image. */
    readonly type: "values";
    readonly network: number;
    readonly drawing: number;
    readonly values: readonly Float32Array[];
    readonly milliseconds: number;
  }
  | { readonly type: "many"; readonly plain: Float32Array; readonly engine?: Float32Array }
  | {
    readonly type: "parsed";
    readonly network: number;
    readonly weights: Float32Array;
    readonly digest: string;
  }
  | { readonly type: "drawing" }
  | { readonly type: "training"; readonly images: number; readonly all: number }
  | {
    readonly type: "trained";
    readonly digest: string;
    /** Of the images that are drawn for testing; a fraction. */
    readonly testAccuracy: number;
    readonly seconds: number;
    /** What a network evaluates with, all tensors in canonical order. */
    readonly weights: Float32Array;
    /** Whether multiply-adds are fused and small numbers kept: else the digest is another. */
    readonly exact: boolean;
  }
  | { readonly type: "failed"; readonly message: string };
