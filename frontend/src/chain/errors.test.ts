import { encodeErrorResult } from "viem";
import { describe, expect, it } from "vitest";
import { abis } from "./abis";
import { isRejection, sentenceOfChain, sentenceOfRevert, sentences } from "./errors";

const errors = Object.values(abis).flatMap((abi) =>
  abi.filter((entry): entry is Extract<typeof entry, { type: "error" }> => entry.type === "error"),
);

describe("every error of every contract has a sentence", () => {
  it.each([...new Set(errors.map((error) => error.name))])("%s", (name) => {
    expect(sentences[name], `write a sentence for ${name} in chain/errors.ts`).toBeDefined();
  });

  it("and no sentence is for an error that is gone", () => {
    const known = new Set<string>(errors.map((error) => error.name));
    expect(Object.keys(sentences).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("what a user is told", () => {
  it("names amounts", () => {
    const args = ["0x0000000000000000000000000000000000000001", 5n * 10n ** 17n, 5000n * 10n ** 18n] as const;
    const data = encodeErrorResult({ abi: abis.CPYToken, errorName: "ERC20InsufficientBalance", args });
    expect(sentenceOfRevert(data)).toBe("You need 5000 CPY; this account has 0.5 CPY.");
  });

  it("is silent about a rejection, however deep it is wrapped", () => {
    expect(isRejection({ cause: { cause: { code: 4001 } } })).toBe(true);
    expect(isRejection({ code: -32603 })).toBe(false);
  });

  it("says what to do without ether", () => {
    expect(sentenceOfChain(new Error("insufficient funds for gas * price + value"))).toMatch(/enough ether/);
  });
});
