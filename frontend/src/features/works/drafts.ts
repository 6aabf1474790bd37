/** Batches that this browser drafted. They stand in localStorage: a reload in the middle loses neither choice nor place. */
import { useSyncExternalStore } from "react";
import type { Prepared } from "../../api/client";

export interface Draft {
  /** Of the API's draft. */
  readonly id: string;
  readonly works: readonly string[];
  /** Dates the batch. Sending it again is harmless: a root keeps its first date. */
  readonly transaction: Prepared;
  readonly sent?: { readonly hash: string; readonly at: number };
}

const KEY = "copytrack.batches";
const MOST = 8;
const changed = new Set<() => void>();
let drafts: readonly Draft[] = read();

window.addEventListener("storage", (event) => {
  if (event.key === KEY) refresh();
});

function read(): readonly Draft[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Draft[]) : [];
  } catch {
    return [];
  }
}

function refresh(): void {
  drafts = read();
  for (const tell of changed) tell();
}

function change(next: (known: readonly Draft[]) => readonly Draft[]): void {
  const kept = next(read()).slice(-MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Too large for the browser's store: what is on-chain is still found again, by its claims.
    localStorage.setItem(KEY, JSON.stringify([]));
  }
  refresh();
}

function subscribe(tell: () => void): () => void {
  changed.add(tell);
  return () => changed.delete(tell);
}

export function useDrafts(): readonly Draft[] {
  return useSyncExternalStore(subscribe, () => drafts);
}

/** The draft of exactly these works, if there is one. */
export function draftOf(works: readonly string[]): Draft | undefined {
  const wanted = [...works].sort().join();
  return read().find((draft) => [...draft.works].sort().join() === wanted);
}

export function keepDraft(draft: Draft): void {
  change((known) => [...known.filter((one) => one.id !== draft.id), draft]);
}

export function markSent(id: string, hash: string): void {
  change((known) => known.map((one) => (one.id === id ? { ...one, sent: { hash, at: Date.now() } } : one)));
}

/** The transaction ended without dating the batch. */
export function markUnsent(id: string): void {
  change((known) => known.map(({ sent, ...one }) => (one.id === id || !sent ? one : { ...one, sent })));
}

/** Forget what was never sent of these works. */
export function dropUnsent(works: readonly string[]): void {
  change((known) => known.filter((one) => one.sent || !one.works.some((id) => works.includes(id))));
}

export function dropDraft(id: string): void {
  change((known) => known.filter((one) => one.id !== id));
}
