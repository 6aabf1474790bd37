/** The running stack, as tests/e2e/stack.py describes it. */
import { readFileSync } from "node:fs";
import { createPublicClient, defineChain, http, type Hex } from "viem";
import { abis } from "../../frontend/src/chain/abis";

interface SeededCase {
  readonly id: string;
  readonly token: string;
  readonly code: string;
  readonly licence?: string;
}

interface Stack {
  readonly url: string;
  readonly rpc: string;
  readonly keys: Readonly<Record<"photographer" | "agency" | "imageUser" | "poor", Hex>>;
  readonly photos: readonly string[];
  readonly copiesOfEach: number;
  readonly cases: Readonly<Record<"contest" | "licence" | "poor" | "reload", SeededCase>>;
}

export const stack = JSON.parse(readFileSync(process.env.E2E_STACK!, "utf8")) as Stack;

export const chain = defineChain({
  id: 31337,
  name: "local",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [stack.rpc] } },
});

export const node = createPublicClient({ chain, transport: http(stack.rpc) });

/** Addresses of the contracts, asked of the API. */
export async function addresses(): Promise<Record<keyof typeof abis, Hex>> {
  const answer = await fetch(`${stack.url}/api/deployment`);
  const told = (await answer.json()) as { deployment: { contracts: Record<keyof typeof abis, { address: Hex }> } };
  return Object.fromEntries(Object.entries(told.deployment.contracts).map(([name, at]) => [name, at.address])) as never;
}

export async function cpyOf(account: Hex): Promise<bigint> {
  const { CPYToken } = await addresses();
  return node.readContract({ address: CPYToken, abi: abis.CPYToken, functionName: "balanceOf", args: [account] });
}
