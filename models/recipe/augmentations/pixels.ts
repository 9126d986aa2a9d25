/**
 * Fields that augmentations have in common.
 *
 * @module
 */
import { number, oneOf } from "../../fields.ts";

/** A pixel's value; courses write `fill=(1,)`, which is 1 of 255. */
export const pixel = number("a whole number from 0 to 255", (v) => Number.isInteger(v) && v >= 0 && v <= 255);

/** A largest angle, to either side. */
export const degrees = number("a number from 0 to 180", (value) => value >= 0 && value <= 180);

/** A part of the image's side. */
export const side = number("a whole number from 1 to 28", (v) => Number.isInteger(v) && v >= 1 && v <= 28);

/** A part of the image's area. */
export const areaShare = number("a number above 0 and at most 1", (value) => value > 0 && value <= 1);

export const interpolation = oneOf("nearest", "bilinear");
