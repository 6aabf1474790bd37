/** A batch that is dated on-chain: its certificates are collected, with as many confirmations as that takes. */
import { useEffect, useRef } from "react";
import { useDeployment } from "../../chain/Wallet";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { plural } from "../../ui/format";
import { Button } from "../../ui/kit";
import { say } from "../../ui/toasts";
import { collecting } from "./batches";
import { dropDraft } from "./drafts";

interface Props {
  readonly id: string;
  /** Certificates that are left. */
  readonly count: number;
  /** The wallet is asked at once: the batch was dated a moment ago, in the same flow. */
  readonly atOnce: boolean;
  onDone(): void;
}

export function CollectBatch({ id, count, atOnce, onDone }: Props) {
  const { send, progress, busy, dismiss } = useTransactions(`batch:${id}`, useDeployment());
  const begun = useRef(false);

  async function collect(): Promise<void> {
    if (!(await send({ asHolder: true, prepare: () => collecting(id) }))) return;
    dropDraft(id);
    say({ kind: "good", text: `${plural(count, "certificate")} collected. We are now looking for copies.` });
    onDone();
  }

  useEffect(() => {
    if (!atOnce || begun.current) return;
    begun.current = true;
    void collect();
  });

  return (
    <section aria-label="Certificates to collect" className="flex flex-col gap-3">
      <Steps progress={progress} behind={atOnce ? [`Date ${plural(count, "work")}`] : []} onDismiss={dismiss} />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm">
          <strong>{plural(count, "work is dated", "works are dated")}.</strong>{" "}
          <span className="text-quiet">
            One step left: collect their certificates. Then we start looking for copies.
          </span>
        </p>
        <Button busy={busy} onClick={() => void collect()}>
          Collect {plural(count, "certificate")}
        </Button>
      </div>
    </section>
  );
}
