/** A case's state in words, for both sides, and what it means. */
import type { Schemas } from "../api/client";
import { Badge } from "../ui/kit";

type CaseState = Schemas["CaseState"];

const STATES: Record<CaseState, { label: string; tone: "good" | "warn" | "calm" | "accent" }> = {
  claimed: { label: "Claimed", tone: "warn" },
  open: { label: "Open", tone: "accent" },
  in_review: { label: "Answered", tone: "warn" },
  disputed: { label: "Disputed", tone: "warn" },
  licensed: { label: "Licensed", tone: "good" },
  settled: { label: "Settled", tone: "good" },
  contested: { label: "Before the panel", tone: "warn" },
  dismissed: { label: "Dismissed", tone: "calm" },
  closed: { label: "Withdrawn", tone: "calm" },
};

const OVER: readonly CaseState[] = ["settled", "closed", "licensed", "dismissed"];
const PAYABLE: readonly CaseState[] = ["open", "in_review", "contested"];

/** Whether nothing is asked of the image user any more. */
export const isOver = (state: CaseState): boolean => OVER.includes(state);

/** Whether the image user can pay, and the holder still withdraw. */
export const isPayable = (state: CaseState): boolean => PAYABLE.includes(state);

/** A page that was opened before an update of the server may not know a state. */
const shown = (state: CaseState) => STATES[state] ?? { label: state, tone: "calm" as const };

export const labelOf = (state: CaseState): string => shown(state).label;

export function StateBadge({ state }: { state: CaseState }) {
  return <Badge tone={shown(state).tone}>{labelOf(state)}</Badge>;
}
