/** Judging hits: shown at once, sent in order behind the scenes, taken back if the API refuses, undone by one key. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { api, Problem, sentenceOf, told, type Hit } from "../../api/client";
import { hits as hitsQuery } from "../../api/queries";
import { say } from "../../ui/toasts";
import type { Mark } from "./marks";

interface Decision {
  readonly id: string;
  readonly before: Mark | null;
}

const RETRIES = 5;

export function useDecisions() {
  const client = useQueryClient();
  const done = useRef<Decision[]>([]);
  const queue = useRef<Promise<void>>(Promise.resolve());

  const show = useCallback(
    (id: string, mark: Mark | null) => {
      void client.cancelQueries({ queryKey: hitsQuery.queryKey });
      client.setQueryData(hitsQuery.queryKey, (known: Hit[] | undefined) =>
        known?.map((hit) => (hit.id === id ? { ...hit, mark } : hit)),
      );
    },
    [client],
  );

  const decide = useCallback(
    (id: string, mark: Mark | null, before: Mark | null) => {
      show(id, mark);
      queue.current = queue.current
        .then(() => send(id, mark))
        .catch((problem: unknown) => {
          show(id, before);
          say({ kind: "bad", text: `Not kept: ${sentenceOf(problem)}` });
        });
    },
    [show],
  );

  return {
    judge: useCallback(
      (hit: Hit, mark: Mark) => {
        const before = hit.mark as Mark | null;
        done.current.push({ id: hit.id, before });
        decide(hit.id, mark, before);
      },
      [decide],
    ),
    /** Takes the last judgement back. Returns the hit's id, or null if there is nothing to undo. */
    undo: useCallback((): string | null => {
      const last = done.current.pop();
      if (!last) return null;
      decide(last.id, last.before, null);
      return last.id;
    }, [decide]),
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
