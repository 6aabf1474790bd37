/** The holder's four judgements, their keys, and how a list is filtered by them. */
import type { Hit } from "../../api/client";

export type Mark = NonNullable<Hit["mark"]>;
export type Shelf = "review" | Mark | "all";
export type Order = "newest" | "score" | "site";

export const MARKS: readonly {
  readonly mark: Mark;
  readonly label: string;
  readonly key: string;
  readonly told: string;
}[] = [
  { mark: "not_licensed", label: "Not licensed", key: "n", told: "Used without my permission" },
  { mark: "allowed", label: "Allowed", key: "a", told: "I allowed it, or it is allowed anyway" },
  { mark: "unsure", label: "Unsure", key: "u", told: "Decide later" },
  { mark: "no_match", label: "No match", key: "x", told: "Not my picture" },
];

export const SHELVES: readonly (readonly [Shelf, string])[] = [
  ["review", "To review"],
  ["not_licensed", "Not licensed"],
  ["allowed", "Allowed"],
  ["unsure", "Unsure"],
  ["no_match", "No match"],
  ["all", "All"],
];

export const labelOf = (mark: Mark): string => MARKS.find((one) => one.mark === mark)!.label;

export function onShelf(hit: Hit, shelf: Shelf): boolean {
  return shelf === "all" || (shelf === "review" ? hit.mark === null : hit.mark === shelf);
}

export function counted(hits: readonly Hit[]): Record<Shelf, number> {
  const counts: Record<Shelf, number> = {
    review: 0,
    not_licensed: 0,
    allowed: 0,
    unsure: 0,
    no_match: 0,
    all: hits.length,
  };
  for (const hit of hits) counts[hit.mark ?? "review"] += 1;
  return counts;
}

export function ordered(hits: readonly Hit[], order: Order): Hit[] {
  const by: Record<Order, (a: Hit, b: Hit) => number> = {
    newest: (a, b) => b.seen_at - a.seen_at,
    score: (a, b) => b.score - a.score,
    site: (a, b) => a.site.localeCompare(b.site),
  };
  return [...hits].sort((a, b) => by[order](a, b) || a.id.localeCompare(b.id));
}

/** The hit to look at after this one is judged: the next of the list, else the one before, else none. */
export function after(list: readonly Hit[], id: string): string | null {
  const at = list.findIndex((hit) => hit.id === id);
  return list[at + 1]?.id ?? list[at - 1]?.id ?? null;
}

export interface Filters {
  readonly shelf: Shelf;
  readonly site: string;
  readonly work: string;
}

export function filtered(hits: readonly Hit[], { shelf, site, work }: Filters): Hit[] {
  return hits.filter((hit) => onShelf(hit, shelf) && (!site || hit.site === site) && (!work || hit.work_id === work));
}

/**
 * Why no hit is shown: there is none at all; every one is judged; or so many are hidden by the filters, of those that
 * wait for a judgement where the shelf is the one to review, else of all. Only who sees nothing waiting is told so.
 */
export type Emptiness =
  { readonly why: "none" } | { readonly why: "reviewed" } | { readonly why: "filters"; readonly hidden: number };

export function emptiness(hits: readonly Hit[], { shelf }: Filters): Emptiness {
  if (hits.length === 0) return { why: "none" };
  const waiting = counted(hits).review;
  if (shelf === "review") return waiting ? { why: "filters", hidden: waiting } : { why: "reviewed" };
  return { why: "filters", hidden: hits.length };
}
