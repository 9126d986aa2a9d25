/**
 * The tiles of Winograd's F(m×m,3×3) for m = 2, 3, 4: their points and the one-dimensional transforms.
 *
 * A tile of m outputs needs n = m + 2 inputs. A row of n inputs d, three weights g and m outputs y are taken for
 * coefficients of polynomials: their values (d's by the transposed interpolation) at n − 1 points and at infinity
 * are multiplied one by one. In matrices, y = Aᵀ (G g ⊙ Bᵀ d), with
 *
 *   A[i,j] = xᵢʲ      G[i,j] = xᵢʲ / Nᵢ      Bᵀ[i,·] = the coefficients of Lᵢ(x) = Π(j≠i) (x − xⱼ)      Nᵢ = Lᵢ(xᵢ)
 *
 * and at infinity A and G take the highest coefficient, Bᵀ those of Π(j) (x − xⱼ). Points come as ±a, so that even
 * and odd parts are shared: a transform of six values is twelve operations.
 *
 * **The points.** Scaling a row of B against one of G by a power of two changes no rounding of float32, so only the
 * points matter. The usual 0, ±1, ±2 of F(4×4,3×3) lie on one side of 1, so that powers of A grow to 8; 0, ±⅝, ±3/2 lie
 * about 1, their powers between 0.24 and 3.4, and every entry of A and B is a float32 still. For F(3×3,3×3) the same holds
 * of 0, ±¾ and 2. Only G's 1/Nᵢ are rounded. Of a dozen pairs tried, bound and error are about the smallest with these.
 *
 * **The error.** Let u = 2⁻²⁴. Each value passes through a few roundings: at most s in a one-dimensional transform, so to
 * first order its result is off by at most s·u·|T||x|, and a two-dimensional one by twice that; a sum over C channels adds
 * at most C·u of its absolute terms. Hence
 *
 *   |ŷ − y| ≤ (C + 2·(s_B + s_G + s_A)) · u · |Aᵀ| (Σ(c) |G||g||Gᵀ| ⊙ |Bᵀ||d||B|) |A|
 *
 * with s_B = 2, s_G = 4, s_A = 3 for m = 3 and 4 (1, 3, 2 for m = 2), and the same with the transposes for the two
 * gradients. The direct method's bound is C·9·u·max|g|·max|d|; the sum above is larger by κ², where κ, how far the absolute
 * matrices exceed the convolution of absolute values in one dimension, is at most 2.7, 6.1 and 7.9 for m = 2, 3, 4 (16
 * with 0, ±1, ±2). Roundings are of either sign, so that errors grow as the root. Of the norm, on uniform random data of
 * either sign and 20 terms in a sum:
 *
 * |  | y | dInput | dWeight |
 * | --- | --: | --: | --: |
 * | F(2×2): 0, ±1 | 1.7e-7 | 1.6e-7 | 1.5e-7 |
 * | F(3×3): 0, ±¾, 2 | 4.6e-7 | 4.6e-7 | 4.1e-7 |
 * | F(4×4): 0, ±⅝, ±3/2 | 5.1e-7 | 5.3e-7 | 5.4e-7 |
 * | F(4×4): 0, ±1, ±2 | 1.1e-6 | 1.1e-6 | 1.2e-6 |
 *
 * `tests/engine/wasm/winograd/tiles_test.ts` counts the roundings and holds bound and table.
 *
 * Source: Lavin and Gray (2015), arXiv:1509.09308; on points and errors, Barabasz, Anderson, Soodhalter and Gregg
 * (2020), ACM TOMS 46(4).
 *
 * @module
 */

/** What a transform is made of, whatever its values are; `c` is a constant. */
export interface Algebra<T> {
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(c: number, a: T): T;
  /** c·a + b */
  multiplyAdd(c: number, a: T, b: T): T;
}

/** A one-dimensional transform of a fixed number of values. */
export type Transform = <T>(v: Algebra<T>, x: readonly T[]) => T[];

/** F(m,3). */
export interface Tile {
  /** m */
  readonly outputs: number;
  /** n = m + 2 */
  readonly points: number;
  /** Bᵀ d: n to n. */
  readonly input: Transform;
  /** B v: n to n. */
  readonly inputGradient: Transform;
  /** Aᵀ v: n to m. */
  readonly output: Transform;
  /** A y: m to n. */
  readonly outputGradient: Transform;
  /** G g: 3 to n. */
  readonly weight: Transform;
  /** Gᵀ u: n to 3. */
  readonly weightGradient: Transform;
}

/** F(2,3): 0, ±1, ∞. */
const two: Tile = {
  outputs: 2,
  points: 4,
  input: (v, [d0, d1, d2, d3]) => [v.subtract(d0, d2), v.add(d1, d2), v.subtract(d2, d1), v.subtract(d3, d1)],
  inputGradient: (v, [v0, v1, v2, v3]) => {
    const odd = v.subtract(v1, v2);
    return [v0, v.subtract(odd, v3), v.subtract(v.add(v1, v2), v0), v3];
  },
  output: (v, [m0, m1, m2, m3]) => [v.add(m0, v.add(m1, m2)), v.add(m3, v.subtract(m1, m2))],
  outputGradient: (v, [y0, y1]) => [y0, v.add(y0, y1), v.subtract(y0, y1), y1],
  weight: (v, [g0, g1, g2]) => {
    const even = v.add(g0, g2);
    return [g0, v.multiply(0.5, v.add(even, g1)), v.multiply(0.5, v.subtract(even, g1)), g2];
  },
  weightGradient: (v, [u0, u1, u2, u3]) => {
    const even = v.multiply(0.5, v.add(u1, u2)), odd = v.multiply(0.5, v.subtract(u1, u2));
    return [v.add(u0, even), odd, v.add(u3, even)];
  },
};

/** F(3,3): 0, ±a, c, ∞. */
function threeAt(a: number, c: number): Tile {
  const aa = a * a;
  /** 1 / Nᵢ */
  const r0 = 1 / (aa * c), rPlus = 1 / (2 * aa * (a - c)), rMinus = -1 / (2 * aa * (a + c));
  const rC = 1 / (c * (c * c - aa));
  return {
    outputs: 3,
    points: 5,
    input: (v, [d0, d1, d2, d3, d4]) => {
      // what the pair shares: (x − c) x² and (x − c) x
      const even = v.multiplyAdd(-c, d2, d3), odd = v.multiplyAdd(-c, d1, d2);
      return [
        v.multiplyAdd(-aa, v.multiplyAdd(-c, d0, d1), even),
        v.multiplyAdd(a, odd, even),
        v.multiplyAdd(-a, odd, even),
        v.multiplyAdd(-aa, d1, d3),
        v.multiplyAdd(-aa, odd, v.multiplyAdd(-c, d3, d4)),
      ];
    },
    inputGradient: (v, [v0, v1, v2, v3, v4]) => {
      const even = v.add(v0, v.add(v1, v2));
      const odd = v.multiplyAdd(-aa, v4, v.multiply(a, v.subtract(v1, v2)));
      return [
        v.multiply(aa * c, v0),
        v.multiplyAdd(-aa, v.add(v0, v3), v.multiply(-c, odd)),
        v.multiplyAdd(-c, even, odd),
        v.multiplyAdd(-c, v4, v.add(even, v3)),
        v4,
      ];
    },
    output: (v, [m0, m1, m2, m3, m4]) => {
      const even = v.add(m1, m2), odd = v.subtract(m1, m2);
      return [
        v.add(m0, v.add(even, m3)),
        v.multiplyAdd(a, odd, v.multiply(c, m3)),
        v.multiplyAdd(aa, even, v.multiplyAdd(c * c, m3, m4)),
      ];
    },
    outputGradient: (v, [y0, y1, y2]) => {
      const even = v.multiplyAdd(aa, y2, y0);
      return [
        y0,
        v.multiplyAdd(a, y1, even),
        v.multiplyAdd(-a, y1, even),
        v.multiplyAdd(c * c, y2, v.multiplyAdd(c, y1, y0)),
        y2,
      ];
    },
    weight: (v, [g0, g1, g2]) => {
      const even = v.multiplyAdd(aa, g2, g0);
      return [
        v.multiply(r0, g0),
        v.multiply(rPlus, v.multiplyAdd(a, g1, even)),
        v.multiply(rMinus, v.multiplyAdd(-a, g1, even)),
        v.multiply(rC, v.multiplyAdd(c * c, g2, v.multiplyAdd(c, g1, g0))),
        g2,
      ];
    },
    weightGradient: (v, [u0, u1, u2, u3, u4]) => {
      const plus = v.multiply(rPlus, u1), minus = v.multiply(rMinus, u2), third = v.multiply(rC, u3);
      const even = v.add(plus, minus);
      return [
        v.multiplyAdd(r0, u0, v.add(even, third)),
        v.multiplyAdd(a, v.subtract(plus, minus), v.multiply(c, third)),
        v.multiplyAdd(aa, even, v.multiplyAdd(c * c, third, u4)),
      ];
    },
  };
}

/** F(4,3): 0, ±a, ±b, ∞. */
function fourAt(a: number, b: number): Tile {
  const aa = a * a, bb = b * b;
  /** 1 / Nᵢ, of the two points of a pair the same. */
  const r0 = 1 / (aa * bb), rA = 1 / (2 * aa * (aa - bb)), rB = 1 / (2 * bb * (bb - aa));
  return {
    outputs: 4,
    points: 6,
    input: (v, [d0, d1, d2, d3, d4, d5]) => {
      const evenA = v.multiplyAdd(-bb, d2, d4), oddA = v.multiplyAdd(-bb, d1, d3);
      const evenB = v.multiplyAdd(-aa, d2, d4), oddB = v.multiplyAdd(-aa, d1, d3);
      return [
        v.multiplyAdd(aa * bb, d0, v.multiplyAdd(-(aa + bb), d2, d4)),
        v.multiplyAdd(a, oddA, evenA),
        v.multiplyAdd(-a, oddA, evenA),
        v.multiplyAdd(b, oddB, evenB),
        v.multiplyAdd(-b, oddB, evenB),
        v.multiplyAdd(aa * bb, d1, v.multiplyAdd(-(aa + bb), d3, d5)),
      ];
    },
    inputGradient: (v, [v0, v1, v2, v3, v4, v5]) => {
      const evenA = v.add(v1, v2), oddA = v.multiply(a, v.subtract(v1, v2));
      const evenB = v.add(v3, v4), oddB = v.multiply(b, v.subtract(v3, v4));
      return [
        v.multiply(aa * bb, v0),
        v.multiplyAdd(aa * bb, v5, v.multiplyAdd(-bb, oddA, v.multiply(-aa, oddB))),
        v.multiplyAdd(-(aa + bb), v0, v.multiplyAdd(-bb, evenA, v.multiply(-aa, evenB))),
        v.multiplyAdd(-(aa + bb), v5, v.add(oddA, oddB)),
        v.add(v0, v.add(evenA, evenB)),
        v5,
      ];
    },
    output: (v, [m0, m1, m2, m3, m4, m5]) => {
      const evenA = v.add(m1, m2),
        oddA = v.subtract(m1, m2),
        evenB = v.add(m3, m4),
        oddB = v.subtract(m3, m4);
      return [
        v.add(m0, v.add(evenA, evenB)),
        v.multiplyAdd(b, oddB, v.multiply(a, oddA)),
        v.multiplyAdd(bb, evenB, v.multiply(aa, evenA)),
        v.multiplyAdd(b * bb, oddB, v.multiplyAdd(a * aa, oddA, m5)),
      ];
    },
    outputGradient: (v, [y0, y1, y2, y3]) => {
      const evenA = v.multiplyAdd(aa, y2, y0), oddA = v.multiplyAdd(aa, y3, y1);
      const evenB = v.multiplyAdd(bb, y2, y0), oddB = v.multiplyAdd(bb, y3, y1);
      return [
        y0,
        v.multiplyAdd(a, oddA, evenA),
        v.multiplyAdd(-a, oddA, evenA),
        v.multiplyAdd(b, oddB, evenB),
        v.multiplyAdd(-b, oddB, evenB),
        y3,
      ];
    },
    weight: (v, [g0, g1, g2]) => {
      const evenA = v.multiplyAdd(aa, g2, g0), evenB = v.multiplyAdd(bb, g2, g0);
      return [
        v.multiply(r0, g0),
        v.multiply(rA, v.multiplyAdd(a, g1, evenA)),
        v.multiply(rA, v.multiplyAdd(-a, g1, evenA)),
        v.multiply(rB, v.multiplyAdd(b, g1, evenB)),
        v.multiply(rB, v.multiplyAdd(-b, g1, evenB)),
        g2,
      ];
    },
    weightGradient: (v, [u0, u1, u2, u3, u4, u5]) => {
      const evenA = v.multiply(rA, v.add(u1, u2)), oddA = v.multiply(rA, v.subtract(u1, u2));
      const evenB = v.multiply(rB, v.add(u3, u4)), oddB = v.multiply(rB, v.subtract(u3, u4));
      return [
        v.multiplyAdd(r0, u0, v.add(evenA, evenB)),
        v.multiplyAdd(b, oddB, v.multiply(a, oddA)),
        v.multiplyAdd(bb, evenB, v.multiplyAdd(aa, evenA, u5)),
      ];
    },
  };
}

/** Smallest first. */
export const TILES: readonly Tile[] = [two, threeAt(0.75, 2), fourAt(0.625, 1.5)];
