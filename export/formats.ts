/**
 * The formats that a trained network can be written in, and how their files are named; `mod.ts` writes them.
 *
 * @module
 */

/** How the files of a format are named. */
export interface Format {
  /** Of the file that was asked for, with its dot. */
  readonly extension: string;
  /** Of those that lie beside it, under the same name. */
  readonly beside?: readonly string[];
}

/** Every format by its name. */
export const FORMATS = {
  onnx: { extension: ".onnx" },
  safetensors: { extension: ".safetensors" },
  pytorch: { extension: ".py", beside: [".safetensors"] },
  json: { extension: ".json" },
} as const satisfies Readonly<Record<string, Format>>;

/** The name of a format. */
export type FormatName = keyof typeof FORMATS;

/** The names of all formats. */
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

/** What pixels are when they enter an ONNX file: 0 to 255, or 0 to 1 as torchvision's `ToTensor` gives them. */
export const PIXEL_TYPES = ["uint8", "float"] as const;
export type PixelType = typeof PIXEL_TYPES[number];
