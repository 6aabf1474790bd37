/** How a sent transaction ended. Only a receipt decides; silence never does. */
import { BaseError, type Hex, type PublicClient } from "viem";
import type { Pending } from "./pending";

export type Outcome = "done" | "refused" | "replaced" | "dropped" | "unknown";

const PATIENCE_MS = 60_000;
const DROPPED_AFTER_MS = 60 * 60_000;

/**
 * Waits a minute for the receipt. `replaced`: the user sent something else in its place, or cancelled it in the wallet;
 * `dropped`: no node knows it any more, an hour after it was sent; `unknown`: not decided yet, ask again.
 */
export async function outcomeOf(client: PublicClient, row: Pick<Pending, "hash" | "sentAt">): Promise<Outcome> {
  let replaced = false;
  try {
    const receipt = await client.waitForTransactionReceipt({
      hash: row.hash,
      timeout: PATIENCE_MS,
      onReplaced: ({ reason }) => {
        replaced = reason !== "repriced";
      },
    });
    if (replaced) return "replaced";
    return receipt.status === "success" ? "done" : "refused";
  } catch {
    return (await isForgotten(client, row)) ? "dropped" : "unknown";
  }
}

async function isForgotten(client: PublicClient, row: Pick<Pending, "hash" | "sentAt">): Promise<boolean> {
  if (Date.now() - row.sentAt < DROPPED_AFTER_MS) return false;
  try {
    await client.getTransaction({ hash: row.hash satisfies Hex });
    return false;
  } catch (problem) {
    return problem instanceof BaseError && problem.name === "TransactionNotFoundError";
  }
}
