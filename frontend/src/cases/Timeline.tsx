/** What happened in a case, when, by whom: the same for both sides. */
import type { Schemas } from "../api/client";
import { shortAddress, when } from "../ui/format";
import { Hash } from "../ui/kit";
import { labelOf } from "./states";

export function Timeline({ steps }: { steps: readonly Schemas["Step"][] }) {
  return (
    <ol className="relative ml-2 border-l border-line">
      {steps.map((step, number) => (
        <li key={number} className="relative pb-5 pl-6 last:pb-0">
          <span aria-hidden className="absolute top-1.5 -left-[5px] size-2.5 rounded-full bg-accent" />
          <p className="text-sm">
            <strong className="font-semibold">{labelOf(step.state)}</strong>
            <span className="text-quiet"> · {when(step.at)}</span>
          </p>
          <p className="text-sm text-quiet first-letter:uppercase">
            {step.why}
            {step.actor && ` · ${step.actor.startsWith("0x") ? shortAddress(step.actor) : step.actor}`}
          </p>
          {step.tx_hash && <Hash value={step.tx_hash} />}
        </li>
      ))}
    </ol>
  );
}
