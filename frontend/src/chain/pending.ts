/** Transactions that were sent and not seen decided yet. They stand in localStorage: a reload and other tabs keep them. */
import { useSyncExternalStore } from "react";
import type { Hex } from "viem";

export interface Pending {
  readonly hash: Hex;
  /** What they belong to, such as `case:…`: the button that sent one stays busy after a reload. */
  readonly key: string;
  readonly summary: string;
  readonly chainId: number;
  readonly sentAt: number;
}

const KEY = "copytrack.pending";
const changed = new Set<() => void>();
let rows: readonly Pending[] = read();

window.addEventListener("storage", (event) => {
  if (event.key === KEY) refresh();
});

function read(): readonly Pending[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Pending[]) : [];
  } catch {
    return [];
  }
}

function refresh(): void {
  rows = read();
  for (const tell of changed) tell();
}

/** What other tabs wrote is kept: rows are read again before they are written. */
function change(next: (known: readonly Pending[]) => readonly Pending[]): void {
  localStorage.setItem(KEY, JSON.stringify(next(read())));
  refresh();
}

export const pendingRows = (): readonly Pending[] => rows;

function onPending(tell: () => void): () => void {
  changed.add(tell);
  return () => changed.delete(tell);
}

/** Hashes of all that was sent and is not decided. */
export function usePendingHashes(): ReadonlySet<string> {
  return new Set(useSyncExternalStore(onPending, pendingRows).map((row) => row.hash));
}

/** Whether something that belongs to the key was sent and is not decided. */
export function usePending(key: string): boolean {
  return useSyncExternalStore(onPending, pendingRows).some((row) => row.key === key);
}

export function keepPending(row: Pending): void {
  change((known) => [...known.filter((one) => one.hash !== row.hash), row]);
}

export function dropPending(hash: Hex): void {
  change((known) => known.filter((one) => one.hash !== hash));
}
