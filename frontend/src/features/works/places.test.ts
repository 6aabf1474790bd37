import { encodeFunctionData, type Hex } from "viem";
import { describe, expect, it } from "vitest";
import type { Prepared, Work } from "../../api/client";
import { abis } from "../../chain/abis";
import type { Draft } from "./drafts";
import { arranged, INDEXED_MS, worksOf, type Batch } from "./places";
import { stageOf } from "./state";

const NOW = 1_700_000_000_000;
const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
const work = (id: string, change: Partial<Work> = {}): Work =>
  ({ id, state: "ready", content_hash: hash(id), registered_at: null, ...change }) as Work;
const batch = (id: string, change: Partial<Batch> = {}): Batch => ({
  id,
  created_at: "2026-01-01T00:00:00Z",
  size: 2,
  anchored: true,
  unclaimed: 2,
  ...change,
});
const draft = (id: string, works: string[], sent?: Draft["sent"]): Draft => ({
  id,
  works,
  transaction: {} as Prepared,
  ...(sent ? { sent } : {}),
});
const WORKS = [work("a"), work("b"), work("c")];
const never = (): boolean => false;

/** The claim of these certificates, as the API prepares it. */
function claim(...ids: string[]): Prepared {
  const entry = (id: string) =>
    ({ kind: 0, contentHash: hash(id), engineVersion: 1, fingerprintCid: "0x01", metadataCid: "0x02" }) as const;
  const args = [
    hash("f"),
    `0x${"11".repeat(20)}`,
    ids.map(entry),
    ids.map(() => []),
    { deadline: 0n, signature: "0x" },
  ] as const;
  const data = encodeFunctionData({ abi: abis.WorkRegistry, functionName: "claimMany", args: args as never });
  return { chain_id: 1, to: "0x", data, contract: "WorkRegistry", function: "claimMany", summary: "" };
}

describe("works of a batch", () => {
  it("are dated, not ready, once the batch is anchored, in whatever browser", () => {
    const claims = [claim("a"), claim("b")];
    const found = arranged(WORKS, [batch("1")], [], () => worksOf(claims, WORKS), never, NOW);
    expect(WORKS.map((one) => stageOf(one, found.places.get(one.id)))).toEqual(["dated", "dated", "ready"]);
    expect([found.toCollect.map((one) => one.id), found.known]).toEqual([["1"], true]);
  });

  it("are on their way from the moment the wallet sent the batch, until the index has it", () => {
    const sent = { hash: hash("e"), at: NOW - 2 * INDEXED_MS };
    const drafted = [batch("1", { anchored: false })];
    const mined = arranged(WORKS, drafted, [draft("1", ["a", "b"], sent)], never as never, () => true, NOW);
    expect([...mined.places]).toEqual([
      ["a", "dating"],
      ["b", "dating"],
    ]);
    const justMined = [draft("1", ["a", "b"], { ...sent, at: NOW - 1_000 })];
    expect(arranged(WORKS, drafted, justMined, never as never, never, NOW).places.get("a")).toBe("dating");
  });

  it("are offered again if the wallet never sent it, or it was not mined", () => {
    const drafted = [batch("1", { anchored: false })];
    for (const sent of [undefined, { hash: hash("e"), at: NOW - 2 * INDEXED_MS }]) {
      const found = arranged(WORKS, drafted, [draft("1", ["a", "b"], sent)], never as never, never, NOW);
      expect([found.places.size, found.unsent.map((one) => one.id)]).toEqual([0, ["1"]]);
    }
  });

  it("may not be chosen while it is not known what a batch holds", () => {
    expect(arranged(WORKS, [batch("1")], [], () => undefined, never, NOW).known).toBe(false);
    expect(arranged(WORKS, [batch("1", { unclaimed: 0 })], [], () => undefined, never, NOW).known).toBe(true);
  });

  it("are registered with their certificate, and only the others wait", () => {
    const some = [work("a", { registered_at: 5 }), work("b"), work("c")];
    const found = arranged(some, [batch("1", { unclaimed: 1 })], [], () => ["a", "b"], never, NOW);
    expect(some.map((one) => stageOf(one, found.places.get(one.id)))).toEqual(["registered", "dated", "ready"]);
    const done = some.map((one) => ({ ...one, registered_at: 5 }));
    const kept = [draft("1", ["a", "b"], { hash: hash("e"), at: NOW })];
    expect(arranged(done, [batch("1", { unclaimed: 0 })], kept, never as never, never, NOW)).toMatchObject({
      toCollect: [],
      unsent: [],
    });
  });

  it("that were drafted twice are collected once", () => {
    const found = arranged(WORKS, [batch("2"), batch("1")], [], () => ["a", "b"], never, NOW);
    expect(found.toCollect.map((one) => one.id)).toEqual(["2"]);
  });
});
