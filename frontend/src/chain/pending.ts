/** Transactions that were sent and not seen mined yet. They survive a reload: they stand in localStorage. */
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

function read(): readonly Pending[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Pending[]) : [];
  } catch {
    return [];
  }
}

function write(next: readonly Pending[]): void {
  rows = next;
  localStorage.setItem(KEY, JSON.stringify(rows));
  for (const tell of changed) tell();
}

export const pendingRows = (): readonly Pending[] => rows;

export function onPending(tell: () => void): () => void {
  changed.add(tell);
  return () => changed.delete(tell);
}

export function keepPending(row: Pending): void {
  write([...rows.filter((one) => one.hash !== row.hash), row]);
}

export function dropPending(hash: Hex): void {
  write(rows.filter((one) => one.hash !== hash));
}
