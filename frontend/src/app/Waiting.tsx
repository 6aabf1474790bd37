/** Data that is not there yet, or is old: no spinner turns for long without a word. */
import { notifyManager, useQueryClient, type QueryKey, type UseQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { Problem } from "../api/client";
import { Loading } from "../ui/kit";
import { Unanswered } from "./Unanswered";

type Query = Pick<UseQueryResult<unknown>, "data" | "failureReason" | "isError" | "refetch">;

const SILENT_MS = 4_000;
const SILENCE = new Problem(0, "silent", "The server is not responding. Nothing was lost. We’ll try again.");

/** Instead of a page whose data is not there: a spinner, then what is wrong, with a button to try at once. */
export function Waiting({ query, queryKey, what }: { query: Query; queryKey: QueryKey; what: string }) {
  const client = useQueryClient();
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSilent(true), SILENT_MS);
    return () => clearTimeout(timer);
  }, []);
  const problem = query.failureReason ?? (silent ? SILENCE : null);
  if (!problem) return <Loading what={what} />;
  // A request that hangs is dropped, else the new one would wait for it.
  const retry = (): void => void client.cancelQueries({ queryKey, exact: true }).then(() => query.refetch());
  return <Unanswered problem={problem} retry={retry} />;
}

/** Above a page whose data is there, but is refused now. */
export function Outdated({ query }: { query: Query }) {
  if (query.data === undefined || !query.isError) return null;
  return <Unanswered problem={query.failureReason} retry={() => void query.refetch()} />;
}

const isOutage = (problem: unknown): boolean =>
  problem instanceof Problem && (problem.status === 0 || problem.status >= 500);

/** One line for all pages while what they show cannot be renewed. A page that shows nothing yet says so itself. */
export function Outage() {
  const client = useQueryClient();
  const cache = client.getQueryCache();
  const problem = useSyncExternalStore(
    useCallback((changed: () => void) => cache.subscribe(notifyManager.batchCalls(changed)), [cache]),
    () =>
      cache
        .getAll()
        .filter((query) => query.isActive() && query.state.data !== undefined)
        .map((query) => query.state.fetchFailureReason)
        .find(isOutage) ?? null,
  );
  return problem ? <Unanswered problem={problem} retry={() => void client.invalidateQueries()} /> : null;
}
