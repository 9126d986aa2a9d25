/**
 * The update: a parameter's gradient from its parts, the L1 term and clipping, the optimizer's rule, the moving average,
 * and the packed copies that convolutions read.
 *
 * The arithmetic is that of `engine/optimizers/`, operation by operation.
 *
 * @module
 */
import { CLIP_EPSILON } from "../clipping.ts";
import type { CompletedTraining } from "../../models/iteration.ts";
import { type AnyOptimizerRule, optimizerRule } from "../optimizers/mod.ts";
import { WgslArithmetic } from "./arithmetic.ts";
import { type Binding, defineKernel, type Kernel } from "./kernel.ts";
import { MAXIMUM_INVOCATIONS } from "./layout.ts";
import type { ParameterRecord, Strides } from "./plan.ts";
import { sumOfWorkgroup } from "./workgroup_sum.ts";

/** Words of a parameter's record on the device. */
export const RECORD_WORDS = 8;
const NOWHERE = 0xffffffff;

/** Records as the device reads them: `RECORD_WORDS` u32 each. */
export function packRecords(records: readonly ParameterRecord[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(records.length * RECORD_WORDS);
  records.forEach(({ partialAt, partialStride, parts, forwardAt, backwardAt, withoutDecay }, index) => {
    words.set(
      [partialAt, partialStride, parts, withoutDecay ? 1 : 0, forwardAt ?? NOWHERE, backwardAt ?? NOWHERE],
      index * RECORD_WORDS,
    );
  });
  return words;
}

/** What the update of a recipe needs. */
export interface Update {
  readonly training: CompletedTraining;
  readonly strides: Strides;
}

/** Arrays of the size of the parameters that an optimizer keeps. */
export const stateCount = ({ optimizer }: CompletedTraining): number => optimizerRule(optimizer).state.length;

/** Numbers that an optimizer needs at a step. */
export const scalarCount = ({ optimizer }: CompletedTraining): number =>
  optimizerRule(optimizer).scalars.length;

/** A step's numbers in the order in which the device reads them. */
export function orderScalars(
  { optimizer }: Pick<CompletedTraining, "optimizer">,
  scalars: Readonly<Record<string, number>>,
): number[] {
  return optimizerRule(optimizer).scalars.map((name) => scalars[name]);
}

/** WGSL that sets `e`, `at` and the record of a parameter. */
const PARAMETER = ({ parameters }: Strides) =>
  `  let e = group.x * 64 + local.x;
  if (e >= ${parameters}) { return; }
  let parts = records[2 * e];
  let copies = records[2 * e + 1];
  let at = trial * ${parameters} + e;`;

/** WGSL that stores `value` in the copies that convolutions read. */
const COPIES = ({ packed }: Strides) =>
  `  if (copies.x != ${NOWHERE}u) { packed[trial * ${packed} + copies.x] = value; }
  if (copies.y != ${NOWHERE}u) { packed[trial * ${packed} + copies.y] = value; }`;

const RECORDS: Binding = { buffer: "records", type: "vec4u" };

/** WGSL that sets `g`, a parameter's gradient: its parts in order, and the L1 term. */
function gradientCode({ training: { l1 }, strides }: Update): string {
  return `  var g = 0.0;
  for (var part = 0u; part < parts.z; part++) {
    g += partials[trial * ${strides.partials} + parts.x + part * parts.y];
  }
${l1 > 0 ? `  g += f32(${Math.fround(l1)}) * sign(parameters[at]);` : ""}`;
}

/** WGSL of the rule, from `g` to `value`, state and average moved. */
function updateCode(update: Update): { code: string; declarations: string } {
  const { training, strides: { parameters } } = update, { optimizer, average } = training;
  const rule: AnyOptimizerRule = optimizerRule(optimizer), arithmetic = new WgslArithmetic();
  const stateAt = (index: number) => `(trial * ${rule.state.length} + ${index}) * ${parameters} + e`;
  const named = <K extends string>(names: readonly K[], value: (name: K, index: number) => string) =>
    Object.fromEntries(names.map((name, index) => [name, value(name, index)])) as Record<K, string>;
  const updated = rule.update(arithmetic, {
    parameter: "parameter",
    gradient: "g",
    state: named(rule.state, (_, index) => `state${index}`),
    scalars: named(rule.scalars, (name, index) => name === "weightDecay" ? "weight_decay" : `scalar${index}`),
  }, optimizer);
  const scalarAt = `(trial * step.slots + step.slot) * ${rule.scalars.length}`;
  const lines = [
    "let parameter = parameters[at];",
    ...rule.state.map((_, index) => `let state${index} = states[${stateAt(index)}];`),
    ...rule.scalars.map((name, index) => {
      const value = `scalars[${scalarAt} + ${index}]`;
      return name === "weightDecay"
        ? `let weight_decay = select(${value}, 0.0, parts.w != 0u);`
        : `let scalar${index} = ${value};`;
    }),
    arithmetic.code,
    ...rule.state.map((name, index) => `states[${stateAt(index)}] = ${updated.state[name]};`),
    `let value = ${updated.parameter};`,
    "parameters[at] = value;",
    ...(average
      ? [
        `averages[at] = f32(${Math.fround(average.decay)}) * averages[at] + f32(${
          Math.fround(1 - average.decay)
        }) * value;`,
      ]
      : []),
  ];
  return { code: lines.map((line) => `  ${line}`).join("\n"), declarations: arithmetic.declarations };
}

/** Buffers that the rule reads and writes. */
function updateBindings({ training }: Update): Record<string, Binding> {
  const writes = (buffer: string): Binding => ({ buffer, type: "f32", write: true });
  return {
    parameters: writes("parameters"),
    scalars: { buffer: "scalars", type: "f32" },
    ...(stateCount(training) > 0 ? { states: writes("states") } : {}),
    packed: writes("packed"),
    ...(training.average ? { averages: writes("averages") } : {}),
  };
}

/** f32 that the rule moves for each parameter: itself, its state and average, each read and written, and a copy. */
const updateWords = (training: CompletedTraining): number =>
  2 * (1 + stateCount(training) + (training.average ? 1 : 0)) + 1;

/**
 * Updates all parameters; an invocation has one of them and adds its parts in order.
 *
 * - `parameters`, `gradients`, `averages` [T,P] f32, `states` [T,states,P] f32
 * - `scalars` [T,slots,scalars] f32: the optimizer's numbers at each step
 * - `partials` [T,partials] f32, `packed` [T,packed] f32
 */
function updateKernel(update: Update): Kernel {
  const { training, strides } = update, { code, declarations } = updateCode(update);
  return defineKernel({
    label: training.optimizer.kind,
    bindings: {
      records: RECORDS,
      partials: { buffer: "partials", type: "f32" },
      gradients: { buffer: "gradients", type: "f32", write: true },
      ...updateBindings(update),
    },
    size: [64, 1],
    workgroups: [Math.ceil(strides.parameters / 64), 1],
    work: { bytes: 4 * (strides.partials + (updateWords(training) + 1) * strides.parameters) },
    declarations,
    body: `${PARAMETER(strides)}
${gradientCode(update)}
  gradients[at] = g;
${code}
${COPIES(strides)}`,
  });
}

/** The same where all gradients must be known first: `gradients` before clipping, their norm, and then the rule. */
function clippedUpdateKernels(update: Update, clipNorm: number): Kernel[] {
  const { training, strides } = update, { parameters } = strides, { code, declarations } = updateCode(update);
  const workgroups = [Math.ceil(parameters / 64), 1] as const;
  return [
    defineKernel({
      label: "gradients",
      bindings: {
        records: RECORDS,
        partials: { buffer: "partials", type: "f32" },
        parameters: { buffer: "parameters", type: "f32" },
        gradients: { buffer: "gradients", type: "f32", write: true },
      },
      size: [64, 1],
      workgroups,
      work: { bytes: 4 * (strides.partials + 2 * parameters) },
      body: `${PARAMETER(strides)}
${gradientCode(update)}
  gradients[at] = g;`,
    }),
    defineKernel({
      label: "norm of the gradients",
      bindings: {
        gradients: { buffer: "gradients", type: "f32" },
        norms: { buffer: "norms", type: "f32", write: true },
      },
      size: [MAXIMUM_INVOCATIONS, 1],
      workgroups: [1, 1],
      work: { bytes: 4 * parameters },
      declarations: sumOfWorkgroup("f32"),
      body: `  var squares = 0.0;
  for (var e = local.x; e < ${parameters}; e += ${MAXIMUM_INVOCATIONS}) {
    let g = gradients[trial * ${parameters} + e];
    squares = fma(g, g, squares);
  }
  let total = sum_of_workgroup(local.x, squares);
  if (local.x == 0) { norms[trial] = sqrt(total); }`,
    }),
    defineKernel({
      label: training.optimizer.kind,
      bindings: {
        records: RECORDS,
        norms: { buffer: "norms", type: "f32" },
        gradients: { buffer: "gradients", type: "f32", write: true },
        ...updateBindings(update),
      },
      size: [64, 1],
      workgroups,
      work: { bytes: 4 * (updateWords(training) + 2) * parameters },
      declarations,
      body: `${PARAMETER(strides)}
  let g = gradients[at] * min(1.0, f32(${Math.fround(clipNorm)}) / (norms[trial] + ${CLIP_EPSILON}));
  gradients[at] = g;
${code}
${COPIES(strides)}`,
    }),
  ];
}

/** The kernels of a step's update. */
export function updateKernels(update: Update): Kernel[] {
  const { clipNorm } = update.training;
  return clipNorm === undefined ? [updateKernel(update)] : clippedUpdateKernels(update, clipNorm);
}

/** Exchanges the parameters, with their copies, and their averages: before evaluation, and back behind it. */
export function exchangeAveragesKernel(strides: Strides): Kernel {
  return defineKernel({
    label: "parameters and averages exchanged",
    bindings: {
      records: RECORDS,
      parameters: { buffer: "parameters", type: "f32", write: true },
      averages: { buffer: "averages", type: "f32", write: true },
      packed: { buffer: "packed", type: "f32", write: true },
    },
    size: [64, 1],
    workgroups: [Math.ceil(strides.parameters / 64), 1],
    work: { bytes: 20 * strides.parameters },
    body: `${PARAMETER(strides)}
  let value = averages[at];
  averages[at] = parameters[at];
  parameters[at] = value;
${COPIES(strides)}`,
  });
}
