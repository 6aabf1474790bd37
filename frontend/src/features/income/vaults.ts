/** The contracts that owe CPY, and the transactions that fetch them. */
import { encodeFunctionData, type Address, type Hex } from "viem";
import type { Prepared } from "../../api/client";
import { abis } from "../../chain/abis";
import type { Deployment } from "../../chain/contracts";
import { cpy } from "../../ui/format";

/** Licences are paid to one, cases to the other. */
export const VAULTS = ["LicenseLedger", "Settlement"] as const;
export type Vault = (typeof VAULTS)[number];

export function withdrawal(deployment: Deployment, vault: Vault, to: Address, amount: bigint): Prepared {
  const data = encodeFunctionData({ abi: abis[vault], functionName: "withdraw", args: [to] });
  return call(deployment, vault, "withdraw", data, `Withdraw ${cpy(amount)} CPY`);
}

export function distribution(deployment: Deployment, vault: Vault, workId: Hex, amount: bigint): Prepared {
  const data = encodeFunctionData({ abi: abis[vault], functionName: "distribute", args: [workId] });
  return call(deployment, vault, "distribute", data, `Share out ${cpy(amount)} CPY`);
}

function call(deployment: Deployment, contract: Vault, name: string, data: Hex, summary: string): Prepared {
  const to = deployment.contracts[contract].address;
  return { chain_id: deployment.chainId, to, data, contract, function: name, summary };
}
