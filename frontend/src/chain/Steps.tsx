/** Where an order of transactions stands, in words. */
import { Button, Notice, Spinner } from "../ui/kit";
import type { Progress } from "./transactions";

const WORDS = {
  idle: "",
  preparing: "Preparing…",
  checking: "Checking the transaction…",
  wallet: "Confirm in your wallet.",
  mining: "Waiting for the network to confirm…",
} as const;

/** Of a long order, only what is near is shown. */
const NEAR = 3;

interface Props {
  readonly progress: Progress;
  /** Steps of the same flow that were taken before this order, and that come after it. */
  readonly behind?: readonly string[];
  readonly ahead?: readonly string[];
  onDismiss(): void;
}

export function Steps({ progress, behind = [], ahead = [], onDismiss }: Props) {
  if (progress.problem) {
    return (
      <Notice tone="bad" role="alert">
        <div className="flex items-start justify-between gap-3">
          <span>{progress.problem}</span>
          <Button look="quiet" className="-my-2" onClick={onDismiss}>
            OK
          </Button>
        </div>
      </Notice>
    );
  }
  if (progress.phase === "idle") return null;
  const begun = progress.steps.length > 0;
  const steps = begun ? [...behind, ...progress.steps, ...ahead] : [];
  const at = behind.length + progress.step;
  const shown = steps
    .map((summary, number) => ({ summary, number }))
    .filter(({ number }) => number >= at - 1 && number < at + NEAR);
  const more = steps.filter((_, number) => number >= at + NEAR).length;
  return (
    <div role="status" className="rounded-xl bg-sunken px-4 py-3 text-sm">
      <ol className="flex flex-col gap-1.5">
        {shown.map(({ summary, number }) => (
          <li key={number} className={`flex items-center gap-2 ${number > at ? "text-quiet" : ""}`}>
            <span aria-hidden className="w-4 text-center">
              {number < at ? "✓" : number === at ? "→" : "·"}
            </span>
            {summary}
          </li>
        ))}
        {more > 0 && <li className="pl-6 text-quiet">and {more} more</li>}
      </ol>
      <p className="mt-2 flex items-center gap-2 text-quiet">
        <Spinner /> {WORDS[progress.phase]}
        {steps.length > 1 && <span className="ml-auto tabular-nums">{`${at + 1} of ${steps.length}`}</span>}
      </p>
    </div>
  );
}
