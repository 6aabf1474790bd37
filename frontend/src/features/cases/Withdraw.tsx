/** Gives a claim up. */
import { useState } from "react";
import { usePending } from "../../chain/pending";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment } from "../../chain/Wallet";
import { api, told, type Case } from "../../api/client";
import { Button, Dialog } from "../../ui/kit";
import { say } from "../../ui/toasts";

/** What becomes of the bond, if there is one. The contract keeps that of a contested case until the panel has ruled. */
function bondWords(found: Case): string {
  if (found.chain_case_id === null) return "";
  if (found.state !== "contested") return "You get your bond back.";
  return "You get your bond back once the panel has ruled, unless it finds abuse.";
}

export function Withdraw({ found, bare = false }: { found: Case; bare?: boolean }) {
  const { send, progress, busy, dismiss } = useTransactions(`close:${found.id}`, useDeployment());
  // What is being opened cannot be withdrawn at the same time.
  const opening = usePending(`open:${found.id}`);
  const [asking, setAsking] = useState(false);

  async function withdraw(): Promise<void> {
    setAsking(false);
    const params = { path: { case_id: found.id } };
    const done = await send({
      asHolder: true,
      prepare: async () => {
        const transaction = await told(api.POST("/api/cases/{case_id}/withdrawal", { params }));
        return transaction ? [transaction] : [];
      },
    });
    if (done) say({ kind: "good", text: "The case has been withdrawn." });
  }

  return (
    <div className="flex flex-col items-start gap-3">
      <Steps progress={progress} onDismiss={dismiss} />
      <Button look={bare ? "main" : "danger"} busy={busy || opening} onClick={() => setAsking(true)}>
        Withdraw the case
      </Button>
      {asking && (
        <Dialog title="Withdraw the case?" onClose={() => setAsking(false)}>
          <p className="text-sm">
            The image user will see that you no longer ask them for anything. {bondWords(found)}
          </p>
          <div className="mt-5 flex gap-2">
            <Button look="danger" onClick={() => void withdraw()}>
              Withdraw the case
            </Button>
            <Button look="plain" onClick={() => setAsking(false)}>
              Keep the case
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
