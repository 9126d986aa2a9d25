/**
 * What an iteration is: a model, layer by layer, with the recipe that trains it, as plain data.
 *
 * @module
 */

/**
 * One layer of a network, in the order in which an image passes through.
 *
 * A `conv` layer is a stride-1 convolution with bias, followed by batch norm and ReLU.
 */
export type Layer =
  | { readonly kind: "conv"; readonly out: number; readonly kernel: number; readonly padding?: number }
  | { readonly kind: "maxPool"; readonly size: number }
  | { readonly kind: "dropout"; readonly p: number }
  | { readonly kind: "channelDropout"; readonly p: number }
  | { readonly kind: "flatten" }
  | { readonly kind: "globalAveragePool" }
  | { readonly kind: "linear"; readonly out: number };

/** How parameters are updated; the meaning is PyTorch's `Adam` and `SGD`. */
export type Optimizer =
  | {
    readonly kind: "adam";
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
  }
  | {
    readonly kind: "sgd";
    readonly learningRate: number;
    readonly momentum: number;
    readonly weightDecay: number;
  };

/** How the learning rate moves; the meaning is PyTorch's `StepLR` (per epoch) and `OneCycleLR` (per step). */
export type Schedule =
  | { readonly kind: "constant" }
  | { readonly kind: "step"; readonly epochs: number; readonly factor: number }
  | { readonly kind: "oneCycle"; readonly maxLearningRate: number; readonly warmUp: number };

/** One random change of a training image (uint8, 28×28), applied in list order; the meaning is torchvision's. */
export type Augmentation =
  | { readonly kind: "centerCropResize"; readonly p: number; readonly size: number }
  | { readonly kind: "rotate"; readonly degrees: number }
  | { readonly kind: "translate"; readonly fraction: number };

/** Pixels enter the network as (pixel / 255 − mean) / deviation. */
export interface Normalization {
  readonly mean: number;
  readonly deviation: number;
}

/** The training recipe. `epochs` is the schedule's length as well. */
export interface Training {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly augmentation: readonly Augmentation[];
  readonly trainNormalization: Normalization;
  readonly testNormalization: Normalization;
}

/** What the benchmark asserts; accuracies are fractions. */
export interface Criteria {
  /** Lowest final test accuracy in the reference results minus 0.0015; absent while there is no reference. */
  readonly finalAccuracyFloor?: number;
  /** Least share of trials that reach 99.4 % test accuracy within `epochs`; absent where that is not expected. */
  readonly shareReachingTarget?: number;
}

/** What was published about an iteration; accuracies are fractions. */
export interface Claim {
  readonly parameters: number;
  readonly bestTestAccuracy: number;
  readonly epoch: number;
  readonly testAccuracies?: readonly number[];
  readonly trainAccuracies?: readonly number[];
  readonly firstTestAccuracy?: number;
  /** Test accuracy of each digit, where published. */
  readonly perClass?: Readonly<Record<number, number>>;
}

/** A numbered model with the recipe that trains it. */
export interface Iteration {
  readonly id: number;
  readonly title: string;
  readonly layers: readonly Layer[];
  /** Trainable parameters; asserted when the model is built. */
  readonly parameters: number;
  readonly training: Training;
  readonly criteria: Criteria;
  readonly claim: Claim;
}
