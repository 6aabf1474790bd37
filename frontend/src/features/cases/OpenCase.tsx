/** Opens a claimed case on-chain: attestation, bond, opening. */
import { useQuery } from "@tanstack/react-query";
import { useConfig } from "wagmi";
import { readContract } from "wagmi/actions";
import { abis } from "../../chain/abis";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment } from "../../chain/Wallet";
import { api, told, type Case } from "../../api/client";
import { cpy } from "../../ui/format";
import { Button, Card } from "../../ui/kit";
import { say } from "../../ui/toasts";

export function OpenCase({ found }: { found: Case }) {
  const deployment = useDeployment();
  const config = useConfig();
  const { send, progress, busy, dismiss } = useTransactions(`open:${found.id}`, deployment);
  const bond = useQuery({
    queryKey: ["bond"],
    queryFn: () =>
      readContract(config, {
        address: deployment.contracts.Settlement.address,
        abi: abis.Settlement,
        functionName: "bond",
      }),
  });

  async function open(): Promise<void> {
    const params = { path: { case_id: found.id } };
    const done = await send({
      asHolder: true,
      prepare: () => told(api.GET("/api/cases/{case_id}/opening", { params })),
      ...(bond.data ? { needs: bond.data } : {}),
    });
    if (done) say({ kind: "good", text: "The case is open. Send the code or link to the image user." });
  }

  return (
    <Card title="Open the case on-chain">
      <p className="mb-4 text-sm">
        You open the case from your own wallet. That is your mandate to pursue the claim, and the image user can check
        it. A verifier examines your original and attests that it is yours. You deposit a bond
        {bond.data === undefined ? "" : ` of ${cpy(bond.data)} CPY`}. You get it back unless the panel finds abuse.
      </p>
      <div className="flex flex-col gap-3">
        <Steps progress={progress} onDismiss={dismiss} />
        <div>
          <Button busy={busy} onClick={() => void open()}>
            Open the case for {found.demand}
          </Button>
        </div>
      </div>
    </Card>
  );
}
