/** Registers the chosen works: one by its own transaction, several as a batch. */
import { useDeployment } from "../../chain/Wallet";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { api, told, type Work } from "../../api/client";
import { plural } from "../../ui/format";
import { Button } from "../../ui/kit";
import { say } from "../../ui/toasts";

export function RegisterBar({ works, onDone }: { works: readonly Work[]; onDone(): void }) {
  const { send, progress, busy, dismiss } = useTransactions("register", useDeployment());
  const one = works.length === 1 ? works[0]! : null;

  async function register(): Promise<void> {
    const done = await send({
      asHolder: true,
      prepare: async () => {
        if (one) {
          const path = { upload_id: one.id };
          return [await told(api.GET("/api/works/{upload_id}/registration", { params: { path } }))];
        }
        const drafted = await told(api.POST("/api/works/batches", { body: { works: works.map((work) => work.id) } }));
        return [drafted.transaction];
      },
    });
    if (done) {
      say({
        kind: "good",
        text: one
          ? `“${one.title}” is registered.`
          : `${plural(works.length, "work")} are dated. Now claim their certificates.`,
      });
      onDone();
    }
  }

  return (
    <div className="sticky bottom-20 z-20 mt-6 flex flex-col gap-3 rounded-2xl border border-line bg-surface p-4 shadow-xl sm:bottom-6">
      <Steps progress={progress} onDismiss={dismiss} />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm">
          <strong>{plural(works.length, "work")}</strong> chosen.{" "}
          <span className="text-quiet">
            {one
              ? "One transaction mints its certificate."
              : "One transaction dates all of them, whatever their number."}
          </span>
        </p>
        <div className="flex gap-2">
          <Button look="quiet" onClick={onDone} disabled={busy}>
            Cancel
          </Button>
          <Button busy={busy} onClick={() => void register()}>
            {one ? "Register" : `Register ${works.length} as a batch`}
          </Button>
        </div>
      </div>
    </div>
  );
}
