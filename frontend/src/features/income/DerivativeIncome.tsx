/** What a work earned through works that derive from it: shared out, and the owner's part fetched. */
import { useQuery } from "@tanstack/react-query";
import type { Hex } from "viem";
import { useConfig, useConnection } from "wagmi";
import { readContract } from "wagmi/actions";
import { abis } from "../../chain/abis";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment } from "../../chain/Wallet";
import { cpy } from "../../ui/format";
import { Button } from "../../ui/kit";
import { say } from "../../ui/toasts";
import { distribution, VAULTS } from "./vaults";

export function DerivativeIncome({ workId }: { workId: Hex }) {
  const deployment = useDeployment();
  const config = useConfig();
  const { address } = useConnection();
  const { send, progress, busy, dismiss } = useTransactions(`income:${workId}`, deployment);
  const waiting = useQuery({
    queryKey: ["waiting", workId],
    refetchInterval: 5_000,
    queryFn: async () => {
      const found = await Promise.all(
        VAULTS.map((vault) =>
          readContract(config, {
            address: deployment.contracts[vault].address,
            abi: abis[vault],
            functionName: "waitingFor",
            args: [workId],
          }),
        ),
      );
      return VAULTS.map((vault, place) => ({
        vault,
        amount: found[place]!.undistributed + found[place]!.owners,
      })).filter(({ amount }) => amount > 0n);
    },
  });
  const all = (waiting.data ?? []).reduce((sum, { amount }) => sum + amount, 0n);
  if (all === 0n) return null;

  async function share(): Promise<void> {
    const steps = waiting.data!.map(({ vault, amount }) => distribution(deployment, vault, workId, amount));
    if (await send({ prepare: () => steps, asHolder: true })) {
      say({ kind: "good", text: "Shared out. Withdraw your share on the CPY page." });
      await waiting.refetch();
    }
  }

  return (
    <div className="mt-5 flex flex-col items-start gap-3 rounded-xl bg-sunken p-4 text-sm">
      <p>
        <strong>{cpy(all)} CPY</strong> has come in through works derived from this one. Share it out between you and
        any co-owners before you sell the certificate. Anything you don’t share out passes to the new owner.
      </p>
      <Steps progress={progress} onDismiss={dismiss} />
      <Button busy={busy} disabled={!address} onClick={() => void share()}>
        Share out {cpy(all)} CPY
      </Button>
    </div>
  );
}
