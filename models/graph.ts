/**
 * A network as a graph: what a list of layers amounts to.
 *
 * Value 0 is the image; node i computes value i + 1 from the values that it reads. A list of layers is the chain;
 * `branches` make several nodes read one value and end in an `add` or `concat` node; `repeat` makes nodes that share
 * their tensors. A value with several readers has a gradient from each, added in the order of the readers (nodes in
 * order, and within a node its inputs in order); a tensor with several nodes has a gradient from each, added in the
 * order of the nodes. That order fixes the bits.
 *
 * @module
 */
import { type At, complaint, complete, inside } from "./fields.ts";
import { type Join, joinMisfit } from "./layers/branches.ts";
import {
  checkLayers,
  type CompletedLayer,
  type Layer,
  layerAt,
  type LayerKindName,
  LAYERS,
} from "./layers/mod.ts";
import type { LayerKind, LayerTensor, TensorGroup } from "./layers/layer_kind.ts";
import { elements, IMAGE_SHAPE, MisfitError, type Shape, showShape, type Window } from "./shape.ts";

/** What a node does: a layer with every fallback in its place, or the end of branches. */
export type Operation = CompletedLayer | { readonly kind: "add" } | { readonly kind: "concat" };

/** The name of what a node does: every engine has a table with a room for each. */
export type OperationName = LayerKindName | Join;

/** The operation of one name. */
export type OperationOf<K extends OperationName> = Extract<Operation, { readonly kind: K }>;

/** One tensor of a network and its place in the canonical order. */
export interface TensorSpec extends LayerTensor {
  /** As `nn.Sequential` counts: `3.weight`, `3.0.1.weight`. */
  readonly name: string;
  /** Of the layer that it belongs to, such as `3.0.1`. */
  readonly place: string;
  /** Its name inside the layer: `weight`, `bias`, `running_mean`, `running_var`. */
  readonly role: string;
  readonly group: TensorGroup;
  /** Whether the optimizer updates it: all but running statistics. */
  readonly trained: boolean;
  /** In the canonical order, which its start values are drawn by. */
  readonly index: number;
  /** In elements from the start of all tensors. */
  readonly offset: number;
  readonly length: number;
}

/** One operation on one value or several. */
export interface Node {
  readonly index: number;
  readonly operation: Operation;
  /** Of the layer in the list, such as `3.0.1`; nodes of a repeated layer share it. */
  readonly place: string;
  /** For messages and tables: `layer 4, branch 1, layer 2 (conv)`. */
  readonly label: string;
  /** Ids of the values that it reads. */
  readonly inputs: readonly number[];
  /** Id of the value that it computes. */
  readonly output: number;
  /** By their role; absent roles are tensors that the layer does not have. */
  readonly tensors: Readonly<Record<string, TensorSpec>>;
  /** Number among the layers that draw random numbers in training, from 0; undefined for the others. */
  readonly randomOrdinal: number | undefined;
}

/** Where a value is read. */
export interface Reader {
  /** Index of the node. */
  readonly node: number;
  /** Which of the node's inputs. */
  readonly input: number;
}

/** What passes between nodes. */
export interface Value {
  readonly id: number;
  readonly shape: Shape;
  /** The node that computes it; undefined for the image. */
  readonly producer: number | undefined;
  readonly readers: readonly Reader[];
  /** Whether anything that is trained comes before it, so that its gradient is wanted. */
  readonly needsGradient: boolean;
  /** Side of the square of the image that one of its elements looks at, at most the image's. */
  readonly receptiveField: number;
}

/** A network: its nodes in the order in which they are computed, and its tensors in canonical order. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly values: readonly Value[];
  /** Id of the value that is the logits. */
  readonly logits: number;
  /** All parameters in layer order, then all running statistics in layer order. */
  readonly tensors: readonly TensorSpec[];
  /** Elements that are trained. */
  readonly parameterCount: number;
  /** Elements of all tensors. */
  readonly length: number;
}

/** The description of a layer's kind; every layer of a table fits its own description. */
export const describe = (layer: { readonly kind: LayerKindName }): LayerKind =>
  LAYERS[layer.kind] as unknown as LayerKind;

/** Whether a node is a layer, not the end of branches. */
export const isLayer = (operation: Operation): operation is CompletedLayer =>
  operation.kind !== "add" && operation.kind !== "concat";

/** Repeated repetitions could fill the memory by a slip. */
const MOST_NODES = 10_000;

interface Drafted {
  shape: Shape;
  producer?: number;
  readers: Reader[];
  needsGradient: boolean;
  /** Receptive field before it is cut to the image, and the distance of neighbours in the image. */
  field: number;
  jump: number;
}

class Builder {
  readonly nodes: (Omit<Node, "tensors"> & { readonly drafts: readonly DraftTensor[] })[] = [];
  readonly values: Drafted[];
  readonly #tensors = new Map<string, readonly DraftTensor[]>();
  #random = 0;

  constructor(input: Shape) {
    this.values = [{
      shape: input,
      readers: [],
      needsGradient: false,
      field: 1,
      jump: 1,
    }];
  }

  get drafts(): DraftTensor[] {
    return [...this.#tensors.values()].flat();
  }

  #add(
    operation: Operation,
    inputs: readonly number[],
    place: { readonly place: string; readonly label: string },
    result: Pick<Drafted, "shape" | "field" | "jump">,
    drafts: readonly DraftTensor[] = [],
    random = false,
  ): number {
    const index = this.nodes.length, output = this.values.length;
    if (index === MOST_NODES) {
      throw new RangeError(
        `Cannot build ${place.label}: expected at most ${MOST_NODES} layers in all, got more`,
      );
    }
    inputs.forEach((value, input) => this.values[value].readers.push({ node: index, input }));
    this.nodes.push({
      index,
      operation,
      ...place,
      inputs,
      output,
      drafts,
      randomOrdinal: random ? this.#random++ : undefined,
    });
    this.values.push({
      ...result,
      producer: index,
      readers: [],
      needsGradient: inputs.some((value) => this.values[value].needsGradient) ||
        drafts.some(({ group }) => group !== "statistic"),
    });
    return output;
  }

  /** Adds layers behind `value`; returns the id of what leaves the last. */
  chain(layers: readonly Layer[], value: number, at: At, prefix: string): number {
    layers.forEach((layer, index) => {
      const here = layerAt(at, index, layer), place = `${prefix}${index}`;
      if (layer.kind === "branches") value = this.#branches(layer.join, layer.branches, value, here, place);
      else if (layer.kind === "repeat") value = this.#repeat(layer.times, layer.layers, value, here, place);
      else value = this.#layer(layer, value, here, place);
    });
    return value;
  }

  #layer(
    layer: Exclude<Layer, { readonly kind: "branches" | "repeat" }>,
    value: number,
    at: At,
    place: string,
  ): number {
    const kind = describe(layer), input = this.values[value];
    const completed = {
      kind: layer.kind,
      ...complete(kind.fields, layer as never),
    } as unknown as CompletedLayer;
    let shape: Shape;
    try {
      shape = kind.output(completed, input.shape);
    } catch (error) {
      if (!(error instanceof MisfitError)) throw error;
      throw new TypeError(complaint(at, error.wanted, `an input of ${showShape(input.shape)}`, error.next));
    }
    let drafts = this.#tensors.get(place);
    if (drafts === undefined) {
      drafts = kind.tensors(completed, input.shape).map((tensor) => ({ ...tensor, place }));
      this.#tensors.set(place, drafts);
    }
    const window: Window | undefined = kind.window(completed, input.shape);
    const field = window === undefined
      ? input.field
      : input.field + window.dilation * (window.size - 1) * input.jump;
    return this.#add(
      completed,
      [value],
      { place, label: at.path },
      {
        shape,
        field,
        jump: input.jump * (window?.stride ?? 1),
      },
      drafts,
      kind.random,
    );
  }

  #branches(
    join: Join,
    branches: readonly (readonly Layer[])[],
    value: number,
    at: At,
    place: string,
  ): number {
    const ends = branches.map((branch, index) =>
      this.chain(branch, value, inside(at, `branch ${index + 1}`), `${place}.${index}.`)
    );
    const shapes = ends.map((end) => this.values[end].shape), [first] = shapes;
    const key = (shape: Shape) => (join === "add" ? shape : [shape.length, ...shape.slice(1)]).join();
    const differing = shapes.findIndex((shape) => key(shape) !== key(first));
    if (differing >= 0) throw joinMisfit(at, join, shapes.map(showShape), differing);
    const channels = shapes.reduce((sum, shape) => sum + shape[0], 0);
    const inputs = ends.map((end) => this.values[end]);
    return this.#add({ kind: join }, ends, { place, label: at.path }, {
      shape: join === "add" ? first : [channels, ...first.slice(1)],
      field: Math.max(...inputs.map(({ field }) => field)),
      jump: Math.max(...inputs.map(({ jump }) => jump)),
    });
  }

  #repeat(times: number, layers: readonly Layer[], value: number, at: At, place: string): number {
    const { shape } = this.values[value];
    for (let time = 0; time < times; time++) {
      value = this.chain(layers, value, at, `${place}.`);
      const after = this.values[value].shape;
      if (showShape(after) !== showShape(shape)) {
        throw new TypeError(
          complaint(at, `repeated layers to give what enters them, ${showShape(shape)}`, showShape(after)),
        );
      }
    }
    return value;
  }
}

type DraftTensor = LayerTensor & { readonly place: string };

/**
 * The graph of a list of layers.
 *
 * @throws {TypeError} If a layer is unknown, has an unknown or missing field, or does not fit what enters it.
 * @throws {RangeError} If a number is out of range. Every message names the layer, counted from 1.
 */
export function buildGraph(
  layers: readonly Layer[],
  { input = IMAGE_SHAPE, subject = "the layers" }: { readonly input?: Shape; readonly subject?: string } = {},
): Graph {
  const at: At = { subject, path: "" };
  checkLayers(layers, at);
  const builder = new Builder(input);
  const logits = builder.chain(layers, 0, at, "");
  const isTrained = ({ group }: DraftTensor) => group !== "statistic";
  const { drafts } = builder;
  let length = 0;
  const specs = new Map<DraftTensor, TensorSpec>();
  [...drafts.filter(isTrained), ...drafts.filter((draft) => !isTrained(draft))].forEach((draft, index) => {
    const { place, name: role } = draft;
    const spec: TensorSpec = {
      ...draft,
      name: `${place}.${role}`,
      role,
      index,
      trained: isTrained(draft),
      offset: length,
      length: elements(draft.shape),
    };
    specs.set(draft, spec);
    length += spec.length;
  });
  const tensors = [...specs.values()];
  const side = Math.max(...input.slice(1));
  return {
    nodes: builder.nodes.map(({ drafts, ...node }) => ({
      ...node,
      tensors: Object.fromEntries(drafts.map((draft) => [draft.name, specs.get(draft)!])),
    })),
    values: builder.values.map(({ field, jump: _, producer, ...value }, id) => ({
      ...value,
      id,
      producer,
      receptiveField: Math.min(field, side),
    })),
    logits,
    tensors,
    parameterCount: tensors.reduce((sum, spec) => sum + (spec.trained ? spec.length : 0), 0),
    length,
  };
}

/** Trainable parameters of a list of layers. */
export function countParameters(layers: readonly Layer[]): number {
  return buildGraph(layers).parameterCount;
}

/** Multiply-adds of one node's forward pass for one image, by its definition. */
export function multiplyAdds(graph: Graph, { operation, inputs, output }: Node): number {
  if (!isLayer(operation)) return 0;
  return describe(operation).multiplyAdds(
    operation,
    graph.values[inputs[0]].shape,
    graph.values[output].shape,
  );
}

/** Multiply-adds of the forward pass for one image. */
export function forwardMultiplyAdds(layers: readonly Layer[]): number {
  const graph = buildGraph(layers);
  return graph.nodes.reduce((sum, node) => sum + multiplyAdds(graph, node), 0);
}

/**
 * Floating-point operations of a training step for one image: forward, weight gradients and, where anything before
 * learns, input gradients; two operations a multiply-add.
 */
export function trainingFlop(layers: readonly Layer[]): number {
  const graph = buildGraph(layers);
  return graph.nodes.reduce((sum, node) => {
    const passes = graph.values[node.inputs[0]].needsGradient ? 3 : 2;
    return sum + 2 * passes * multiplyAdds(graph, node);
  }, 0);
}
