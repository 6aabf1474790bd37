/** What a contract owes the account, and fetching it. */
import { useQuery } from "@tanstack/react-query";
import { useConfig, useConnection } from "wagmi";
import { readContract } from "wagmi/actions";
import { abis } from "../../chain/abis";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment } from "../../chain/Wallet";
import { cpy } from "../../ui/format";
import { Button } from "../../ui/kit";
import { say } from "../../ui/toasts";
import { withdrawal, type Vault } from "./vaults";

interface Props {
  readonly vault: Vault;
  /** Said while no wallet is connected. */
  readonly whoConnects: string;
}

export function Payout({ vault, whoConnects }: Props) {
  const deployment = useDeployment();
  const config = useConfig();
  const { address } = useConnection();
  const { send, progress, busy, dismiss } = useTransactions(`payout:${vault}`, deployment);
  const owed = useQuery({
    queryKey: ["owed", vault, address],
    enabled: Boolean(address),
    queryFn: () =>
      readContract(config, {
        address: deployment.contracts[vault].address,
        abi: abis[vault],
        functionName: "owed",
        args: [address!],
      }),
    refetchInterval: 5_000,
  });

  async function fetchIt(): Promise<void> {
    const step = withdrawal(deployment, vault, address!, owed.data ?? 0n);
    if (await send({ prepare: () => [step] })) say({ kind: "good", text: "The CPY is in your wallet." });
  }

  if (!address) return <p className="text-sm text-quiet">{whoConnects}</p>;
  return (
    <div className="flex flex-col items-start gap-3">
      <Steps progress={progress} onDismiss={dismiss} />
      {owed.data ? (
        <Button busy={busy} onClick={() => void fetchIt()}>
          Withdraw {cpy(owed.data)} CPY
        </Button>
      ) : (
        <p className="text-sm text-quiet">
          {owed.isPending ? "Reading the contract…" : "This account has nothing left to withdraw."}
        </p>
      )}
    </div>
  );
}
