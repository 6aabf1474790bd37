import { describe, expect, it } from "vitest";
import { cpy, parseCpy, parseMoney, plural } from "./format";

describe("amounts", () => {
  it("lose no digit on the way to the screen and back", () => {
    for (const wei of [0n, 1n, 10n ** 18n, 1_234_567n * 10n ** 18n + 5n, 999_999_999_999_999_999n]) {
      expect(parseCpy(cpy(wei))).toBe(wei);
    }
    expect(cpy(1_500n * 10n ** 18n + 5n * 10n ** 17n)).toBe("1,500.5");
  });

  it("are refused when they are none", () => {
    for (const text of ["", "-1", "1.2.3", "1e5", "abc", "1.0000000000000000001"]) expect(parseCpy(text)).toBeNull();
  });

  it("with a decimal comma are refused, not multiplied", () => {
    expect(parseMoney("250,00", 2)).toBeNull();
    expect(parseCpy("12,5")).toBeNull();
    expect(parseMoney("1,234.50", 2)).toBe(123_450);
  });

  it("become minor units exactly", () => {
    expect(parseMoney("250", 2)).toBe(25_000);
    expect(parseMoney("0.07", 2)).toBe(7);
    expect(parseMoney("1,999.9", 2)).toBe(199_990);
    expect(parseMoney("5", 0)).toBe(5);
    expect(parseMoney("5.5", 0)).toBeNull();
    expect(parseMoney("1.005", 2)).toBeNull();
  });
});

it("counts in words", () => {
  expect([plural(1, "work"), plural(2, "work"), plural(0, "copy", "copies")]).toEqual([
    "1 work",
    "2 works",
    "0 copies",
  ]);
});
