/** A batch that is dated on-chain and whose certificates are not all minted yet. */
import { useDeployment } from "../../chain/Wallet";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { api, told, type Schemas } from "../../api/client";
import { plural, when } from "../../ui/format";
import { Button } from "../../ui/kit";
import { say } from "../../ui/toasts";

export function UnclaimedBatch({ batch }: { batch: Schemas["KnownBatch"] }) {
  const { send, progress, busy, dismiss } = useTransactions(`batch:${batch.id}`, useDeployment());

  async function claim(): Promise<void> {
    const params = { path: { draft_id: batch.id } };
    const done = await send({
      asHolder: true,
      prepare: () => told(api.GET("/api/works/batches/{draft_id}/claims", { params })),
    });
    if (done) say({ kind: "good", text: "The certificates are yours. Their copies are looked for from now on." });
  }

  return (
    <section className="flex flex-col gap-3 rounded-2xl bg-accent-soft p-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm">
          <strong>{plural(batch.unclaimed, "certificate")} to claim.</strong> The batch of {when(batch.created_at)} is
          dated on-chain; a claimed work is looked for.
        </p>
        <Button busy={busy} onClick={() => void claim()}>
          Claim {plural(batch.unclaimed, "certificate")}
        </Button>
      </div>
      <Steps progress={progress} onDismiss={dismiss} />
    </section>
  );
}
