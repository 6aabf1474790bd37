/** Judging hits: shown at once, sent in order behind the scenes, taken back if the API refuses, undone by one key. */
import { useCallback, useMemo, useRef, useState } from "react";
import { api, Problem, sentenceOf, told, type Hit } from "../../api/client";
import { say } from "../../ui/toasts";
import type { Mark } from "./marks";

interface Decision {
  readonly id: string;
  readonly before: Mark | null;
  readonly after: Mark;
}

const RETRIES = 5;

/** The hits as judged on this page, whatever the API tells meanwhile; and how to judge them. */
export function useDecisions(known: readonly Hit[]) {
  const [own, setOwn] = useState<ReadonlyMap<string, Mark | null>>(new Map());
  const done = useRef<Decision[]>([]);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const hits = useMemo(
    () => known.map((hit) => (own.has(hit.id) ? { ...hit, mark: own.get(hit.id) ?? null } : hit)),
    [known, own],
  );

  const decide = useCallback((id: string, mark: Mark | null, before: Mark | null) => {
    const show = (shown: Mark | null): void => setOwn((was) => new Map(was).set(id, shown));
    show(mark);
    queue.current = queue.current
      .then(() => send(id, mark))
      .catch((problem: unknown) => {
        show(before);
        say({ kind: "bad", text: `Not kept: ${sentenceOf(problem)}` });
      });
  }, []);

  return {
    hits,
    judge: useCallback(
      (hit: Hit, after: Mark) => {
        const before = hit.mark as Mark | null;
        done.current.push({ id: hit.id, before, after });
        decide(hit.id, after, before);
      },
      [decide],
    ),
    /** Takes the last judgement back. Returns the hit's id, or null if there is nothing to undo. */
    undo: useCallback((): string | null => {
      const last = done.current.pop();
      if (!last) return null;
      decide(last.id, last.before, last.after);
      return last.id;
    }, [decide]),
    /** Resolves when the API has every judgement so far. */
    sent: useCallback((): Promise<void> => queue.current, []),
  };
}

async function send(id: string, mark: Mark | null): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await told(api.POST("/api/hits/{hit_id}/mark", { params: { path: { hit_id: id } }, body: { mark } }));
      return;
    } catch (problem) {
      const transient = problem instanceof Problem && (problem.status === 0 || problem.status >= 500);
      if (!transient || attempt === RETRIES) throw problem;
      await new Promise((wake) => setTimeout(wake, 500 * 2 ** attempt));
    }
  }
}
