/**
 * How workers that train one trial together meet.
 *
 * @module
 */

/** Int32 words of a trial's control area; what each worker has taken lies in a cache line of its own behind them. */
export const CONTROL = { arrived: 0, generation: 1, diverged: 2, images: 3, taken: 16 } as const;
const LINE = 16;

/** Int32 words of the control area for teams of up to `workers`. */
export const controlWords = (workers: number): number => CONTROL.taken + LINE * workers;

/**
 * Looks for so long before it sleeps, in ms: workers with a core each arrive within microseconds of each other, and
 * to be woken takes about as long as this on a virtual machine.
 */
const LOOK_MS = 0.3;
/** Looks between two looks at the clock. */
const LOOKS = 50;

const takenOf = (member: number): number => CONTROL.taken + LINE * member;

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
    const { control } = this;
    const generation = Atomics.load(control, CONTROL.generation);
    if (Atomics.add(control, CONTROL.arrived, 1) === this.size - 1) {
      for (let member = 0; member < this.size; member++) Atomics.store(control, takenOf(member), 0);
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

  /**
   * Runs `work` for this worker's share of the slices, and then for what others have not come to yet: workers are never
   * equally fast. Once between two meetings.
   */
  forEachSlice(slices: number, work: (slice: number) => void, { backwards = false } = {}): void {
    for (let i = 0; i < this.size; i++) {
      const member = (this.position + i) % this.size;
      const first = Math.floor(member * slices / this.size);
      const count = Math.floor((member + 1) * slices / this.size) - first;
      for (let next = this.#take(member); next < count; next = this.#take(member)) {
        work(first + (backwards ? count - 1 - next : next));
      }
    }
  }

  /** How many of a member's slices were taken before. */
  #take(member: number): number {
    return Atomics.add(this.control, takenOf(member), 1);
  }
}
