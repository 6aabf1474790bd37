/** How a found picture is laid onto the work: the match's transform as a CSS matrix. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A 3 × 3 matrix, row by row. */
type Matrix = readonly number[];

/**
 * `transform` maps the picture (mirrored first, if so), in units of its size, onto the work in units of its size. The
 * result maps CSS pixels of the found picture's box onto those of the work's box, both with their origin at the top left.
 */
export function alignment(transform: Matrix, mirrored: boolean, found: Size, work: Size): string {
  const intoUnits: Matrix = [1 / found.width, 0, 0, 0, 1 / found.height, 0, 0, 0, 1];
  const flip: Matrix = mirrored ? [-1, 0, 1, 0, 1, 0, 0, 0, 1] : [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const outOfUnits: Matrix = [work.width, 0, 0, 0, work.height, 0, 0, 0, 1];
  const m = multiply(outOfUnits, multiply(transform, multiply(flip, intoUnits)));
  const at = (row: number, column: number): number => round(m[row * 3 + column]!);
  const columns = [
    [at(0, 0), at(1, 0), 0, at(2, 0)],
    [at(0, 1), at(1, 1), 0, at(2, 1)],
    [0, 0, 1, 0],
    [at(0, 2), at(1, 2), 0, at(2, 2)],
  ];
  return `matrix3d(${columns.flat().join(",")})`;
}

function multiply(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, i) => {
    const row = Math.floor(i / 3) * 3;
    const column = i % 3;
    return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  });
}

/** CSS takes no exponents of some engines' liking; eight decimals are far below a pixel. */
function round(value: number): number {
  return Number(value.toFixed(8));
}
