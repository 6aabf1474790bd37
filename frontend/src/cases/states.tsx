/** A case's state in words, for both sides. */
import { Badge } from "../ui/kit";

const STATES: Record<string, { label: string; tone: "good" | "warn" | "calm" | "accent" }> = {
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

export function StateBadge({ state }: { state: string }) {
  const known = STATES[state] ?? { label: state, tone: "calm" as const };
  return <Badge tone={known.tone}>{known.label}</Badge>;
}

export const STATE_LABELS: Record<string, string> = Object.fromEntries(
  Object.entries(STATES).map(([k, v]) => [k, v.label]),
);
