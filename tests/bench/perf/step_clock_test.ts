import assert from "node:assert/strict";
import { StepClock } from "../../../bench/perf/step_clock.ts";

/** Keeps the processor busy. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Has a private field, as the engine's operations do. */
class Operation {
  readonly #ms = 3;
  forwardStart(): void {
    work(this.#ms);
  }
  forward(): void {
    work(this.#ms);
  }
  backward(): void {
    work(2 * this.#ms);
  }
}

Deno.test("StepClock puts every millisecond of a step down to a call, or to what lies between two", () => {
  const clock = new StepClock(), operation = clock.operation(new Operation(), 0);
  assert.ok("forwardStart" in operation);
  assert.ok(!("reduce" in operation));
  const start = performance.now();
  clock.start();
  work(5);
  operation.forwardStart();
  work(2);
  operation.forwardStart();
  operation.forward();
  work(4);
  operation.backward();
  work(7);
  const parts = clock.end(), whole = performance.now() - start;
  const found = new Map(parts.map(({ entry: { part, pass }, ...rest }) => [`${part} ${pass}`, rest]));
  // what was worked for is a lower bound; another program may have had the processor meanwhile
  const least: Record<string, number> = {
    "augmentation, input forward": 7,
    "0 forward": 9,
    "loss forward": 4,
    "0 backward": 6,
    "optimizer update": 7,
  };
  for (const [name, ms] of Object.entries(least)) assert.ok(found.get(name)!.ms >= ms, name);
  assert.equal(found.get("0 forward")!.calls, 3);
  assert.equal(found.size, 6, "and the call between two parts of a pass");
  const sum = parts.reduce((total, { ms }) => total + ms, 0);
  assert.ok(sum <= whole && sum >= 33, `${sum} of ${whole} ms`);
});
