import { describe, expect, it } from "vitest";
import { alignment } from "./align";

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Applies a matrix3d to a point, as a browser does. */
function apply(css: string, x: number, y: number): [number, number] {
  const m = css.slice(9, -1).split(",").map(Number);
  const w = m[3]! * x + m[7]! * y + m[15]!;
  return [(m[0]! * x + m[4]! * y + m[12]!) / w, (m[1]! * x + m[5]! * y + m[13]!) / w];
}

describe("a found picture is laid onto the work", () => {
  it("whole onto whole", () => {
    const css = alignment(IDENTITY, false, { width: 300, height: 200 }, { width: 600, height: 400 });
    expect(apply(css, 300, 200)).toEqual([600, 400]);
  });

  it("mirrored: its left edge lands on the right", () => {
    const css = alignment(IDENTITY, true, { width: 300, height: 200 }, { width: 600, height: 400 });
    const [x, y] = apply(css, 0, 100);
    expect([Math.round(x), Math.round(y)]).toEqual([600, 200]);
  });

  it("cropped: half of the work fills the picture", () => {
    const right = [0.5, 0, 0.5, 0, 1, 0, 0, 0, 1];
    const css = alignment(right, false, { width: 200, height: 200 }, { width: 400, height: 200 });
    expect(apply(css, 0, 0)).toEqual([200, 0]);
    expect(apply(css, 200, 200)).toEqual([400, 200]);
  });

  it("in perspective", () => {
    const tilted = [1, 0, 0, 0, 1, 0, 0.5, 0, 1];
    const [x] = apply(alignment(tilted, false, { width: 100, height: 100 }, { width: 100, height: 100 }), 100, 0);
    expect(x).toBeCloseTo(100 / 1.5, 4);
  });
});
