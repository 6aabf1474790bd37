/** Pictures of hits, and the next ones fetched and decoded before they are asked for. */
import { useEffect, useRef } from "react";
import type { Hit } from "../../api/client";

const AHEAD = 4;
const KEPT = 40;

export const tileOf = (hit: Hit): string => `/api/hits/${hit.id}/pictures/tile`;
export const foundOf = (hit: Hit): string => `/api/hits/${hit.id}/pictures/found`;
export const pageOf = (hit: Hit): string => `/api/hits/${hit.id}/pictures/page`;
export const workOf = (hit: Hit): string => `/api/works/pictures/${hit.work_id}/preview`;

export function usePreloaded(list: readonly Hit[], current: string | null): void {
  const kept = useRef(new Map<string, HTMLImageElement>());
  useEffect(() => {
    const at = list.findIndex((hit) => hit.id === current);
    for (const hit of list.slice(Math.max(0, at), at + 1 + AHEAD)) {
      for (const source of [workOf(hit), foundOf(hit)]) {
        if (kept.current.has(source)) continue;
        const image = new Image();
        image.src = source;
        image.decode().catch(() => undefined); // shown as missing when its turn comes
        kept.current.set(source, image);
      }
    }
    for (const source of kept.current.keys()) {
      if (kept.current.size <= KEPT) break;
      kept.current.delete(source);
    }
  }, [list, current]);
}
