/**
 * Where the values of a network lie: one map for each, and what stands between a value and several readers.
 *
 * @module
 */
import type { Graph, Node, Value } from "../../models/graph.ts";
import type { Shape } from "../../models/shape.ts";
import { Fork, type Reading } from "./fork.ts";
import { type Plane, sliceBytes, tightPlane } from "./layout.ts";
import {
  type BoundOperation,
  type FeatureMap,
  planFeatureMap,
  type Planner,
  WorkerArea,
} from "./operation.ts";
import { recordBytes } from "./ops/batch_norm_channel.ts";
import type { Unit } from "./unit.ts";

/** `[C]` and `[C,H,W]` as a plane with nothing around it. */
const planeOf = ([channels, height = 1, width = 1]: Shape): Plane => tightPlane([channels, height, width]);

/** A reader of a value among the units. */
interface UnitReader {
  readonly unit: Unit;
  readonly input: number;
}

/** An operation and the value whose gradient it starts from. */
export interface Wired {
  readonly operation: BoundOperation;
  /** What it computes; empty where a value is handed to several readers. */
  readonly nodes: readonly Node[];
  /** Whether anything in it or before it learns, so that it takes part in the backward pass. */
  readonly learns: boolean;
  /** Whether its output is made again before the backward pass of the operation behind it, its only reader. */
  readonly restored: boolean;
}

/**
 * Values of a batch beyond this are rather computed twice than kept, in bytes: about what a second-level cache holds.
 * For speed alone.
 */
const LARGEST_KEPT = 2 << 20;

export class Wiring {
  readonly operations: Wired[] = [];
  readonly #planner: Planner;
  readonly #graph: Graph;
  readonly #readers = new Map<number, readonly UnitReader[]>();
  /** In the order of the forward pass. */
  readonly #units: readonly Unit[];
  readonly workerAreas: WorkerArea[] = [];
  /** By unit: what it reads. */
  readonly #inputs = new Map<Unit, FeatureMap[]>();

  constructor(planner: Planner, graph: Graph, units: readonly Unit[]) {
    this.#planner = planner;
    this.#graph = graph;
    this.#units = units;
    const byNode = new Map(units.map((unit) => [unit.nodes[0].index, unit]));
    for (const { id, readers } of graph.values) {
      this.#readers.set(
        id,
        readers.flatMap(({ node, input }) => {
          const unit = byNode.get(node);
          return unit ? [{ unit, input }] : [];
        }),
      );
    }
  }

  /**
   * The plane that a value's readers insist on; undefined where any will do. Of several readers the first decides that
   * reads the value itself, for one in place reads a copy.
   */
  #wanted(id: number): Plane | undefined {
    if (id === this.#graph.logits) return planeOf(this.#graph.values[id].shape);
    const readings = this.#readers.get(id)!.map((reader) => this.#reading(reader));
    const direct = readings.length === 1 ? readings : readings.filter(({ inPlace }) => !inPlace);
    return direct.find(({ plane }) => plane !== undefined)?.plane;
  }

  /** What a reader asks for; one in place passes on what its own readers ask for. */
  #reading({ unit, input }: UnitReader): Reading {
    const plane = unit.inputPlanes[input] ?? (unit.inPlace ? this.#wanted(outputOf(unit)) : undefined);
    return { plane, inPlace: unit.inPlace };
  }

  /** Lays out the network's input. */
  image(): FeatureMap {
    const map = this.#lay(this.#graph.values[0]);
    this.#handOut(this.#graph.values[0], map);
    return map;
  }

  /** Lays out what a unit computes, adds its operation, and hands the value to its readers. */
  add(unit: Unit, plan: (inputs: readonly FeatureMap[], output: FeatureMap) => BoundOperation): FeatureMap {
    const value = this.#graph.values[outputOf(unit)], inputs = this.#inputs.get(unit)!;
    const output = unit.inPlace ? this.#inPlace(inputs[0], value) : this.#lay(value, unit);
    const { nodes } = unit, restored = output.value instanceof WorkerArea;
    this.operations.push({ operation: plan(inputs, output), nodes, learns: value.needsGradient, restored });
    this.#handOut(value, output);
    return output;
  }

  /** The same memory under the shape that it has now. */
  #inPlace(input: FeatureMap, value: Value): FeatureMap {
    const { channels, height, width } = planeOf(value.shape), { plane } = input;
    const same = plane.channels === channels && plane.height === height && plane.width === width;
    return same ? input : { ...input, plane: planeOf(value.shape) };
  }

  /** Lays out a value, by the unit that computes it. */
  #lay({ id, shape }: Value, unit?: Unit): FeatureMap {
    const wanted = this.#wanted(id), plane = wanted ?? unit?.outputPlane ?? planeOf(shape);
    if (unit && this.#leavesNorm(unit)) {
      const records = this.#planner.perWorker(plane.channels * recordBytes("together"));
      return { ...planFeatureMap(this.#planner, plane), records };
    }
    let area: WorkerArea | undefined;
    if (unit && this.#canRestore(unit) && sliceBytes(plane) * this.#planner.slices > LARGEST_KEPT) {
      area = new WorkerArea(this.#planner.perWorker(sliceBytes(plane)));
      this.workerAreas.push(area);
    }
    return {
      ...planFeatureMap(this.#planner, plane, area),
      gradientSurplusIsZero: wanted === undefined || this.#readers.get(id)!.length !== 1,
    };
  }

  /** Whether a unit leaves its batch norm to the output's only reader. */
  #leavesNorm(unit: Unit): boolean {
    const [reader, ...others] = this.#readers.get(outputOf(unit))!;
    return unit.leavesNorm && reader !== undefined && others.length === 0 && reader.unit.takesNorm;
  }

  /** Whether a unit's output need not outlast the phase: its only reader is the next, and takes it in passing. */
  #canRestore(unit: Unit): boolean {
    const [reader, ...others] = this.#readers.get(outputOf(unit))!;
    return unit.restores && reader !== undefined && others.length === 0 && reader.unit.readsInPassing &&
      reader.unit === this.#units[this.#units.indexOf(unit) + 1];
  }

  #handOut(value: Value, map: FeatureMap): void {
    const readers = this.#readers.get(value.id)!;
    let views: readonly FeatureMap[] = [map];
    if (readers.length > 1) {
      const readings = readers.map((reader) => this.#reading(reader)), learns = value.needsGradient;
      const fork = new Fork(this.#planner, `value${value.id}`, map, { readings, learns });
      this.operations.push({ operation: fork, nodes: [], learns, restored: false });
      views = fork.views;
    }
    readers.forEach(({ unit, input }, i) => {
      const inputs = this.#inputs.get(unit) ?? [];
      inputs[input] = views[i];
      this.#inputs.set(unit, inputs);
    });
  }
}

const outputOf = ({ nodes }: Unit): number => nodes[nodes.length - 1].output;
