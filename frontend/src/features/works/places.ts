/** Which works are on their way through a batch: dated on-chain, and without a certificate until it is collected. */
import { decodeFunctionData, type Hex } from "viem";
import type { Prepared, Schemas, Work } from "../../api/client";
import { abis } from "../../chain/abis";
import type { Draft } from "./drafts";
import type { Place } from "./state";

export type Batch = Schemas["KnownBatch"];

export interface Batches {
  /** Where each work stands, by its upload's id; a work that is in no batch is not in it. */
  readonly places: ReadonlyMap<string, Place>;
  /** Dated, with certificates to collect. */
  readonly toCollect: readonly Batch[];
  /** Drafted, and never sent: the page was closed before the wallet had it. */
  readonly unsent: readonly Draft[];
  /** False while it is not known yet which works a batch holds: none may be chosen then, lest it be dated twice. */
  readonly known: boolean;
}

/** A transaction that was mined a moment ago is indexed within seconds. After that, silence means it was not mined. */
export const INDEXED_MS = 60_000;

/** `members` tells the works of a batch, or undefined where that is not known yet. */
export function arranged(
  works: readonly Work[],
  batches: readonly Batch[],
  drafts: readonly Draft[],
  members: (batch: Batch) => readonly string[] | undefined,
  isPending: (hash: string) => boolean,
  now: number,
): Batches {
  const open = new Set(works.filter((work) => !work.registered_at).map((work) => work.id));
  const places = new Map<string, Place>();
  const toCollect: Batch[] = [];
  let known = true;
  for (const batch of batches) {
    if (!batch.anchored || batch.unclaimed === 0) continue;
    const held = members(batch);
    if (!held) {
      known = false;
      continue;
    }
    // The same works can have been drafted twice; once is enough to collect them.
    const fresh = held.filter((id) => open.has(id) && !places.has(id));
    if (fresh.length === 0) continue;
    for (const id of fresh) places.set(id, "dated");
    toCollect.push(batch);
  }
  const unsent: Draft[] = [];
  const anchored = new Set(batches.filter((batch) => batch.anchored).map((batch) => batch.id));
  for (const draft of drafts) {
    if (anchored.has(draft.id) || !draft.works.every((id) => open.has(id) && !places.has(id))) continue;
    const sent = draft.sent && (isPending(draft.sent.hash) || now - draft.sent.at < INDEXED_MS);
    if (sent) for (const id of draft.works) places.set(id, "dating");
    else unsent.push(draft);
  }
  return { places, toCollect, unsent, known };
}

/** The uploads whose certificates these transactions mint: they name content hashes. */
export function worksOf(claims: readonly Prepared[], works: readonly Work[]): string[] {
  const hashes = new Set(claims.flatMap((claim) => entriesOf(claim).map((hash) => hash.toLowerCase())));
  return works.filter((work) => hashes.has(work.content_hash.toLowerCase())).map((work) => work.id);
}

/** Content hashes of the works that a claim of certificates names. */
export function entriesOf(claim: Prepared): readonly Hex[] {
  const { functionName, args } = decodeFunctionData({ abi: abis.WorkRegistry, data: claim.data as Hex });
  if (functionName !== "claimMany") return [];
  return args[2].map((entry) => entry.contentHash);
}
