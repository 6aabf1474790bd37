/** What the settlement contract owes the account, and fetching it. */
import { useQuery } from "@tanstack/react-query";
import { encodeFunctionData } from "viem";
import { useConfig, useConnection } from "wagmi";
import { readContract } from "wagmi/actions";
import { abis } from "../../chain/abis";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment } from "../../chain/Wallet";
import { cpy } from "../../ui/format";
import { Button } from "../../ui/kit";
import { say } from "../../ui/toasts";

export function Payout() {
  const deployment = useDeployment();
  const config = useConfig();
  const { address } = useConnection();
  const { send, progress, busy, dismiss } = useTransactions("payout", deployment);
  const settlement = deployment.contracts.Settlement.address;
  const owed = useQuery({
    queryKey: ["owed", address],
    enabled: Boolean(address),
    queryFn: () =>
      readContract(config, { address: settlement, abi: abis.Settlement, functionName: "owed", args: [address!] }),
    refetchInterval: 5_000,
  });

  async function fetchIt(): Promise<void> {
    const data = encodeFunctionData({ abi: abis.Settlement, functionName: "withdraw", args: [address!] });
    const summary = `Withdraw ${cpy(owed.data ?? 0n)} CPY`;
    const step = {
      chain_id: deployment.chainId,
      to: settlement,
      data,
      contract: "Settlement",
      function: "withdraw",
      summary,
    };
    if (await send({ prepare: () => [step] })) say({ kind: "good", text: "The CPY are in your wallet." });
  }

  if (!address)
    return <p className="text-sm text-quiet">Connect the wallet that opened the case to withdraw what you are owed.</p>;
  return (
    <div className="flex flex-col items-start gap-3">
      <Steps progress={progress} onDismiss={dismiss} />
      {owed.data ? (
        <Button busy={busy} onClick={() => void fetchIt()}>
          Withdraw {cpy(owed.data)} CPY
        </Button>
      ) : (
        <p className="text-sm text-quiet">
          {owed.isPending ? "Reading the contract …" : "Nothing is left to withdraw for this account."}
        </p>
      )}
    </div>
  );
}
