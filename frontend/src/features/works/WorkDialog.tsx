/** One work: picture, certificate, and what of it is public. */
import { Link } from "@tanstack/react-router";
import type { Hex } from "viem";
import type { Work } from "../../api/client";
import { when } from "../../ui/format";
import { Button, buttonLook, Dialog, Facts, Hash, Notice } from "../../ui/kit";
import { DerivativeIncome } from "../income";
import { pictureOf, STAGE_LABELS, type Stage } from "./state";

interface Props {
  readonly work: Work;
  readonly stage: Stage;
  /** Chooses the work for registration. */
  onChoose(): void;
  onClose(): void;
}

export function WorkDialog({ work, stage, onChoose, onClose }: Props) {
  return (
    <Dialog title={work.title} onClose={onClose} wide>
      {stage !== "preparing" && (
        <img
          src={pictureOf(work, "preview")}
          alt={work.title}
          className="mb-5 max-h-[50dvh] w-full rounded-xl bg-sunken object-contain"
        />
      )}
      <Facts
        rows={[
          ["Registered", work.registered_at ? when(work.registered_at) : "not yet"],
          ...(stage === "registered"
            ? [["Certificate", <Hash key="id" value={work.work_id} />] as const]
            : [["State", STAGE_LABELS[stage]] as const]),
          ["SHA-256 of the file", <Hash key="hash" value={work.content_hash} />],
          ...(work.registration_tx ? [["Transaction", <Hash key="tx" value={work.registration_tx} />] as const] : []),
          ...(work.fingerprint_cid ? [["Fingerprint", <Hash key="cid" value={work.fingerprint_cid} />] as const] : []),
          ["File", `${work.format}, ${work.width} × ${work.height} pixels`],
        ]}
      />
      {work.not_monitored && (
        <div className="mt-4">
          <Notice tone="warn">
            Not monitored, because {work.not_monitored}. You can still register and license it, but we can’t find copies
            of it.
          </Notice>
        </div>
      )}
      {stage === "registered" && <DerivativeIncome workId={work.work_id as Hex} />}
      <div className="mt-5 flex flex-wrap items-center gap-3">
        {stage === "registered" ? (
          <Link to="/certificate/$workId" params={{ workId: work.work_id }} className={buttonLook("plain")}>
            Public certificate
          </Link>
        ) : stage === "ready" ? (
          <Button onClick={onChoose}>Select to register</Button>
        ) : (
          <Notice>
            {stage === "dated"
              ? "Its date is on-chain. Use the button at the bottom of the page to collect its certificate."
              : stage === "dating"
                ? "Its date is being written to the chain."
                : "We are making its fingerprint. You can register it in a moment."}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
