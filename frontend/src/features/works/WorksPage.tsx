/** My works: drop files, register one or many, see the certificate. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState, type DragEvent } from "react";
import { Unanswered } from "../../app/Unanswered";
import { batches, works } from "../../api/queries";
import type { Work } from "../../api/client";
import { plural } from "../../ui/format";
import { Badge, Button, Empty, Loading, Notice, PageHead, Spinner } from "../../ui/kit";
import { RegisterBar } from "./RegisterBar";
import { UnclaimedBatch } from "./UnclaimedBatch";
import { pictureOf, stageOf } from "./state";
import { useUploads } from "./uploads";
import { WorkDialog } from "./WorkDialog";

export function WorksPage() {
  const list = useQuery(works);
  const drafts = useQuery(batches);
  const uploads = useUploads();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const all = useMemo(() => [...(list.data ?? [])].reverse(), [list.data]);
  const anchored = (drafts.data ?? []).filter((batch) => batch.anchored && batch.unclaimed > 0);
  const ready = all.filter((work) => stageOf(work) === "ready");
  const picked = ready.filter((work) => chosen.has(work.id));

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
                onClick={() => setChosen(new Set(picked.length === ready.length ? [] : ready.map((work) => work.id)))}
              >
                {picked.length === ready.length ? "Choose none" : `Choose all ${ready.length} ready`}
              </Button>
            )}
            <Button onClick={() => input.current?.click()}>Add photographs</Button>
          </>
        }
      >
        Registering dates a work for everybody to check. From then on its copies are looked for.
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
        {anchored.map((batch) => (
          <UnclaimedBatch key={batch.id} batch={batch} />
        ))}
        {uploads.rows.length > 0 && <UploadList rows={uploads.rows} clear={uploads.clear} />}
        {list.isError && <Unanswered problem={list.error} retry={() => void list.refetch()} />}
      </div>
      {list.isPending ? (
        <Loading what="Fetching your works …" />
      ) : all.length === 0 ? (
        <Empty title="Drop photographs here">
          <p>
            JPEG, PNG, WebP, TIFF, AVIF, up to 50 MB each. Originals are kept encrypted; only a hash, a fingerprint and
            the size become public; titles stay private.
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
              chosen={chosen.has(work.id)}
              onToggle={() => toggle(work)}
              onOpen={() => setOpen(work.id)}
            />
          ))}
        </ul>
      )}
      {picked.length > 0 && <RegisterBar works={picked} onDone={() => setChosen(new Set())} />}
      {open && <WorkDialog work={all.find((work) => work.id === open)!} onClose={() => setOpen(null)} />}
    </div>
  );
}

function Tile({ work, chosen, onToggle, onOpen }: { work: Work; chosen: boolean; onToggle(): void; onOpen(): void }) {
  const stage = stageOf(work);
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
          <p className="truncate text-sm font-medium">{work.title}</p>
          <div className="mt-1">
            {stage === "registered" ? (
              <Badge tone="good">Registered</Badge>
            ) : stage === "ready" ? (
              <Badge tone="accent">Ready</Badge>
            ) : (
              <Badge>Fingerprint …</Badge>
            )}
          </div>
        </div>
        {stage === "ready" && (
          <input
            type="checkbox"
            checked={chosen}
            onChange={onToggle}
            aria-label={`Choose ${work.title}`}
            className="size-5 shrink-0 accent-accent"
          />
        )}
      </div>
      {work.problem && <p className="px-3 pb-3 text-xs text-warn">{work.problem}. It is tried again.</p>}
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
          {under > 0 ? `Sending ${plural(under, "file")} …` : `${plural(done, "file")} sent.`}
          {refused.length > 0 && ` ${plural(refused.length, "file")} refused:`}
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
