/**
 * A convolution with batch norm and ReLU behind it, and the max-pool and dropout behind those if there are any: what
 * follows the convolution is one pass over memory.
 *
 * The way back needs two passes: sums for batch norm's own gradients first, then the gradient of the convolution's
 * output, written over that output. What was clipped is seen from y again; behind a dropout, an element of `output`
 * that is 0 was clipped or dropped, so nothing is drawn again.
 *
 * @module
 */
import type { Node, OperationName, OperationOf } from "../../../models/graph.ts";
import {
  type BatchNorm,
  evaluationCoefficientsKernel,
  momentsKernel,
  planBatchNorm,
} from "../batch_moments.ts";
import {
  channelsAtOnce,
  type Convolution,
  convolutionKernel,
  inputGradientOf,
  type PackedWeights,
  positionsOfTile,
  tiling,
} from "../convolution.ts";
import { type DrawnDropout, dropoutWords, keepScale } from "../dropout_masks.ts";
import { filterBlocks, filterGradientKernel, type GradientThroughNorm } from "../filter_gradient.ts";
import { type Binding, defineKernel, type Kernel, repeat } from "../kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "../layout.ts";
import type { PlannedOperation, Planning, StoredValue } from "../operation.ts";
import type { Plan, Strides } from "../plan.ts";
import { sumOfWorkgroup } from "../workgroup_sum.ts";
import { convolutionOf } from "./conv.ts";

/** The operations that are done together, and what enters and leaves them. */
export interface ConvBatchNormRelu {
  readonly plan: Plan;
  readonly label: string;
  readonly conv: Node;
  readonly batchNorm: Node;
  readonly maxPool?: Node;
  readonly dropout?: Node;
  readonly input: StoredValue;
  readonly output: StoredValue;
  readonly dInput: string | undefined;
  readonly dOutput: string;
}

/** The operations behind a convolution and where their tensors are. */
interface Activation {
  readonly label: string;
  readonly lanes: number;
  readonly height: number;
  readonly width: number;
  /** Side of the max-pool's window; 1 for none. */
  readonly pool: number;
  readonly dropout?: DrawnDropout;
  readonly norm: BatchNorm;
  readonly strides: Strides;
  /** [T,K,H,W,N]: the convolution's output, and on the way back its gradient; unused with `image`. */
  readonly y: string;
  /** What y is computed from again wherever it is used, see `ImageConvolution`. */
  readonly image?: ImageConvolution;
  /** [T,K,⌊H/pool⌋,⌊W/pool⌋,N] and its gradient. */
  readonly output: string;
  readonly dOutput: string;
  /** [T,stride]: Σ dz x̂ as [parts][K] at `weightAt`, Σ dz at `biasAt`, where dz is in front of the ReLU. */
  readonly partial: {
    readonly buffer: string;
    readonly stride: number;
    readonly weightAt: number;
    readonly biasAt: number;
  };
}

/**
 * A convolution of the image itself, with neither pool nor dropout behind it: with a single input channel it is cheaper
 * to compute again than to read, so its output is never stored.
 */
interface ImageConvolution {
  readonly shape: Convolution;
  readonly input: string;
  readonly weights: PackedWeights;
}

/** Largest filter whose window of the image fits in registers. */
const LARGEST_AGAIN = 5;

/** Whether a convolution costs less to compute again than to store. */
const isCheapAgain = (shape: Convolution): boolean =>
  shape.inChannels === 1 && shape.kernel <= LARGEST_AGAIN && shape.stride === 1 && shape.dilation === 1 &&
  channelsAtOnce(shape) === 4;

function operationOf<K extends OperationName>(node: Node, kind: K): OperationOf<K> {
  if (node.operation.kind !== kind) {
    throw new Error(`Cannot plan a kernel: expected ${kind}, got ${node.operation.kind}`);
  }
  return node.operation as OperationOf<K>;
}

/** Plans the operations as one. */
export function planConvBatchNormRelu(fused: ConvBatchNormRelu): Planning {
  const { plan, label, conv, input, output, dInput, dOutput } = fused, { lanes } = plan;
  const shape = convolutionOf(operationOf(conv, "conv"), input.shape), { outHeight, outWidth } = shape;
  const { weight, bias } = conv.tensors;
  const pool = fused.maxPool ? operationOf(fused.maxPool, "maxPool").size : 1;
  const dropout: DrawnDropout | undefined = fused.dropout && {
    p: operationOf(fused.dropout, "dropout").p,
    ordinal: fused.dropout.randomOrdinal!,
  };
  const id = conv.index + 1;
  const again = dInput === undefined && pool === 1 && dropout === undefined && isCheapAgain(shape);
  const y = again ? "" : plan.buffer(`y${id}`, shape.outChannels * outHeight * outWidth * lanes);
  const parts = tiling(shape).count;
  const sums = plan.buffer(`tileSums${id}`, 2 * shape.outChannels * parts * lanes);
  const { forward, backward } = plan.packWeights(weight, shape, dInput !== undefined);
  const weightParts = plan.gradientParts(weight, filterBlocks(shape, lanes).parts);
  // batch norm takes the bias out again: its gradient is zero, and it has no part of it
  const norm: BatchNorm = {
    ...planBatchNorm(plan, fused.batchNorm, operationOf(fused.batchNorm, "batchNorm")),
    leftOutAt: bias?.offset,
  };
  const count = normParts({ height: outHeight, width: outWidth, lanes });
  const normWeightParts = plan.gradientParts(fused.batchNorm.tensors.weight, count);
  const normBiasParts = plan.gradientParts(fused.batchNorm.tensors.bias, count);

  return (): PlannedOperation => {
    const { strides } = plan;
    const weights = { buffer: "packed", stride: strides.packed };
    const partial = { buffer: "partials", stride: strides.partials };
    const image = again ? { shape, input: input.buffer, weights: { ...weights, at: forward } } : undefined;
    const activation: Activation = {
      label,
      image,
      lanes,
      height: outHeight,
      width: outWidth,
      pool,
      dropout,
      norm,
      strides,
      y,
      output: output.buffer,
      dOutput,
      partial: { ...partial, weightAt: normWeightParts.at, biasAt: normBiasParts.at },
    };
    const convolution = { shape, lanes, input: input.buffer, weights: { ...weights, at: forward } };
    const convolve = convolutionKernel({
      ...convolution,
      ...(image ? { label: `${label} sums` } : { label, output: y }),
      sums,
    });
    const activate = image
      ? convolutionKernel({
        ...convolution,
        label,
        output: output.buffer,
        normalize: { stride: strides.coefficients, at: norm.coefficientsAt },
      })
      : activationKernel(activation);
    const filterGradient = {
      label: `${label} filter gradient`,
      shape,
      lanes,
      input: input.buffer,
      partial: { ...partial, at: weightParts.at },
    };
    return {
      forward: [
        convolve,
        momentsKernel({
          label: `${label} moments`,
          lanes,
          norm,
          plan,
          positions: outHeight * outWidth,
          parts,
          positionsOf: (part) => positionsOfTile(shape, part),
          sums,
        }),
        activate,
      ],
      evaluate: image ? [activate] : [convolve, activate],
      beforeEvaluation: [evaluationCoefficientsKernel(`${label} evaluation coefficients`, norm, plan)],
      backward: [
        activationSumsKernel(activation),
        ...(image
          ? [filterGradientKernel({
            ...filterGradient,
            dOutput,
            through: gradientThroughNorm(activation, image),
          })]
          : [activationGradientKernel(activation), filterGradientKernel({ ...filterGradient, dOutput: y })]),
        ...(dInput === undefined || backward === undefined ? [] : [convolutionKernel({
          label: `${label} input gradient`,
          shape: inputGradientOf(shape),
          lanes,
          input: y,
          output: dInput,
          weights: { ...weights, at: backward },
        })]),
      ],
    };
  };
}

const ROWS = MAXIMUM_INVOCATIONS / LANES;

/** Workgroups that share a channel on the way back, for each block of lanes. */
function chunksOf(height: number, width: number): number {
  return height * width > 400 ? 2 : 1;
}

/** Partial sums of batch norm's gradients. */
function normParts({ height, width, lanes }: Pick<Activation, "height" | "width" | "lanes">): number {
  return chunksOf(height, width) * lanes / LANES;
}

/** output = dropout(max(relu(fma(y − mean, scale, bias)))): element `e` of an example takes draw `e`. */
function activationKernel(activation: Activation): Kernel {
  const { label, lanes, height, width, pool, dropout, norm, strides, y, output } = activation;
  const outHeight = Math.floor(height / pool), outWidth = Math.floor(width / pool);
  const map = outHeight * outWidth, elements = norm.channels * map;
  const element = (q: number): string => {
    const window: string[] = [];
    for (let a = 0; a < pool; a++) {
      for (let b = 0; b < pool; b++) {
        const value = `fma(y[at + ${(a * width + b) * lanes}] - coefficient.x, coefficient.z, coefficient.w)`;
        // written so that not-a-number stays
        window.push(
          a + b === 0
            ? `var best = ${value};`
            : `{ let value = ${value}; best = select(best, value, value > best); }`,
        );
      }
    }
    const guard = elements % 4 !== 0 && q > 0 ? `if (e0 + ${q} < ${elements}) ` : "";
    return `  ${guard}{
    let e = e0 + ${q};
    let k = e / ${map};
    let coefficient = coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + k];
    let at = ((trial * ${norm.channels} + k) * ${height * width} + e % ${map} / ${outWidth} * ${
      pool * width
    } + e % ${outWidth} * ${pool}) * ${lanes} + n;
    ${window.join("\n    ")}
    best = select(best, 0.0, best <= 0.0);
    ${dropout ? `best *= factors[${q}];` : ""}
    output[(trial * ${elements} + e) * ${lanes} + n] = best;
  }`;
  };
  const draws = dropout ? dropoutWords(dropout, lanes) : undefined;
  return defineKernel({
    label: `${label} activation`,
    bindings: {
      y: { buffer: y, type: "f32" },
      coefficients: { buffer: "coefficients", type: "vec4f" },
      output: { buffer: output, type: "f32", write: true },
      ...draws?.bindings,
    },
    size: [LANES, ROWS],
    workgroups: [lanes / LANES, Math.ceil(elements / 4 / ROWS)],
    work: { bytes: 4 * lanes * (norm.channels * height * width + elements) },
    declarations: draws?.declarations,
    body: `  let n = group.x * ${LANES} + local.x;
  let e0 = (group.y * ${ROWS} + local.y) * 4;
  if (e0 >= ${elements}) { return; }
  ${draws ? `let factors = draw_factors(trial, n, e0 / 4);` : ""}
${repeat(4, element)}`,
  });
}

/** What both passes back have in common. */
function wayBack(
  { lanes, height, width, pool, dropout, norm, strides, y, output, dOutput, image }: Activation,
) {
  const outHeight = Math.floor(height / pool), outWidth = Math.floor(width / pool);
  const map = outHeight * outWidth;
  const bindings: Record<string, Binding> = {
    ...(image
      ? {
        input: { buffer: image.input, type: "f32" },
        weights: { buffer: image.weights.buffer, type: "f32" },
      }
      : { y: { buffer: y, type: "f32" } }),
    coefficients: { buffer: "coefficients", type: "vec4f" },
    d_output: { buffer: dOutput, type: "f32" },
    ...(dropout ? { output: { buffer: output, type: "f32" } as const } : {}),
  };
  // sets `winner`, the place in the window that starts at `start`, `best`, its value behind batch norm, and `centred`,
  // its y less the mean
  const search: string[] = [];
  for (let a = 0; a < pool; a++) {
    for (let b = 0; b < pool; b++) {
      const other = image ? "y_of_image" : `y[start + ${(a * width + b) * lanes}]`;
      search.push(
        a + b === 0
          ? `winner = 0u;
    var centred = ${other} - coefficient.x;
    var best = fma(centred, coefficient.z, coefficient.w);`
          : `{
      let other = ${other} - coefficient.x;
      let value = fma(other, coefficient.z, coefficient.w);
      if (value > best) { best = value; centred = other; winner = ${a * width + b}; }
    }`,
      );
    }
  }
  const gradient = dropout ? `d_output[at] * ${keepScale(dropout)}` : "d_output[at]";
  return {
    bindings,
    map,
    outHeight,
    outWidth,
    coefficient: `coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + k]`,
    /** WGSL index of the output of window `w` (WGSL). */
    at: (w: string) => `((trial * ${norm.channels} + k) * ${map} + ${w}) * ${lanes} + n`,
    search: search.join("\n    "),
    /** WGSL of what reaches the winner from the output at `at`. */
    gradient: `select(0.0, ${gradient}, ${dropout ? "output[at] > 0.0" : "best > 0.0"})`,
    /** f32 that are read for each output. */
    reads: dropout ? 2 : 1,
  };
}

/**
 * Σ dz and Σ dz x̂ of each channel, in parts.
 *
 * The two are batch norm's gradients of bias and weight, and what its gradient of the input needs.
 */
function activationSumsKernel(activation: Activation): Kernel {
  const { label, lanes, height, width, pool, norm, partial, image } = activation;
  const { bindings, map, outWidth, coefficient, at, search, gradient, reads } = wayBack(activation);
  const chunks = chunksOf(height, width);
  const laneBlocks = lanes / LANES, stride = ROWS * chunks;
  return defineKernel({
    label: `${label} gradient sums`,
    bindings: { ...bindings, partials: { buffer: partial.buffer, type: "f32", write: true } },
    size: [LANES, ROWS],
    workgroups: [laneBlocks * chunks, norm.channels],
    work: { bytes: 4 * lanes * norm.channels * ((image ? 0 : height * width) + reads * map) },
    declarations: sumOfWorkgroup("vec2f"),
    body: `  let n = group.x % ${laneBlocks} * ${LANES} + local.x;
  let k = group.y;
  let coefficient = ${coefficient};
  ${
      image
        ? loadImageWeights(image)
        : `let y0 = (trial * ${norm.channels} + k) * ${height * width * lanes} + n;`
    }
  var sums = vec2f();
  for (var w = group.x / ${laneBlocks} * ${ROWS} + local.y; w < ${map}; w += ${stride}) {
    let at = ${at("w")};
    var winner = 0u;
    ${
      image
        ? convolveImage(image, lanes)
        : `let start = y0 + (w / ${outWidth} * ${pool * width} + w % ${outWidth} * ${pool}) * ${lanes};`
    }
    ${search}
    let g = ${gradient};
    sums += vec2f(g, g * (centred * coefficient.y));
  }
  let total = sum_of_workgroup(local.y * ${LANES} + local.x, sums);
  if (local.x == 0 && local.y == 0) {
    let to = trial * ${partial.stride} + group.x * ${norm.channels} + k;
    partials[to + ${partial.weightAt}] = total.y;
    partials[to + ${partial.biasAt}] = total.x;
  }`,
  });
}

/** WGSL that loads the weights of channel `k`. */
function loadImageWeights({ shape: { kernel }, weights }: ImageConvolution): string {
  const taps = kernel * kernel;
  return `let w_k = trial * ${weights.stride} + ${weights.at} + k / 4 * ${4 * taps} + k % 4;
  ${repeat(taps, (tap) => `let weight${tap} = weights[w_k + ${4 * tap}];`)}`;
}

/** WGSL that sets `y_of_image`, y of channel `k` at position `w`: products in the order of `convolutionKernel`. */
function convolveImage({ shape }: ImageConvolution, lanes: number): string {
  const { height, width, outWidth, kernel, padding } = shape;
  const products: string[] = [];
  for (let a = 0; a < kernel; a++) {
    for (let b = 0; b < kernel; b++) {
      const product = `y_of_image = fma(input[x_w + ${(a * width + b) * lanes}], weight${
        a * kernel + b
      }, y_of_image);`;
      const inside = (value: string, size: number) => `${value} >= 0 && ${value} < ${size}`;
      products.push(
        padding > 0
          ? `if (${inside(`i + ${a}`, height)} && ${inside(`j + ${b}`, width)}) { ${product} }`
          : product,
      );
    }
  }
  return `let i = i32(w / ${outWidth}) - ${padding};
    let j = i32(w % ${outWidth}) - ${padding};
    let x_w = trial * ${height * width * lanes} + u32(i * ${width} + j) * ${lanes} + n;
    var y_of_image = 0.0;
    ${products.join("\n    ")}`;
}

/** WGSL that adds up the parts of Σ dz and Σ dz x̂ of channel `k` and sets their means, `mean_g` and `mean_gx`. */
function meanGradients(
  activation: Pick<Activation, "height" | "width" | "lanes" | "norm" | "partial">,
): string {
  const { height, width, norm, partial } = activation;
  return `  var total_g = 0.0;
  var total_gx = 0.0;
  for (var part = 0u; part < ${normParts(activation)}; part++) {
    let start = trial * ${partial.stride} + part * ${norm.channels} + k;
    total_g += partials[start + ${partial.biasAt}];
    total_gx += partials[start + ${partial.weightAt}];
  }
  let count = f32(step.examples * ${height * width});
  let mean_g = total_g / count;
  let mean_gx = total_gx / count;`;
}

/**
 * The gradient in front of batch norm and ReLU, for a filter gradient that computes it where it is used, from the
 * image and what has arrived behind them.
 */
function gradientThroughNorm(activation: Activation, image: ImageConvolution): GradientThroughNorm {
  const { norm, strides } = activation;
  const { shape: { kernel }, weights } = image, taps = kernel * kernel;
  const lastBlock = Math.ceil(norm.channels / 4) - 1;
  return {
    bindings: {
      weights: { buffer: weights.buffer, type: "vec4f" },
      coefficients: { buffer: "coefficients", type: "vec4f" },
    },
    // dy = scale · dz − (y − mean) · slope − offset
    prepare: (block) =>
      `  var mean${block}: vec4f;
  var scale${block}: vec4f;
  var shift${block}: vec4f;
  var slope${block}: vec4f;
  var offset${block}: vec4f;
  for (var q = 0u; q < 4; q++) {
    let k = min(k0 + ${4 * block} + q, ${norm.channels - 1});
    let coefficient = coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + k];
  ${meanGradients(activation)}
    mean${block}[q] = coefficient.x;
    scale${block}[q] = coefficient.z;
    shift${block}[q] = coefficient.w;
    slope${block}[q] = coefficient.z * coefficient.y * mean_gx;
    offset${block}[q] = coefficient.z * mean_g;
  }
  let exists${block} = n < step.examples;
  let w_block${block} = (trial * ${weights.stride} + ${weights.at}) / 4 + min(k0 / 4 + ${block}, ${lastBlock}) * ${taps};`,
    load: (block, { channels, window }) =>
      `var y${block} = vec4f();
        ${
        repeat(
          taps,
          (tap) =>
            `y${block} = fma(vec4f(${
              window(Math.floor(tap / kernel), tap % kernel)
            }), weights[w_block${block} + ${tap}], y${block});`,
        )
      }
        let c${block} = y${block} - mean${block};
        let passes${block} = fma(c${block}, scale${block}, shift${block}) > vec4f(0.0);
        let g${block} = select(vec4f(0.0), ${channels("dOutput")}, passes${block});
        let dy${block} = fma(scale${block}, g${block}, -fma(c${block}, slope${block}, offset${block}));
        let d${block} = select(vec4f(0.0), dy${block}, exists${block});`,
  };
}

/** Windows that an invocation of the second pass goes through. */
const WINDOWS_EACH = 8;

/**
 * Writes the gradient of the convolution's output over it.
 *
 * dy = scale · (dz − Σ dz / M − x̂ · Σ dz x̂ / M), M examples times positions; 0 for examples that are none.
 */
function activationGradientKernel(activation: Activation): Kernel {
  const { label, lanes, height, width, pool, norm, partial } = activation;
  const { bindings, map, outHeight, outWidth, coefficient, at, search, gradient, reads } = wayBack(
    activation,
  );
  const laneBlocks = lanes / LANES;
  // windows that reach over the edge have no output, but their elements have a gradient
  const down = Math.ceil(height / pool), across = Math.ceil(width / pool);
  const windows = down * across, each = ROWS * WINDOWS_EACH;
  const stores: string[] = [];
  for (let a = 0; a < pool; a++) {
    for (let b = 0; b < pool; b++) {
      const place = a * width + b;
      const conditions = [];
      if (height % pool !== 0 && a > 0) conditions.push(`i + ${a} < ${height}`);
      if (width % pool !== 0 && b > 0) conditions.push(`j + ${b} < ${width}`);
      const store = `let x_hat = (y[start + ${place * lanes}] - coefficient.x) * coefficient.y;
      let dz = ${pool === 1 ? "g" : `select(0.0, g, winner == ${place})`};
      let dy = coefficient.z * (dz - mean_g - x_hat * mean_gx);
      y[start + ${place * lanes}] = select(0.0, dy, n < step.examples);`;
      stores.push(
        conditions.length > 0 ? `if (${conditions.join(" && ")}) { ${store} }` : `{ ${store} }`,
      );
    }
  }
  const whole = [
    ...(down > outHeight ? [`w / ${across} < ${outHeight}`] : []),
    ...(across > outWidth ? [`w % ${across} < ${outWidth}`] : []),
  ].join(" && ");
  const find = `let at = ${at(`w / ${across} * ${outWidth} + w % ${across}`)};
    ${search}
    g = ${gradient};`;
  return defineKernel({
    label: `${label} gradient`,
    bindings: {
      ...bindings,
      y: { ...bindings.y, write: true },
      partials: { buffer: partial.buffer, type: "f32" },
    },
    size: [LANES, ROWS],
    workgroups: [laneBlocks * Math.ceil(windows / each), norm.channels],
    work: { bytes: 4 * lanes * norm.channels * (2 * height * width + reads * map) },
    body: `  let n = group.x % ${laneBlocks} * ${LANES} + local.x;
  let k = group.y;
  let coefficient = ${coefficient};
${meanGradients(activation)}
  let y0 = (trial * ${norm.channels} + k) * ${height * width * lanes} + n;
  let first = group.x / ${laneBlocks} * ${each} + local.y;
  for (var w = first; w < min(first + ${each}, ${windows}); w += ${ROWS}) {
    let i = w / ${across} * ${pool};
    let j = w % ${across} * ${pool};
    let start = y0 + (i * ${width} + j) * ${lanes};
    var g = 0.0;
    var winner = 0u;
    ${whole ? `if (${whole}) {\n    ${find}\n    }` : find}
    ${stores.join("\n    ")}
  }`,
  });
}
