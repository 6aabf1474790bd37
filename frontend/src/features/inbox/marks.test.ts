import { describe, expect, it } from "vitest";
import type { Hit } from "../../api/client";
import { after, counted, emptiness, filtered, MARKS, onShelf, ordered } from "./marks";

const hit = (id: string, change: Partial<Hit> = {}): Hit =>
  ({ id, mark: null, seen_at: 1, score: 0.5, site: "a.example", ...change }) as Hit;

describe("the inbox", () => {
  it("goes on with the next hit, and at the end with the one before", () => {
    const list = [hit("1"), hit("2"), hit("3")];
    expect([after(list, "1"), after(list, "3"), after([hit("1")], "1")]).toEqual(["2", "2", null]);
  });

  it("counts every hit on one shelf", () => {
    const counts = counted([hit("1"), hit("2", { mark: "not_licensed" }), hit("3", { mark: "no_match" }), hit("4")]);
    expect(counts).toEqual({ review: 2, not_licensed: 1, allowed: 0, unsure: 0, no_match: 1, all: 4 });
  });

  it("puts a hit on its own shelf and on that of all", () => {
    expect(onShelf(hit("1", { mark: "allowed" }), "allowed") && onShelf(hit("1", { mark: "allowed" }), "all")).toBe(
      true,
    );
    expect(onShelf(hit("1", { mark: "allowed" }), "review")).toBe(false);
  });

  it("orders by date, score and site, always in the same way", () => {
    const list = [hit("b", { score: 0.9 }), hit("a", { seen_at: 5 }), hit("c", { site: "0.example" })];
    expect(ordered(list, "newest").map((h) => h.id)).toEqual(["a", "b", "c"]);
    expect(ordered(list, "score").map((h) => h.id)).toEqual(["b", "a", "c"]);
    expect(ordered(list, "site").map((h) => h.id)).toEqual(["c", "a", "b"]);
  });

  it("has one key for each judgement", () => {
    expect(new Set(MARKS.map((one) => one.key)).size).toBe(MARKS.length);
  });

  it("says that all is reviewed only if nothing waits anywhere", () => {
    const hits = [
      hit("1", { mark: "not_licensed", work_id: "w" }),
      hit("2", { work_id: "w", site: "b.example" }),
      hit("3", { work_id: "x" }),
    ];
    const here = { shelf: "review", site: "a.example", work: "w" } as const;
    expect(filtered(hits, here)).toEqual([]);
    expect(emptiness(hits, here)).toEqual({ why: "filters", hidden: 2 });
    const judged = hits.map((one) => ({ ...one, mark: "allowed" as const }));
    expect(emptiness(judged, here)).toEqual({ why: "reviewed" });
    expect(emptiness(hits, { shelf: "unsure", site: "", work: "" })).toEqual({ why: "filters", hidden: 3 });
    expect(emptiness(judged, { shelf: "unsure", site: "", work: "" })).toEqual({ why: "filters", hidden: 3 });
    expect(emptiness([], here)).toEqual({ why: "none" });
  });
});
