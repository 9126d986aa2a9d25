/**
 * The same training in a browser, by the engine's own workers; says what it found, or why not.
 *
 * @module
 */
import { train } from "./training.ts";

let said: unknown;
try {
  said = await train(2);
} catch (error) {
  said = { failed: String(error) };
}
await fetch("/said", { method: "POST", body: JSON.stringify(said) });
