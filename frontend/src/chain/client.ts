/** Reading the chain: through the API's passage by default, or through any EIP-1193 provider (a wallet's own node). */
import { createPublicClient, custom, http, type EIP1193Provider, type PublicClient } from "viem";
import { chainOf, RPC_PATH, type Deployment } from "./contracts";

export function readChain(deployment: Deployment, provider?: EIP1193Provider): PublicClient {
  const transport = provider
    ? custom(provider)
    : http(`${location.origin}${RPC_PATH}`, { batch: true, timeout: 20_000 });
  return createPublicClient({ chain: chainOf(deployment), transport });
}
