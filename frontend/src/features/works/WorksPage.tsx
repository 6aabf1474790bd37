/** My works: drop files, register one or many, see the certificate. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState, type DragEvent } from "react";
import { Outdated, Waiting } from "../../app/Waiting";
import { batches, works } from "../../api/queries";
import type { Work } from "../../api/client";
import { plural } from "../../ui/format";
import { Badge, Button, Empty, Notice, PageHead, Spinner } from "../../ui/kit";
import { RegisterBar } from "./RegisterBar";
import { useBatches } from "./batches";
import { CollectBatch } from "./CollectBatch";
import { dropUnsent } from "./drafts";
import { OfferDialog } from "./OfferDialog";
import { pictureOf, STAGE_LABELS, stageOf, type Stage } from "./state";
import { useUploads } from "./uploads";
import { WorkDialog } from "./WorkDialog";

export function WorksPage() {
  const list = useQuery(works);
  const drafts = useQuery(batches);
  const uploads = useUploads();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [offering, setOffering] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const all = useMemo(() => [...(list.data ?? [])].reverse(), [list.data]);
  const [dated, setDated] = useState<{ readonly id: string; readonly count: number } | null>(null);
  const { places, toCollect, unsent, known } = useBatches(all, drafts.data);
  const stage = (work: Work): Stage => stageOf(work, places.get(work.id));
  const ready = known ? all.filter((work) => stage(work) === "ready") : [];
  // What is being sent stays in the bar that shows how far it is.
  const picked = all.filter((work) => chosen.has(work.id) && ["ready", "dating"].includes(stage(work)));
  const collect = [
    ...(dated && !toCollect.some((batch) => batch.id === dated.id) ? [dated] : []),
    ...toCollect.map((batch) => ({ id: batch.id, count: batch.unclaimed })),
  ];
  const resumable = unsent.filter((draft) => !draft.works.some((id) => chosen.has(id)));

  const opened = open ? all.find((work) => work.id === open) : undefined;

  function drop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    void uploads.add([...event.dataTransfer.files]);
  }

  function toggle(work: Work): void {
    setChosen((was) => {
      const next = new Set(was);
      if (!next.delete(work.id)) next.add(work.id);
      return next;
    });
  }

  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
      onDrop={drop}
    >
      <PageHead
        title="Works"
        actions={
          <>
            {ready.length > 0 && (
              <Button
                look="plain"
                onClick={() => setChosen(new Set(picked.length >= ready.length ? [] : ready.map((work) => work.id)))}
              >
                {picked.length >= ready.length
                  ? "Clear selection"
                  : ready.length === 1
                    ? "Select the one that is ready"
                    : `Select all ${ready.length} ready`}
              </Button>
            )}
            {all.some((work) => work.registered_at) && (
              <Button look="plain" onClick={() => setOffering(true)}>
                Offer licences
              </Button>
            )}
            <Button onClick={() => input.current?.click()}>Add photographs</Button>
          </>
        }
      >
        Registering gives a photograph a public date that anyone can check. From then on, we look for copies.
      </PageHead>
      <input
        ref={input}
        type="file"
        multiple
        accept="image/*"
        aria-label="Photographs to add"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          void uploads.add([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <div className="mb-5 flex flex-col gap-3 empty:hidden">
        {uploads.rows.length > 0 && <UploadList rows={uploads.rows} clear={uploads.clear} />}
        <Outdated query={list} />
      </div>
      {!list.data ? (
        <Waiting query={list} queryKey={works.queryKey} what="Loading your works…" />
      ) : all.length === 0 ? (
        <Empty title="Drop photographs here">
          <p>
            JPEG, PNG, WebP, TIFF, AVIF, HEIC, GIF or SVG, up to 128&nbsp;MB each. We keep originals encrypted. Only a
            hash, a fingerprint and the size become public. Titles stay private.
          </p>
          <Button className="mt-5" onClick={() => input.current?.click()}>
            Choose files
          </Button>
        </Empty>
      ) : (
        <ul
          className={`grid grid-cols-2 gap-4 rounded-2xl sm:grid-cols-3 lg:grid-cols-4 ${over ? "outline-2 outline-offset-8 outline-accent outline-dashed" : ""}`}
        >
          {all.map((work) => (
            <Tile
              key={work.id}
              work={work}
              stage={stage(work)}
              selectable={known}
              chosen={chosen.has(work.id)}
              onToggle={() => toggle(work)}
              onOpen={() => setOpen(work.id)}
            />
          ))}
        </ul>
      )}
      {(collect.length > 0 || picked.length > 0 || resumable.length > 0) && (
        <div className="sticky bottom-20 z-20 mt-6 flex max-h-[60dvh] flex-col gap-4 divide-y divide-line overflow-y-auto rounded-2xl border border-line bg-surface p-4 shadow-xl sm:bottom-6 [&>*:not(:last-child)]:pb-4">
          {collect.map(({ id, count }) => (
            <CollectBatch key={id} id={id} count={count} atOnce={id === dated?.id} onDone={() => setDated(null)} />
          ))}
          {resumable.map((draft) => (
            <section
              key={draft.id}
              aria-label="Unsent batch"
              className="flex flex-wrap items-center justify-between gap-3"
            >
              <p className="text-sm">
                <strong>A batch of {plural(draft.works.length, "work")} was not sent.</strong>{" "}
                <span className="text-quiet">The page was closed before your wallet sent it. Nothing was paid.</span>
              </p>
              <div className="flex gap-2">
                <Button look="quiet" onClick={() => dropUnsent(draft.works)}>
                  Discard
                </Button>
                <Button look="plain" onClick={() => setChosen(new Set(draft.works))}>
                  Continue
                </Button>
              </div>
            </section>
          ))}
          {picked.length > 0 && (
            <RegisterBar
              works={picked}
              onDone={() => setChosen(new Set())}
              onDated={(id, count) => setDated({ id, count })}
            />
          )}
        </div>
      )}
      {offering && <OfferDialog onClose={() => setOffering(false)} />}
      {opened && (
        <WorkDialog
          work={opened}
          stage={stage(opened)}
          onChoose={() => {
            setChosen((was) => new Set(was).add(opened.id));
            setOpen(null);
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

interface TileProps {
  readonly work: Work;
  readonly stage: Stage;
  readonly selectable: boolean;
  readonly chosen: boolean;
  onToggle(): void;
  onOpen(): void;
}

const TONES = { preparing: "calm", ready: "accent", dating: "warn", dated: "warn", registered: "good" } as const;

function Tile({ work, stage, selectable, chosen, onToggle, onOpen }: TileProps) {
  return (
    <li
      className={`group relative flex flex-col overflow-hidden rounded-2xl border bg-surface ${chosen ? "border-accent ring-2 ring-accent" : "border-line"}`}
    >
      <button type="button" onClick={onOpen} className="cursor-pointer text-left" aria-label={`Open ${work.title}`}>
        <div className="aspect-[4/3] overflow-hidden bg-sunken">
          {stage === "preparing" ? (
            <div className="grid size-full place-items-center text-quiet">
              <Spinner />
            </div>
          ) : (
            <img
              src={pictureOf(work, "tile")}
              alt=""
              loading="lazy"
              className="size-full object-cover transition-transform duration-300 group-hover:scale-[1.02]"
            />
          )}
        </div>
      </button>
      <div className="flex items-center justify-between gap-2 p-3">
        <div className="min-w-0">
          <p className="line-clamp-2 text-sm font-medium break-words">{work.title}</p>
          <div className="mt-1">
            <Badge tone={TONES[stage]}>{STAGE_LABELS[stage]}</Badge>
          </div>
        </div>
        {stage === "ready" && selectable && (
          <input
            type="checkbox"
            checked={chosen}
            onChange={onToggle}
            aria-label={`Select ${work.title}`}
            className="size-5 shrink-0 accent-accent"
          />
        )}
      </div>
      {work.problem && <p className="px-3 pb-3 text-xs text-warn">{work.problem}. We’ll try again.</p>}
      {work.not_monitored && (
        <p className="px-3 pb-3 text-xs text-warn">Not monitored, because {work.not_monitored}.</p>
      )}
    </li>
  );
}

function UploadList({ rows, clear }: { rows: ReturnType<typeof useUploads>["rows"]; clear(): void }) {
  const refused = rows.filter((row) => row.state === "refused");
  const under = rows.filter((row) => row.state === "waiting" || row.state === "sending").length;
  const done = rows.length - refused.length - under;
  return (
    <Notice role="status" tone={refused.length ? "warn" : "calm"}>
      <div className="flex items-start justify-between gap-3">
        <p>
          {under > 0 ? `Uploading ${plural(under, "file")}…` : `${plural(done, "file")} uploaded.`}
          {refused.length > 0 && ` ${plural(refused.length, "file")} rejected:`}
        </p>
        {under === 0 && (
          <button type="button" className="cursor-pointer underline" onClick={clear}>
            Dismiss
          </button>
        )}
      </div>
      <ul className="mt-1 list-disc pl-5">
        {refused.map((row) => (
          <li key={row.id}>
            <strong>{row.name}</strong>: {row.problem}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
