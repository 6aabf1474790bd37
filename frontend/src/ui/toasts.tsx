/** Short messages below the page's head, read out by screen readers. What is done stands at the foot, and stays free. */
import { useEffect, useSyncExternalStore } from "react";

export interface Toast {
  readonly kind: "good" | "bad" | "quiet";
  readonly text: string;
  /** Stays until it is dismissed: something was lost, and must be read. */
  readonly stays?: boolean;
  readonly action?: { readonly label: string; run(): void };
}

type Kept = Toast & { readonly id: number };

const SHOWN_MS = 7_000;
let toasts: readonly Kept[] = [];
let count = 0;
const changed = new Set<() => void>();

function set(next: readonly Kept[]): void {
  toasts = next;
  for (const tell of changed) tell();
}

export function say(toast: Toast): void {
  set([...toasts.slice(-2), { ...toast, id: ++count }]);
}

const subscribe = (tell: () => void): (() => void) => {
  changed.add(tell);
  return () => changed.delete(tell);
};

const LOOK = {
  good: "border-good/40 bg-good-soft text-good",
  bad: "border-bad/40 bg-bad-soft text-bad",
  quiet: "border-line bg-surface text-ink",
} as const;

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 top-16 z-40 flex flex-col items-center gap-2"
    >
      {shown.map((toast) => (
        <Line key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function Line({ toast }: { toast: Kept }) {
  const drop = (): void => set(toasts.filter((one) => one.id !== toast.id));
  useEffect(() => {
    if (toast.stays) return;
    const timer = setTimeout(drop, SHOWN_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div
      className={`pointer-events-auto flex max-w-lg items-center gap-3 rounded-xl border px-4 py-2.5 text-sm shadow-lg ${LOOK[toast.kind]}`}
    >
      <span>{toast.text}</span>
      {toast.action && (
        <button
          type="button"
          className="cursor-pointer font-semibold underline"
          onClick={() => {
            toast.action?.run();
            drop();
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button type="button" aria-label="Dismiss" className="cursor-pointer px-1 text-lg leading-none" onClick={drop}>
        ×
      </button>
    </div>
  );
}
