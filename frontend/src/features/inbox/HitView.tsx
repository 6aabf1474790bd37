/** One hit: the comparison in the centre, why it is a copy beside it, the four judgements below. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Hit } from "../../api/client";
import { Reasons } from "../../compare/Reasons";
import { Compare, ModeSwitch, type Mode } from "../../compare/Compare";
import { likelihood, when } from "../../ui/format";
import { Badge, Button, buttonLook, Dialog, Facts, Hash } from "../../ui/kit";
import { MARKS, type Mark } from "./marks";
import { foundOf, pageOf, workOf } from "./pictures";

interface Props {
  readonly hit: Hit;
  /** The API does not have the judgement that is shown. */
  readonly unsaved: boolean;
  readonly place: string;
  readonly mode: Mode;
  onMode(mode: Mode): void;
  onJudge(mark: Mark): void;
  onUndo(): void;
  onClaim(): void;
  onStep(by: number): void;
}

export function HitView({ hit, unsaved, place, mode, onMode, onJudge, onUndo, onClaim, onStep }: Props) {
  const [page, setPage] = useState(false);
  const pair = {
    work: workOf(hit),
    found: foundOf(hit),
    transform: hit.transform,
    mirrored: hit.mirrored,
    title: hit.work_title,
  };
  return (
    <article
      aria-label={`${hit.work_title} on ${hit.site}`}
      data-hit={hit.id}
      className="grid gap-5 lg:grid-cols-[1fr_19rem]"
    >
      <div className="min-w-0 rounded-2xl border border-line bg-surface p-4">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
          <ModeSwitch mode={mode} onChange={onMode} />
          <div className="flex items-center gap-1 text-sm text-quiet tabular-nums">
            <Button look="quiet" aria-label="Previous hit (K)" className="px-3" onClick={() => onStep(-1)}>
              ←
            </Button>
            {place}
            <Button look="quiet" aria-label="Next hit (J)" className="px-3" onClick={() => onStep(1)}>
              →
            </Button>
          </div>
        </div>
        <Compare key={`${hit.id}:${mode}`} pair={pair} mode={mode} />
        <div className="mt-4 grid grid-cols-2 gap-2 bg-surface max-sm:sticky max-sm:bottom-16 max-sm:z-10 max-sm:-mx-4 max-sm:px-4 max-sm:py-2 sm:grid-cols-4">
          {MARKS.map(({ mark, label, key, told }) => (
            <button
              key={mark}
              type="button"
              title={told}
              aria-pressed={hit.mark === mark}
              aria-keyshortcuts={key.toUpperCase()}
              onClick={() => onJudge(mark)}
              className={`flex min-h-12 cursor-pointer items-center justify-between gap-2 rounded-xl border px-3 text-sm font-medium ${hit.mark === mark ? (unsaved ? "border-dashed border-warn bg-warn-soft text-warn" : "border-accent bg-accent-soft text-accent") : "border-edge/60 hover:bg-sunken"}`}
            >
              {label}
              <kbd className="rounded border border-current px-1.5 text-xs uppercase opacity-80">{key}</kbd>
            </button>
          ))}
        </div>
        <p className="mt-3 hidden text-xs text-quiet sm:block">
          1–3 compare · J K next and previous ·{" "}
          <button type="button" className="cursor-pointer underline" onClick={onUndo}>
            Z undo
          </button>{" "}
          · C claim a hit marked not licensed
        </p>
        <div className="mt-3 sm:hidden">
          <Button look="quiet" onClick={onUndo}>
            Undo
          </Button>
        </div>
      </div>
      <aside className="flex min-w-0 flex-col gap-5">
        <div>
          <h2 className="display text-xl">{hit.work_title}</h2>
          <a className="prose-link text-sm break-all" href={hit.page_url} target="_blank" rel="noreferrer noopener">
            {hit.page_url}
          </a>
        </div>
        <div>
          <h3 className="mb-2 text-sm font-semibold">Why it is a match</h3>
          <Reasons reasons={hit.reasons} />
        </div>
        <Facts
          narrow
          rows={[
            ["Site", hit.site],
            ["Seen", when(hit.seen_at)],
            ["Match", likelihood(hit.score)],
            ["Report", hit.report_tx ? <Hash key="tx" value={hit.report_tx} /> : "not on-chain yet"],
          ]}
        />
        <div className="flex flex-wrap gap-2">
          {unsaved ? (
            <p className="text-sm text-quiet">
              <Badge tone="warn">Not saved yet</Badge> Your decision has not reached the server yet.
            </p>
          ) : hit.case_id ? (
            <Link to="/cases/$caseId" params={{ caseId: hit.case_id }} className={buttonLook("main")}>
              Open the case
            </Link>
          ) : hit.mark === "not_licensed" ? (
            <Button onClick={onClaim}>Claim this use</Button>
          ) : (
            <p className="text-sm text-quiet">
              Mark it <Badge>Not licensed</Badge> to claim it.
            </p>
          )}
          {hit.pictures.includes("page") && (
            <Button look="plain" onClick={() => setPage(true)}>
              Show the captured page
            </Button>
          )}
          <a className={buttonLook("plain")} href={`/api/hits/${hit.id}/package`} download>
            Download the evidence
          </a>
        </div>
      </aside>
      {page && (
        <Dialog title={`The page as captured on ${when(hit.seen_at)}`} onClose={() => setPage(false)} wide>
          <img
            src={pageOf(hit)}
            alt={`Screenshot of ${hit.page_url}`}
            className="w-full rounded-lg border border-line"
          />
        </Dialog>
      )}
    </article>
  );
}
