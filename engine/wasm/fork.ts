/**
 * Where a value has several readers: what each of them finds, and the sum of what they hand back.
 *
 * @module
 */
import {
  type BoundOperation,
  type FeatureMap,
  nth,
  planFeatureMap,
  type Planner,
  type Runtime,
} from "./operation.ts";
import type { Plane } from "./layout.ts";
import { sumKernel } from "./map_sum.ts";
import { copyKernel } from "./planes.ts";

/** Whether two planes lay out the same image in the same way. */
const samePlane = (a: Plane, b: Plane): boolean =>
  a.channels === b.channels && a.height === b.height && a.width === b.width && a.rows === b.rows &&
  a.columns === b.columns && a.border === b.border;

/** What one reader asks of a value. */
export interface Reading {
  /** The plane that it insists on. */
  readonly plane: Plane | undefined;
  /** Whether it changes the value that it reads. */
  readonly inPlace: boolean;
}

/** One value for several readers; their gradients are added in their order. */
export class Fork implements BoundOperation {
  /** By reader: the value itself or a copy, and a gradient of its own. */
  readonly views: readonly FeatureMap[];
  readonly #name: string;
  readonly #map: FeatureMap;
  readonly #learns: boolean;
  #runtime!: Runtime;

  constructor(planner: Planner, name: string, map: FeatureMap, options: {
    readonly readings: readonly Reading[];
    /** Whether the value's gradient is wanted. */
    readonly learns: boolean;
  }) {
    this.#name = name;
    this.#map = map;
    this.#learns = options.learns;
    this.views = options.readings.map(({ plane = map.plane, inPlace }) => {
      const own = planFeatureMap(planner, plane);
      return inPlace || !samePlane(plane, map.plane) ? own : { ...own, value: map.value };
    });
    this.views.forEach((view, i) => {
      if (view.value !== map.value) copyKernel(planner, `${name}.copy${i}`, map.plane, view.plane);
    });
    sumKernel(planner.module, `${name}.sum`, map.plane, this.views.map(({ plane }) => plane));
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    this.views.forEach(({ value }, i) => {
      if (value === this.#map.value) return;
      this.#runtime.kernels[`${this.#name}.copy${i}`](nth(this.#map.value, slice), nth(value, slice));
    });
  }

  backward(slice: number): void {
    if (!this.#learns) return;
    const gradients = this.views.map(({ gradient }) => nth(gradient, slice));
    this.#runtime.kernels[`${this.#name}.sum`](nth(this.#map.gradient, slice), ...gradients);
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}
