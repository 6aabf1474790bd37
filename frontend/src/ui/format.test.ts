import { describe, expect, it } from "vitest";
import openapi from "../../openapi.json";
import { cpy, largestMoney, likelihood, parseCpy, parseMoney, plural } from "./format";

const minor = (text: string, decimals = 2): unknown => {
  const read = parseMoney(text, decimals);
  return "minor" in read ? read.minor : read.problem;
};

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

  it("of CPY with a decimal comma are refused, not multiplied", () => {
    expect(parseCpy("12,5")).toBeNull();
  });

  it("become minor units exactly", () => {
    expect([minor("250"), minor("0.07"), minor("1,999.9"), minor("5", 0)]).toEqual([25_000, 7, 199_990, 5]);
  });

  it("are read with a decimal comma as with a point", () => {
    for (const text of ["250,50", "250.50", "250,5", " 250,50 ", "00250,50"]) expect(minor(text), text).toBe(25_050);
    for (const text of ["1,234.50", "1.234,50", "1 234,50", "1\u00a0234.50", "1’234.50", "1234,5"])
      expect(minor(text), text).toBe(123_450);
    for (const text of ["1,234", "1 234", "1234"]) expect(minor(text), text).toBe(123_400);
    for (const text of ["1,234,567", "1.234.567"]) expect(minor(text), text).toBe(123_456_700);
  });

  it("that are none, nothing, too fine or too large are told apart", () => {
    for (const text of ["", " ", "-5", "abc", "1e5", "1.2.3", "1,2,3", "12,34.5", "1.234,567.8", "250 EUR", "١٢"])
      expect(minor(text), text).toBe("none");
    for (const text of ["0", "0,00", "0.0", "000"]) expect(minor(text), text).toBe("zero");
    for (const text of ["1.005", "1,0050", "1.234", "0,001"]) expect(minor(text), text).toBe("decimals");
    expect([minor("5.5", 0), minor("5,50", 0), minor("5,500", 0)]).toEqual(["decimals", "decimals", 5_500]);
    for (const text of ["99999999999", "1000000000", "1,000,000,000.00"]) expect(minor(text), text).toBe("large");
  });

  it("reach to the largest that is told, and the API and the contracts take that", () => {
    const taken = openapi.components.schemas.Claim.properties.amount;
    for (const decimals of [0, 2]) {
      const largest = largestMoney(decimals);
      expect(minor(decimals ? "999999999.99" : "999999999", decimals)).toBe(largest);
      expect(largest).toBeLessThan(taken.exclusiveMaximum);
      expect(largest).toBeLessThan(2 ** 48);
    }
  });
});

it("counts in words", () => {
  expect([plural(1, "work"), plural(2, "work"), plural(0, "copy", "copies")]).toEqual([
    "1 work",
    "2 works",
    "0 copies",
  ]);
});

describe("the likelihood of a match", () => {
  it("has a word, and never claims certainty", () => {
    expect([1, 0.9995, 0.9951, 0.96, 0.8742, 0.2].map(likelihood)).toEqual([
      "Almost certain (over 99.9%)",
      "Almost certain (over 99.9%)",
      "Almost certain (99.5%)",
      "Very likely (96.0%)",
      "Likely (87.4%)",
      "Possible (20.0%)",
    ]);
  });
});
