/**
 * Where the time of a training step goes: a clock that stands around what a step calls, and reads what lies between.
 *
 * The engine knows nothing of it. Operations are wrapped before a trainer gets them, so that every call of theirs is
 * timed under its own name; what passes between two calls is the trainer's, told apart by the calls before and behind
 * it.
 *
 * @module
 */

/** What a row of a profile is about; numbers of operations as the program has them. */
export interface Entry {
  /** Index of an operation, or the name of what is none. */
  readonly part: number | string;
  readonly pass: string;
}

/** The pass of a kernel's own entry, whoever calls it. */
export const KERNEL = "kernel";

/** The pass that a method of an operation belongs to. */
function passOf(method: string): string {
  if (method.startsWith("forward")) return "forward";
  // what is made again for the backward pass is a part of its cost
  if (method.startsWith("backward") || method === "restore" || method === "reduce") return "backward";
  return method === "prepare" ? "update" : method;
}

const DRAWING: Entry = { part: "augmentation, input", pass: "forward" };

/** The call that a slice's images are drawn for: the network's first. */
const drawsFor = (operation: object, index: number, method: string): boolean =>
  index === 0 && method === ("forwardStart" in operation ? "forwardStart" : "forward");

/** What lies between a call of one pass and the next, whose pass it is; in a step of one worker. */
function between(before: string, after: string): Entry {
  if (before === "forward" && after === "backward") return { part: "loss", pass: "forward" };
  const updates = before === "backward" && (after === "update" || after === "end");
  return updates ? { part: "optimizer", pass: "update" } : { part: "meetings, calls", pass: "" };
}

/** Adds up what the parts of one step take. */
export class StepClock {
  #times = new Map<string, { readonly entry: Entry; ms: number; calls: number }>();
  #before = "start";
  #last = 0;

  #add(entry: Entry, ms: number): void {
    const key = `${entry.part} ${entry.pass}`, found = this.#times.get(key);
    if (found === undefined) this.#times.set(key, { entry, ms, calls: 1 });
    else {
      found.ms += ms;
      found.calls++;
    }
  }

  /** Begins a step. */
  start(): void {
    this.#times = new Map();
    this.#before = "start";
    this.#last = performance.now();
  }

  /** Ends a step: milliseconds and calls of each part, which together are all of it. */
  end(): readonly { readonly entry: Entry; readonly ms: number; readonly calls: number }[] {
    this.#add(between(this.#before, "end"), performance.now() - this.#last);
    return [...this.#times.values()];
  }

  /** An operation that does the same and is timed. */
  operation<T extends object>(operation: T, index: number): T {
    const timed = new Map<string, unknown>();
    return new Proxy(operation, {
      get: (target, name) => {
        if (typeof name === "symbol") return Reflect.get(target, name, target);
        if (!timed.has(name)) {
          const member = Reflect.get(target, name, target);
          timed.set(
            name,
            typeof member === "function"
              ? this.#timed(member.bind(target), name, index, drawsFor(target, index, name))
              : member,
          );
        }
        return timed.get(name);
      },
    });
  }

  #timed(
    run: (...args: unknown[]) => unknown,
    method: string,
    part: number,
    draws: boolean,
  ): (...args: unknown[]) => unknown {
    const pass = passOf(method), entry = { part, pass };
    return (...args) => {
      const start = performance.now();
      this.#add(draws ? DRAWING : between(this.#before, pass), start - this.#last);
      const result = run(...args);
      this.#last = performance.now();
      this.#before = pass;
      this.#add(entry, this.#last - start);
      return result;
    };
  }

  /** Kernels that do the same and are timed by their names, each as a part of its own. */
  kernels<T extends Readonly<Record<string, unknown>>>(kernels: T): T {
    return Object.fromEntries(
      Object.entries(kernels).map(([name, kernel]) => {
        if (typeof kernel !== "function") return [name, kernel];
        const entry = { part: name, pass: KERNEL };
        return [name, (...args: unknown[]) => {
          const start = performance.now();
          const result = kernel(...args);
          this.#add(entry, performance.now() - start);
          return result;
        }];
      }),
    ) as T;
  }
}
