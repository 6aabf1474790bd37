/** The small parts that every page is made of. */
import { useEffect, useId, useRef, useState, type ButtonHTMLAttributes, type ReactNode } from "react";

type Look = "main" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  main: "bg-accent text-on-accent hover:brightness-110 border-transparent",
  plain: "bg-surface text-ink border-edge/60 hover:bg-sunken",
  quiet: "bg-transparent text-ink border-transparent hover:bg-sunken",
  danger: "bg-surface text-bad border-bad/50 hover:bg-bad-soft",
};

export function buttonLook(look: Look = "main", more = ""): string {
  return (
    "inline-flex min-h-10 cursor-pointer items-center justify-center gap-2 rounded-lg border px-4 py-2 text-sm font-medium " +
    "transition-colors no-underline disabled:cursor-not-allowed disabled:opacity-60 " +
    `${LOOKS[look]} ${more}`
  );
}

export function Button({
  look = "main",
  busy = false,
  className = "",
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; busy?: boolean }) {
  return (
    <button type="button" {...rest} disabled={rest.disabled || busy} className={buttonLook(look, className)}>
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <span
      aria-hidden
      className="inline-block size-4 animate-spin rounded-full border-2 border-current border-r-transparent"
    />
  );
}

type Tone = "good" | "warn" | "bad" | "calm" | "accent";

const TONES: Record<Tone, string> = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  calm: "bg-sunken text-quiet",
  accent: "bg-accent-soft text-accent",
};

export function Badge({ tone = "calm", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={`inline-flex max-w-full items-center rounded-xl px-2.5 py-0.5 text-xs font-medium ${TONES[tone]}`}>
      {children}
    </span>
  );
}

export function Notice({
  tone = "calm",
  children,
  role,
}: {
  tone?: Tone;
  children: ReactNode;
  role?: "alert" | "status";
}) {
  return (
    <div role={role} className={`rounded-xl px-4 py-3 text-sm ${TONES[tone]}`}>
      {children}
    </div>
  );
}

export function Card({
  title,
  aside,
  children,
  id,
}: {
  title?: string;
  aside?: ReactNode;
  children: ReactNode;
  id?: string;
}) {
  return (
    <section id={id} className="rounded-2xl border border-line bg-surface p-5 sm:p-6">
      {title && (
        <header className="mb-4 flex flex-wrap items-center justify-between gap-2">
          <h2 className="text-lg font-semibold tracking-tight">{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

/** A page's head: one h1, a sentence, and what can be done. */
export function PageHead({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · CopyTrack`;
  }, [title]);
  return (
    <header className="mb-6 flex flex-wrap items-end justify-between gap-4">
      <div className="max-w-2xl">
        <h1 className="display text-3xl">{title}</h1>
        {children && <p className="mt-1.5 text-quiet">{children}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

/** `narrow`: beside something else, where wide terms would squeeze what they name. */
export function Facts({ rows, narrow = false }: { rows: readonly (readonly [string, ReactNode])[]; narrow?: boolean }) {
  return (
    <dl
      className={`grid grid-cols-1 gap-x-6 gap-y-3 text-sm ${narrow ? "sm:grid-cols-[4rem_1fr]" : "sm:grid-cols-[9rem_1fr]"}`}
    >
      {rows.map(([term, value]) => (
        <div key={term} className="contents">
          <dt className="text-quiet max-sm:-mb-2.5">{term}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A hash or address: short to read, whole to copy. */
export function Hash({ value, short = true }: { value: string; short?: boolean }) {
  const [copied, setCopied] = useState(false);
  const shown = short && value.length > 22 ? `${value.slice(0, 10)}…${value.slice(-8)}` : value;
  return (
    <button
      type="button"
      title={`Copy ${value}`}
      className="cursor-pointer rounded bg-sunken px-1.5 py-0.5 text-left font-mono text-xs break-all hover:bg-line"
      onClick={() => {
        void navigator.clipboard?.writeText(value).then(() => {
          setCopied(true);
          setTimeout(() => setCopied(false), 1_500);
        });
      }}
    >
      {copied ? "Copied" : shown}
    </button>
  );
}

export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children(id)}
      {hint && <p className="text-xs text-quiet">{hint}</p>}
    </div>
  );
}

export const inputLook =
  "min-h-10 w-full rounded-lg border border-edge/70 bg-surface px-3 py-2 text-sm text-ink placeholder:text-quiet";

/** A modal dialog: the browser's own, so that focus and Escape behave as people expect. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  onClose(): void;
  children: ReactNode;
  wide?: boolean;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onClose={onClose}
      onCancel={onClose}
      onClick={(event) => event.target === element.current && onClose()}
      className={`m-auto max-h-[90dvh] w-[calc(100vw-2rem)] overflow-y-auto rounded-2xl border border-line bg-surface text-ink shadow-2xl ${wide ? "max-w-2xl" : "max-w-md"}`}
    >
      <div className="p-5 sm:p-6">
        <div className="mb-4 flex items-start justify-between gap-4">
          <h2 id={heading} className="text-lg font-semibold tracking-tight">
            {title}
          </h2>
          <button
            type="button"
            aria-label="Close"
            onClick={onClose}
            className="-mt-1 -mr-1 size-9 cursor-pointer rounded-lg text-xl leading-none hover:bg-sunken"
          >
            ×
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

/** What a list says when it is empty: what will be here, and what to do. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="rounded-2xl border border-dashed border-edge/60 px-6 py-14 text-center">
      <p className="display text-xl">{title}</p>
      <div className="mx-auto mt-2 max-w-md text-sm text-quiet">{children}</div>
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="flex items-center gap-3 py-10 text-sm text-quiet">
      <Spinner /> {what}
    </p>
  );
}
