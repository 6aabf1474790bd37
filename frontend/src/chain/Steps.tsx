/** Where an order of transactions stands, in words. */
import { Button, Notice, Spinner } from "../ui/kit";
import type { Progress } from "./transactions";

const WORDS = {
  idle: "",
  preparing: "Preparing …",
  checking: "Checking that it will work …",
  wallet: "Confirm it in your wallet.",
  mining: "Waiting for the chain …",
} as const;

export function Steps({ progress, onDismiss }: { progress: Progress; onDismiss(): void }) {
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
  return (
    <div role="status" className="rounded-xl bg-sunken px-4 py-3 text-sm">
      <ol className="flex flex-col gap-1.5">
        {progress.steps.map((summary, number) => (
          <li key={number} className={`flex items-center gap-2 ${number > progress.step ? "text-quiet" : ""}`}>
            <span aria-hidden className="w-4 text-center">
              {number < progress.step ? "✓" : number === progress.step ? "→" : "·"}
            </span>
            {summary}
          </li>
        ))}
      </ol>
      <p className="mt-2 flex items-center gap-2 text-quiet">
        <Spinner /> {WORDS[progress.phase]}
        {progress.steps.length > 1 && (
          <span className="ml-auto tabular-nums">
            {progress.step + 1} of {progress.steps.length}
          </span>
        )}
      </p>
    </div>
  );
}
