/** ABIs of the deployed contracts, as exported by scripts/setup/export_abis.py. */
import CPYToken from "../../deployments/abi/CPYToken.json";
import EvidenceOracle from "../../deployments/abi/EvidenceOracle.json";
import KeyDirectory from "../../deployments/abi/KeyDirectory.json";
import LicenseLedger from "../../deployments/abi/LicenseLedger.json";
import OfferBook from "../../deployments/abi/OfferBook.json";
import Settlement from "../../deployments/abi/Settlement.json";
import VerifierHub from "../../deployments/abi/VerifierHub.json";
import WorkRegistry from "../../deployments/abi/WorkRegistry.json";

export const abis = {
  CPYToken,
  EvidenceOracle,
  KeyDirectory,
  LicenseLedger,
  OfferBook,
  Settlement,
  VerifierHub,
  WorkRegistry,
} as const;

/** deployments/<chainId>.json, served by the API at run time. */
export interface Deployment {
  readonly chainId: number;
  readonly contracts: Readonly<
    Record<keyof typeof abis, { readonly address: `0x${string}`; readonly block: number; readonly abiSha256: string }>
  >;
}
