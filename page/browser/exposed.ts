/**
 * What the page has in its global scope, for tests and the curious.
 *
 * @module
 */
import type { PageContent } from "../content.ts";
import type { Stroke } from "../prepare.ts";

export interface Exposed {
  readonly content: PageContent;
  prepareDigit(strokes: readonly Stroke[]): Uint8Array | undefined;
  /** Puts strokes on the pad. */
  draw(strokes: readonly Stroke[]): void;
  /** Logits of uint8 [N,28,28] with the chosen weights, from plain JavaScript and from the engine. */
  readMany(images: Uint8Array): Promise<{ readonly plain: Float32Array; readonly engine?: Float32Array }>;
}

declare global {
  var under20k: Exposed;
}
