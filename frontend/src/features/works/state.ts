/** How far a work is. */
import type { Work } from "../../api/client";

export type Stage = "preparing" | "ready" | "registered";

export function stageOf(work: Work): Stage {
  if (work.registered_at) return "registered";
  return work.state === "ready" ? "ready" : "preparing";
}

export function pictureOf(work: { work_id: string }, size: "tile" | "preview"): string {
  return `/api/works/pictures/${work.work_id}/${size}`;
}
