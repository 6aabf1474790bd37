import { getAddress, type Address } from "viem";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../chain/contracts";
import { problemOf } from "./transfer";

const address = (byte: string): Address => getAddress(`0x${byte.repeat(20)}`);
const SELF = address("a1");
const names = ["CPYToken", "Settlement", "LicenseLedger", "WorkRegistry", "KeyDirectory"];
const contracts = Object.fromEntries(
  names.map((name, at) => [name, { address: address(`c${at}`), block: 1 }]),
) as unknown as Deployment["contracts"];
const asked = (to: string, amount = "1", wei: bigint | null = 10n ** 18n): string | null =>
  problemOf({ to, amount, wei }, SELF, 5n * 10n ** 18n, contracts);

describe("a transfer of CPY", () => {
  it("to a person is fine", () => {
    expect(asked(address("b2"))).toBeNull();
    expect(asked(`  ${address("b2").toLowerCase()} `)).toBeNull();
  });

  it("to any contract of ours is refused, however the address is written", () => {
    for (const [name, { address: at }] of Object.entries(contracts)) {
      for (const written of [at, at.toLowerCase(), ` ${at} `]) {
        expect(asked(written), name).toMatch(/would be lost/);
        expect(asked(written, "")).toMatch(/would be lost/);
      }
      if (name !== "CPYToken") expect(asked(at)).toContain(name);
    }
  });

  it("to the zero address is refused", () => {
    expect(asked(`0x${"0".repeat(40)}`)).toMatch(/zero address/);
  });

  it("needs an address, an amount, and the CPY", () => {
    expect(asked("0x123")).toMatch(/recipient’s address/);
    expect(asked(SELF)).toBe("This is your own address.");
    expect(asked(address("b2"), "")).toBe("Enter an amount.");
    expect(asked(address("b2"), "0", 0n)).toMatch(/^Enter an amount greater than zero/);
    expect(asked(address("b2"), "6", 6n * 10n ** 18n)).toBe("This account has only 5 CPY.");
  });
});
