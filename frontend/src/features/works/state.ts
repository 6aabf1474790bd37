/** How far a work is. */
import type { Work } from "../../api/client";

/** Where a work stands in a batch: its date is being written, or it is dated and its certificate waits. */
export type Place = "dating" | "dated";
export type Stage = "preparing" | "ready" | Place | "registered";

export function stageOf(work: Work, place: Place | undefined): Stage {
  if (work.registered_at) return "registered";
  return place ?? (work.state === "ready" ? "ready" : "preparing");
}

export const STAGE_LABELS: Record<Stage, string> = {
  preparing: "Fingerprinting…",
  ready: "Ready",
  dating: "Recording date…",
  dated: "Dated – certificate not collected yet",
  registered: "Registered",
};

export function pictureOf(work: { work_id: string }, size: "tile" | "preview"): string {
  return `/api/works/pictures/${work.work_id}/${size}`;
}
