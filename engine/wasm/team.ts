/**
 * How workers that train one trial together meet.
 *
 * @module
 */

/** Int32 words of a trial's control area. */
export const CONTROL = { arrived: 0, generation: 1, diverged: 2, images: 3 } as const;

/**
 * Looks for so long before it sleeps, in ms: workers with a core each arrive within microseconds of each other, and
 * to be woken takes as long as this.
 */
const LOOK_MS = 0.1;
/** Looks between two looks at the clock. */
const LOOKS = 50;

/** One worker's place in the team that trains an epoch. */
export class Team {
  constructor(
    /** Int32 view of the control area. */
    readonly control: Int32Array,
    /** Place in the team, from 0; 0 keeps the books. */
    readonly position: number,
    readonly size: number,
  ) {}

  /** Waits until every worker of the team is here. What any of them wrote before is then visible to all. */
  meet(): void {
    if (this.size === 1) return;
    const { control } = this;
    const generation = Atomics.load(control, CONTROL.generation);
    if (Atomics.add(control, CONTROL.arrived, 1) === this.size - 1) {
      Atomics.store(control, CONTROL.arrived, 0);
      Atomics.add(control, CONTROL.generation, 1);
      Atomics.notify(control, CONTROL.generation);
      return;
    }
    const end = performance.now() + LOOK_MS;
    do {
      for (let look = 0; look < LOOKS; look++) {
        if (Atomics.load(control, CONTROL.generation) !== generation) return;
      }
    } while (performance.now() < end);
    while (Atomics.load(control, CONTROL.generation) === generation) {
      Atomics.wait(control, CONTROL.generation, generation);
    }
  }

  /** Runs `work` for every slice that falls to this worker. */
  forEachSlice(slices: number, work: (slice: number) => void): void {
    for (let slice = this.position; slice < slices; slice += this.size) work(slice);
  }

  /** The same, from the last slice to the first. */
  forEachSliceBackwards(slices: number, work: (slice: number) => void): void {
    const last = this.position + this.size * (Math.ceil((slices - this.position) / this.size) - 1);
    for (let slice = last; slice >= 0; slice -= this.size) work(slice);
  }
}
