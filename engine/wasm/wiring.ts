/**
 * Where the values of a network lie: one map for each, and what stands between a value and several readers.
 *
 * @module
 */
import type { Graph, Node, Value } from "../../models/graph.ts";
import type { Shape } from "../../models/shape.ts";
import { Fork, type Reading } from "./fork.ts";
import { type Plane, tightPlane } from "./layout.ts";
import { type BoundOperation, type FeatureMap, planFeatureMap, type Planner } from "./operation.ts";
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
}

export class Wiring {
  readonly operations: Wired[] = [];
  readonly #planner: Planner;
  readonly #graph: Graph;
  readonly #readers = new Map<number, readonly UnitReader[]>();
  /** By unit: what it reads. */
  readonly #inputs = new Map<Unit, FeatureMap[]>();

  constructor(planner: Planner, graph: Graph, units: readonly Unit[]) {
    this.#planner = planner;
    this.#graph = graph;
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
    const map = this.#lay(this.#graph.values[0], undefined);
    this.#handOut(this.#graph.values[0], map);
    return map;
  }

  /** Lays out what a unit computes, adds its operation, and hands the value to its readers. */
  add(unit: Unit, plan: (inputs: readonly FeatureMap[], output: FeatureMap) => BoundOperation): FeatureMap {
    const value = this.#graph.values[outputOf(unit)], inputs = this.#inputs.get(unit)!;
    const output = unit.inPlace ? this.#inPlace(inputs[0], value) : this.#lay(value, unit.outputPlane);
    const { nodes } = unit;
    this.operations.push({ operation: plan(inputs, output), nodes, learns: value.needsGradient });
    this.#handOut(value, output);
    return output;
  }

  /** The same memory under the shape that it has now. */
  #inPlace(input: FeatureMap, value: Value): FeatureMap {
    const { channels, height, width } = planeOf(value.shape), { plane } = input;
    const same = plane.channels === channels && plane.height === height && plane.width === width;
    return same ? input : { ...input, plane: planeOf(value.shape) };
  }

  #lay({ id, shape }: Value, suits: Plane | undefined): FeatureMap {
    const wanted = this.#wanted(id);
    return {
      ...planFeatureMap(this.#planner, wanted ?? suits ?? planeOf(shape)),
      valueSurplusIsFree: wanted === undefined,
      gradientSurplusIsZero: wanted === undefined || this.#readers.get(id)!.length !== 1,
    };
  }

  #handOut(value: Value, map: FeatureMap): void {
    const readers = this.#readers.get(value.id)!;
    let views: readonly FeatureMap[] = [map];
    if (readers.length > 1) {
      const readings = readers.map((reader) => this.#reading(reader)), learns = value.needsGradient;
      const fork = new Fork(this.#planner, `value${value.id}`, map, { readings, learns });
      this.operations.push({ operation: fork, nodes: [], learns });
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
