/** Where the contracts are: ABIs are known at build time, addresses at run time, so one build serves every network. */
import { defineChain, type Address, type Chain } from "viem";
import type { abis } from "./abis";

export type ContractName = keyof typeof abis;

/** deployments/<chainId>.json, as the API serves it. */
export interface Deployment {
  readonly chainId: number;
  readonly contracts: Readonly<Record<ContractName, { readonly address: Address; readonly block: number }>>;
}

export const LOCAL_CHAIN = 31337;
export const RPC_PATH = "/api/rpc";

export function chainOf(deployment: Deployment): Chain {
  const local = deployment.chainId === LOCAL_CHAIN;
  return defineChain({
    id: deployment.chainId,
    name: local ? "CopyTrack local chain" : `Chain ${deployment.chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [`${location.origin}${RPC_PATH}`] } },
    testnet: local,
  });
}
