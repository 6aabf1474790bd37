/** Registers the chosen works: one by its own transaction, several as a batch. */
import { useDeployment } from "../../chain/Wallet";
import { Steps } from "../../chain/Steps";
import { pendingRows } from "../../chain/pending";
import { useTransactions } from "../../chain/transactions";
import { api, told, type Work } from "../../api/client";
import { plural } from "../../ui/format";
import { Button } from "../../ui/kit";
import { say } from "../../ui/toasts";
import { expectedClaims } from "./batches";
import { draftOf, dropUnsent, keepDraft, markSent, markUnsent, type Draft } from "./drafts";

interface Props {
  readonly works: readonly Work[];
  onDone(): void;
  /** A batch is dated: its certificates come next. */
  onDated(id: string, count: number): void;
}

export function RegisterBar({ works, onDone, onDated }: Props) {
  const { send, progress, busy, dismiss } = useTransactions("register", useDeployment());
  const one = works.length === 1 ? works[0]! : null;

  async function registerOne(work: Work): Promise<void> {
    const path = { upload_id: work.id };
    const done = await send({
      asHolder: true,
      prepare: async () => [await told(api.GET("/api/works/{upload_id}/registration", { params: { path } }))],
    });
    if (!done) return;
    say({ kind: "good", text: `“${work.title}” is registered.` });
    onDone();
  }

  async function registerAll(): Promise<void> {
    let draft: Draft | undefined;
    const done = await send({
      asHolder: true,
      prepare: async () => {
        draft = await drafted(works.map((work) => work.id));
        return [draft.transaction];
      },
      onSent: (hash) => draft && markSent(draft.id, hash),
    });
    if (!draft) return;
    if (done) {
      onDated(draft.id, works.length);
      onDone();
    } else if (!pendingRows().some((row) => row.hash === draftOf(draft!.works)?.sent?.hash)) {
      markUnsent(draft.id);
    }
  }

  function cancel(): void {
    dropUnsent(works.map((work) => work.id));
    onDone();
  }

  return (
    <section aria-label="Works to register" className="flex flex-col gap-3">
      <Steps progress={progress} ahead={one ? [] : expectedClaims(works.length)} onDismiss={dismiss} />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm">
          <strong>{plural(works.length, "work")}</strong> selected.{" "}
          <span className="text-quiet">
            {one
              ? "One transaction mints its certificate."
              : "Your wallet dates all of them in one transaction, then collects their certificates."}
          </span>
        </p>
        <div className="flex gap-2">
          <Button look="quiet" onClick={cancel} disabled={busy}>
            Cancel
          </Button>
          <Button busy={busy} onClick={() => void (one ? registerOne(one) : registerAll())}>
            {one ? "Register" : `Register ${works.length} as a batch`}
          </Button>
        </div>
      </div>
    </section>
  );
}

/** Drafted once: the same works again are the same batch. */
async function drafted(works: readonly string[]): Promise<Draft> {
  const known = draftOf(works);
  if (known) return known;
  const { id, transaction } = await told(api.POST("/api/works/batches", { body: { works: [...works] } }));
  const draft = { id, works, transaction: { ...transaction, summary: `Date ${plural(works.length, "work")}` } };
  keepDraft(draft);
  return draft;
}
