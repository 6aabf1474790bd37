/** Judging hits: shown at once, sent in order behind the scenes, taken back if the API refuses, undone by one key. */
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { api, Problem, sentenceOf, told, type Hit } from "../../api/client";
import { hits as hitsQuery, queryClient } from "../../api/queries";
import { say } from "../../ui/toasts";
import { labelOf, type Mark } from "./marks";
import { Outbox, type Courier } from "./outbox";

interface Decision {
  readonly id: string;
  readonly before: Mark | null;
  readonly after: Mark;
}

/** A mark is a small request: longer means that the server hangs. Sending one twice changes nothing. */
const ANSWER_MS = 8_000;

const courier: Courier = {
  send: (id, mark) =>
    told(
      api.POST("/api/hits/{hit_id}/mark", {
        params: { path: { hit_id: id } },
        body: { mark },
        signal: AbortSignal.timeout(ANSWER_MS),
      }),
    ).then(() => undefined),
  isTransient: (problem) =>
    problem instanceof Problem ? problem.status === 0 || problem.status >= 500 : problem instanceof DOMException,
  async onSaved(id, mark) {
    // A list that was asked for before the mark must not bring the old one back.
    await queryClient.cancelQueries(hitsQuery);
    queryClient.setQueryData(hitsQuery.queryKey, (was) => was?.map((hit) => (hit.id === id ? { ...hit, mark } : hit)));
  },
  onGivenUp({ id, mark }, problem) {
    const hit = queryClient.getQueryData(hitsQuery.queryKey)?.find((one) => one.id === id);
    const what = hit ? `“${hit.work_title}” on ${hit.site}` : "A hit";
    const undone = mark ? `${what} was not marked ${labelOf(mark)}` : `The mark on ${what} was not undone`;
    const why = problem instanceof Problem && problem.status ? sentenceOf(problem) : "The server did not respond.";
    say({ kind: "bad", text: `${undone}: ${why} Mark it again.`, stays: true });
  },
};
/** One for the whole app: what waits is sent, and shown, whichever page is open. */
const outbox = new Outbox(courier, sessionStorage);

/** The hits as judged on this page, whatever the API tells meanwhile; and how to judge them. */
export function useDecisions(known: readonly Hit[]) {
  const waiting = useSyncExternalStore(outbox.subscribe, outbox.current);
  const done = useRef<Decision[]>([]);
  const hits = useMemo(() => {
    const marks = new Map(waiting.map((row) => [row.id, row.mark]));
    return known.map((hit) => (marks.has(hit.id) ? { ...hit, mark: marks.get(hit.id) ?? null } : hit));
  }, [known, waiting]);
  const unsaved = useMemo(() => new Set(waiting.filter((row) => row.late).map((row) => row.id)), [waiting]);

  const late = unsaved.size > 0;
  useEffect(() => {
    if (!late) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [late]);

  return {
    hits,
    /** Ids of hits whose judgement the API does not have, although it should by now. */
    unsaved,
    judge: useCallback((hit: Hit, after: Mark) => {
      const before = hit.mark;
      done.current.push({ id: hit.id, before, after });
      outbox.judge(hit.id, after, before);
    }, []),
    /** Takes the last judgement back. Returns the hit's id, or null if there is nothing to undo. */
    undo: useCallback((): string | null => {
      const last = done.current.pop();
      if (!last) return null;
      outbox.judge(last.id, last.before, last.after);
      return last.id;
    }, []),
    /** Resolves when the API has the hit's judgement; to false if it was given up. */
    saved: useCallback((id: string): Promise<boolean> => outbox.saved(id), []),
  };
}
