/** Reading the chain: through the API's passage by default, or through any EIP-1193 provider (a wallet's own node). */
import { createPublicClient, custom, type EIP1193Provider, type PublicClient } from "viem";
import { chainOf, type Deployment } from "./contracts";
import { passage } from "./passage";

export function readChain(deployment: Deployment, provider?: EIP1193Provider): PublicClient {
  const transport = provider ? custom(provider) : passage({ batch: true, timeout: 20_000 });
  return createPublicClient({ chain: chainOf(deployment), transport });
}
