/** The account's batches, from the API and from what this browser drafted. */
import { useQueries } from "@tanstack/react-query";
import { api, Problem, told, type Prepared, type Work } from "../../api/client";
import { usePendingHashes } from "../../chain/pending";
import { plural } from "../../ui/format";
import { useDrafts } from "./drafts";
import { arranged, entriesOf, INDEXED_MS, worksOf, type Batch, type Batches } from "./places";

const claimsOf = (id: string): Promise<Prepared[]> =>
  told(api.GET("/api/works/batches/{draft_id}/claims", { params: { path: { draft_id: id } } }));

const PAUSE_MS = 700;
/** As in backend/works/service.py, to tell beforehand how often the wallet will ask. */
const CLAIMS_AT_ONCE = 60;

const collects = (count: number): string => `Collect ${plural(count, "certificate")}`;

/** The transactions to expect once so many works are dated, in words. */
export function expectedClaims(count: number): string[] {
  return Array.from({ length: Math.ceil(count / CLAIMS_AT_ONCE) }, (_, at) =>
    collects(Math.min(CLAIMS_AT_ONCE, count - at * CLAIMS_AT_ONCE)),
  );
}

/** The transactions that mint a batch's certificates, in our words. Waits until the API has seen that it is dated. */
export async function collecting(id: string): Promise<Prepared[]> {
  for (const end = Date.now() + INDEXED_MS; ;) {
    try {
      const claims = await claimsOf(id);
      return claims.map((claim) => ({
        ...claim,
        summary: collects(entriesOf(claim).length),
      }));
    } catch (problem) {
      if (!(problem instanceof Problem && problem.code === "not_anchored") || Date.now() > end) throw problem;
      await new Promise((wake) => setTimeout(wake, PAUSE_MS));
    }
  }
}

/** Batches of this account as the page shows them. What this browser drafted is known; else the claims tell. */
export function useBatches(works: readonly Work[], batches: readonly Batch[] | undefined): Batches {
  const drafts = useDrafts();
  const pending = usePendingHashes();
  const foreign = (batches ?? []).filter(
    (batch) => batch.anchored && batch.unclaimed > 0 && !drafts.some((draft) => draft.id === batch.id),
  );
  const told = useQueries({
    queries: foreign.map((batch) => ({
      queryKey: ["batch-works", batch.id, batch.unclaimed],
      queryFn: () => claimsOf(batch.id),
      // What a batch holds never changes.
      staleTime: "static" as const,
    })),
  });
  const found = arranged(
    works,
    batches ?? [],
    drafts,
    (batch) => {
      const own = drafts.find((draft) => draft.id === batch.id);
      if (own) return own.works;
      const asked = told[foreign.findIndex((one) => one.id === batch.id)];
      return asked?.data ? worksOf(asked.data, works) : asked?.isError ? [] : undefined;
    },
    (hash) => pending.has(hash),
    Date.now(),
  );
  return { ...found, known: found.known && batches !== undefined };
}
