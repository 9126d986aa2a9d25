/**
 * What a kind of layer is in the formats that know layers: as operators of ONNX and as a module of PyTorch.
 *
 * @module
 */
import type { OperationName, OperationOf } from "../models/graph.ts";
import type { Shape } from "../models/shape.ts";
import type { Attribute } from "./onnx/proto.ts";

/** Where a layer's operators are written. Names are those of values and initializers in ONNX's graph. */
export interface OnnxScope {
  /** Names of the values that the layer reads. */
  readonly inputs: readonly string[];
  /** Without the batch dimension: of the first input, and of what leaves. */
  readonly input: Shape;
  readonly output: Shape;
  /** Roles of the tensors that the layer has. */
  readonly roles: readonly string[];
  /** Name of the layer's own tensor, written with `shape` where that is given. */
  tensor(role: string, shape?: Shape): string;
  /** Name of a constant that is not trained; `use` tells those of a layer apart. */
  floats(use: string, values: readonly number[], shape?: Shape): string;
  integers(use: string, values: readonly number[]): string;
  /** Adds an operator; returns the name of what it computes. */
  add(operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>): string;
}

/** A layer as Python. */
export interface PytorchForm {
  /** Makes the module; of a join, the name of the class that is given the branches. */
  readonly module: string;
  /** The class that `module` needs and PyTorch lacks, as source. */
  readonly definition?: string;
}

/** Shapes around a layer, the batch dimension left out. */
export interface Shapes {
  readonly input: Shape;
  readonly output: Shape;
}

/** The forms of one operation. */
export interface LayerForms<K extends OperationName> {
  /** Adds the operators, in evaluation mode; returns the name of what leaves the layer, which may be what enters it. */
  onnx(operation: OperationOf<K>, scope: OnnxScope): string;
  pytorch(operation: OperationOf<K>, shapes: Shapes): PytorchForm;
}

/** The tensors of these roles that the layer has. */
export const present = (scope: OnnxScope, ...roles: readonly string[]): string[] =>
  roles.filter((role) => scope.roles.includes(role)).map((role) => scope.tensor(role));

/** A number as a Python literal. */
export const pythonNumber = (value: number): string => String(value);

/** `True` or `False`. */
export const pythonFlag = (value: boolean): string => value ? "True" : "False";

/** Keyword arguments, those that equal PyTorch's own default left out. */
export function keywords(
  given: Readonly<Record<string, readonly [value: number, fallback: number]>>,
): string {
  return Object.entries(given).filter(([, [value, fallback]]) => value !== fallback).map(([name, [value]]) =>
    `, ${name}=${pythonNumber(value)}`
  ).join("");
}
