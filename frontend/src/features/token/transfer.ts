/** What is wrong with a transfer, told before anything is sent. */
import { isAddress, isAddressEqual, zeroAddress, type Address } from "viem";
import type { Deployment } from "../../chain/contracts";
import { cpy } from "../../ui/format";

export interface Transfer {
  readonly to: string;
  readonly amount: string;
  /** The amount in wei, null where it is none. */
  readonly wei: bigint | null;
}

/** A sentence, or null if it can be sent. `has`: CPY wei of the sender, undefined while it is not known. */
export function problemOf(
  { to, amount, wei }: Transfer,
  self: Address,
  has: bigint | undefined,
  contracts: Deployment["contracts"],
): string | null {
  const receiver = to.trim();
  if (!isAddress(receiver))
    return "Enter the recipient’s address: 0x followed by 40 hex digits, with a correct checksum.";
  if (isAddressEqual(receiver, self)) return "This is your own address.";
  if (isAddressEqual(receiver, zeroAddress)) {
    return "This is the zero address. Nobody has its key, so any CPY sent there would be lost.";
  }
  const contract = Object.entries(contracts).find(([, at]) => isAddressEqual(at.address, receiver))?.[0];
  if (contract === "CPYToken") {
    return "This is the CPY contract itself. It can’t send CPY on, so the CPY would be lost. Enter a person’s address.";
  }
  if (contract) {
    return `This is CopyTrack’s contract ${contract}. It can’t return CPY sent this way, so the CPY would be lost. To make a payment or a deposit, use its own button.`;
  }
  if (!amount.trim()) return "Enter an amount.";
  if (wei === null || wei === 0n)
    return "Enter an amount greater than zero, such as 12 or 12.5. Use a decimal point and at most 18 decimal places.";
  if (has !== undefined && wei > has) return `This account has only ${cpy(has)} CPY.`;
  return null;
}
