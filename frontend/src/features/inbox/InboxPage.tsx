/** The inbox: every hit compared, judged by one key, undone by another. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Hit } from "../../api/client";
import { Outdated, Waiting } from "../../app/Waiting";
import { hits as hitsQuery } from "../../api/queries";
import type { Mode } from "../../compare/Compare";
import { plural } from "../../ui/format";
import { Button, Empty, inputLook, Notice, PageHead } from "../../ui/kit";
import { ClaimDialog } from "./ClaimDialog";
import { useDecisions } from "./decisions";
import { HitView } from "./HitView";
import {
  after,
  counted,
  emptiness,
  filtered,
  MARKS,
  ordered,
  SHELVES,
  type Emptiness,
  type Mark,
  type Order,
  type Shelf,
} from "./marks";
import { tileOf, usePreloaded } from "./pictures";

const NONE: readonly Hit[] = [];
const MODE_KEYS: Record<string, Mode> = { "1": "side", "2": "slider", "3": "difference" };

export function InboxPage() {
  const answer = useQuery(hitsQuery);
  const [shelf, setShelf] = useState<Shelf>("review");
  const [order, setOrder] = useState<Order>("newest");
  const [site, setSite] = useState("");
  const [work, setWork] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [mode, setMode] = useState<Mode>("side");
  const [claiming, setClaiming] = useState<Hit | null>(null);
  const { hits: all, unsaved, judge, undo, saved } = useDecisions(answer.data ?? NONE);
  const counts = useMemo(() => counted(all), [all]);
  const filters = useMemo(() => ({ shelf, site, work }), [shelf, site, work]);
  const list = useMemo(() => ordered(filtered(all, filters), order), [all, filters, order]);
  const current = list.find((hit) => hit.id === chosen) ?? list[0] ?? null;
  // What is shown stays shown: a hit that arrives on top must not slip under the next key.
  if (current && current.id !== chosen) setChosen(current.id);
  usePreloaded(list, current?.id ?? null);

  const decide = useCallback(
    (mark: Mark) => {
      if (!current) return;
      setChosen(after(list, current.id));
      judge(current, mark);
    },
    [current, list, judge],
  );

  const step = useCallback(
    (by: number) => {
      const at = list.findIndex((hit) => hit.id === current?.id);
      const next = list[at + by];
      if (next) setChosen(next.id);
    },
    [list, current],
  );

  const takeBack = useCallback(() => {
    const id = undo();
    if (id) {
      setShelf("review");
      setChosen(id);
    }
  }, [undo]);

  const claim = useCallback(() => {
    if (current?.mark !== "not_licensed" || current.case_id) return;
    void saved(current.id).then((kept) => kept && setClaiming(current));
  }, [current, saved]);

  useEffect(() => {
    function press(event: KeyboardEvent): void {
      const target = event.target as HTMLElement;
      if (
        claiming ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)
      )
        return;
      if (document.querySelector("dialog[open]")) return;
      const key = event.key.toLowerCase();
      const mark = MARKS.find((one) => one.key === key);
      const mode_ = MODE_KEYS[key];
      if (mark) decide(mark.mark);
      else if (mode_) setMode(mode_);
      else if (key === "z") takeBack();
      else if (key === "j" || key === "arrowright") step(1);
      else if (key === "k" || key === "arrowleft") step(-1);
      else if (key === "c") claim();
      else return;
      event.preventDefault();
    }
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [claiming, decide, step, takeBack, claim]);

  function clearFilters(): void {
    setSite("");
    setWork("");
    setShelf(counts.review ? "review" : "all");
  }

  if (!answer.data) return <Waiting query={answer} queryKey={hitsQuery.queryKey} what="Loading your hits…" />;
  const late = counted(all.filter((hit) => unsaved.has(hit.id)));
  const sites = [...new Set(all.map((hit) => hit.site))].sort();
  const works = [...new Map(all.map((hit) => [hit.work_id, hit.work_title]))].sort((a, b) => a[1].localeCompare(b[1]));

  return (
    <>
      <PageHead title="Inbox" />
      <div className="mb-6 flex flex-col gap-3 empty:hidden">
        <Outdated query={answer} />
        {unsaved.size > 0 && (
          <Notice tone="warn" role="status">
            <strong>Not saved yet, trying again:</strong> {plural(unsaved.size, "decision")}. Keep this page open. If we
            can’t save a decision, we’ll tell you, and the hit will be here to review again.
          </Notice>
        )}
      </div>
      <div className="-mt-3 mb-4 flex flex-wrap items-center gap-2">
        <div
          role="group"
          aria-label="Filter by decision"
          className="-m-1 flex max-w-[calc(100%+0.5rem)] gap-1 overflow-x-auto p-1"
        >
          {SHELVES.map(([name, label]) => (
            <button
              key={name}
              type="button"
              aria-pressed={shelf === name}
              onClick={() => setShelf(name)}
              className={`min-h-9 cursor-pointer rounded-full border px-3 text-sm whitespace-nowrap ${shelf === name ? "border-accent bg-accent text-on-accent" : "border-line bg-surface hover:bg-sunken"}`}
            >
              {label} <span className="tabular-nums">{counts[name]}</span>
              {late[name] > 0 && <span className="opacity-80"> ({late[name]} not saved)</span>}
            </button>
          ))}
        </div>
        <div className="ml-auto grid w-full grid-cols-3 gap-2 sm:flex sm:w-auto">
          <select
            aria-label="Site"
            value={site}
            onChange={(event) => setSite(event.target.value)}
            className={inputLook}
          >
            <option value="">All sites</option>
            {sites.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <select
            aria-label="Work"
            value={work}
            onChange={(event) => setWork(event.target.value)}
            className={inputLook}
          >
            <option value="">All works</option>
            {works.map(([id, title]) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
          <select
            aria-label="Sort by"
            value={order}
            onChange={(event) => setOrder(event.target.value as Order)}
            className={inputLook}
          >
            <option value="newest">Newest</option>
            <option value="score">Best match</option>
            <option value="site">Site name</option>
          </select>
        </div>
      </div>
      {current ? (
        <>
          <HitView
            hit={current}
            unsaved={unsaved.has(current.id)}
            place={`${list.indexOf(current) + 1} of ${list.length}`}
            mode={mode}
            onMode={setMode}
            onJudge={decide}
            onUndo={takeBack}
            onClaim={claim}
            onStep={step}
          />
          <ul aria-label="Hits" className="mt-5 flex gap-2 overflow-x-auto pb-2">
            {list.map((hit) => (
              <li key={hit.id} className="shrink-0 [content-visibility:auto] [contain-intrinsic-size:6rem_4rem]">
                <button
                  type="button"
                  aria-label={`${hit.work_title} on ${hit.site}`}
                  aria-current={hit.id === current.id}
                  onClick={() => setChosen(hit.id)}
                  className={`block h-16 w-24 cursor-pointer overflow-hidden rounded-lg border-2 ${hit.id === current.id ? "border-accent" : "border-transparent"}`}
                >
                  <img src={tileOf(hit)} alt="" loading="lazy" className="size-full object-cover" />
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <Nothing why={emptiness(all, filters)} shelf={shelf} onClear={clearFilters} />
      )}
      {claiming && <ClaimDialog hit={claiming} onClose={() => setClaiming(null)} />}
    </>
  );
}

function Nothing({ why, shelf, onClear }: { why: Emptiness; shelf: Shelf; onClear(): void }) {
  if (why.why === "none") {
    return (
      <Empty title="No hits yet">
        Crawlers are always looking for copies of your registered works. The committee checks what they find before it
        appears here with its evidence.
      </Empty>
    );
  }
  if (why.why === "reviewed") {
    return (
      <Empty title="All reviewed">
        You have reviewed every hit. New hits appear here automatically. Press Z to undo your last decision.
      </Empty>
    );
  }
  return (
    <Empty title="No hits match these filters">
      <p>
        {plural(why.hidden, "hit")} {why.hidden === 1 ? "is" : "are"} hidden
        {shelf === "review" && ` and still ${why.hidden === 1 ? "needs" : "need"} your review`}.
      </p>
      <Button look="plain" className="mt-5" onClick={onClear}>
        Clear filters
      </Button>
    </Empty>
  );
}
