/** The one path of every transaction: simulate → wallet → mined. A rejection is neutral, every refusal a sentence. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { decodeFunctionData, type Hex, type PublicClient } from "viem";
import { useConfig, useConnection } from "wagmi";
import { getPublicClient, getWalletClient, switchChain } from "wagmi/actions";
import { Problem, type Prepared, type Schemas } from "../api/client";
import { expectChanges, session } from "../api/queries";
import { cpy, shortAddress } from "../ui/format";
import { say } from "../ui/toasts";
import { abis } from "./abis";
import type { Deployment } from "./contracts";
import { isRejection, sentenceOfChain } from "./errors";
import { outcomeOf, type Outcome } from "./outcome";
import { dropPending, keepPending, pendingRows, usePending, type Pending } from "./pending";

export type Phase = "idle" | "preparing" | "checking" | "wallet" | "mining";

export interface Progress {
  readonly phase: Phase;
  readonly step: number;
  readonly steps: readonly string[];
  readonly problem: string | null;
}

const IDLE: Progress = { phase: "idle", step: 0, steps: [], problem: null };
const WATCH_PAUSE_MS = 5_000;

export interface Order {
  /** The transactions, in order; a function is asked when the user presses the button, so that quotes are fresh. */
  readonly prepare: () => Promise<readonly Prepared[]> | readonly Prepared[];
  /** CPY wei that must be there, told before anything is signed. */
  readonly needs?: bigint | (() => bigint);
  /** The wallet sent one; it is not mined yet. */
  readonly onSent?: (hash: Hex) => void;
  /** Only the signed-in account may send it: it is about that account's works. */
  readonly asHolder?: boolean;
}

/** A refusal of ours, already in words. */
class Refusal extends Error {}

const ENDED: Record<Exclude<Outcome, "done">, string> = {
  refused: "The network rejected the transaction. You paid only the network fee.",
  replaced: "The transaction was cancelled or replaced in your wallet. It did not go through.",
  dropped: "The network dropped the transaction. It did not go through. Send it again.",
  unknown: "The transaction was sent but is not confirmed yet. We’re still watching it. Don’t send it again.",
};

/** `send` runs an order and resolves to whether all of it was mined. `busy` also after a reload, by the key. */
export function useTransactions(key: string, deployment: Deployment) {
  const config = useConfig();
  const { address, chainId } = useConnection();
  const queries = useQueryClient();
  const [progress, setProgress] = useState(IDLE);
  const running = useRef(false);
  const waiting = usePending(key);

  const send = useCallback(
    async (order: Order): Promise<boolean> => {
      if (running.current) return false;
      running.current = true;
      let mined = 0;
      try {
        setProgress({ ...IDLE, phase: "preparing" });
        if (!address) throw new Refusal("Connect a wallet first.");
        const me = queries.getQueryData(session.queryKey) as Schemas["SignedIn"] | null | undefined;
        if (order.asHolder && me?.address.toLowerCase() !== address.toLowerCase()) {
          throw new Refusal(
            `Switch your wallet to ${me ? `${shortAddress(me.address)}, ` : ""}the account you signed in with.`,
          );
        }
        if (chainId !== deployment.chainId) await switchChain(config, { chainId: deployment.chainId as never });
        const chain = getPublicClient(config) as PublicClient;
        const steps = await order.prepare();
        setProgress({ ...IDLE, phase: "checking", steps: steps.map((step) => step.summary) });
        const needs = typeof order.needs === "function" ? order.needs() : order.needs;
        if (needs) await requireBalance(chain, deployment, address, needs);
        for (const [step, prepared] of steps.entries()) {
          const at = (phase: Phase): void => setProgress((was) => ({ ...was, step, phase }));
          at("checking");
          if (await isAllowedAlready(chain, prepared, address)) continue;
          const to = prepared.to as Hex;
          const data = prepared.data as Hex;
          await chain.call({ account: address, to, data });
          at("wallet");
          const wallet = await getWalletClient(config, { account: address });
          const hash = await wallet.sendTransaction({ account: address, to, data } as never);
          const row = { hash, key, summary: prepared.summary, chainId: deployment.chainId, sentAt: Date.now() };
          keepPending(row);
          order.onSent?.(hash);
          at("mining");
          const outcome = await outcomeOf(chain, row);
          if (outcome === "unknown") void watch(chain, row);
          else dropPending(hash);
          if (outcome !== "done") throw new Refusal(ENDED[outcome]);
          mined += 1;
        }
        setProgress(IDLE);
        return true;
      } catch (problem) {
        setProgress({ ...IDLE, problem: isRejection(problem) ? null : sentence(problem) });
        if (isRejection(problem)) {
          const kept = mined ? "The earlier steps are done. You can continue from here." : "Nothing was sent.";
          say({ kind: "quiet", text: `You declined the request in your wallet. ${kept}` });
        }
        return false;
      } finally {
        running.current = false;
        expectChanges();
      }
    },
    [address, chainId, config, deployment, key, queries],
  );

  return {
    send,
    progress,
    busy: progress.phase !== "idle" || waiting,
    dismiss: useCallback(() => setProgress(IDLE), []),
  };
}

function sentence(problem: unknown): string {
  return problem instanceof Refusal || problem instanceof Problem ? problem.message : sentenceOfChain(problem);
}

async function requireBalance(chain: PublicClient, deployment: Deployment, owner: Hex, needs: bigint): Promise<void> {
  const token = { address: deployment.contracts.CPYToken.address, abi: abis.CPYToken } as const;
  const has = await chain.readContract({ ...token, functionName: "balanceOf", args: [owner] });
  if (has < needs) {
    throw new Refusal(
      `You need ${cpy(needs)} CPY; this account has ${cpy(has)}. Nothing was sent. Add ${cpy(needs - has)} CPY to this account, or use another one.`,
    );
  }
}

/** Allowing twice costs a fee for nothing: after a reload in the middle the first step is done. */
async function isAllowedAlready(chain: PublicClient, step: Prepared, owner: Hex): Promise<boolean> {
  if (step.function !== "approve") return false;
  const { args } = decodeFunctionData({ abi: abis.CPYToken, data: step.data as Hex });
  const [spender, amount] = args as [Hex, bigint];
  const token = { address: step.to as Hex, abi: abis.CPYToken } as const;
  return (await chain.readContract({ ...token, functionName: "allowance", args: [owner, spender] })) >= amount;
}

const watched = new Set<Hex>();

/** Until it is decided, however long that takes; then says how it ended. */
async function watch(chain: PublicClient, row: Pending): Promise<void> {
  if (watched.has(row.hash)) return;
  watched.add(row.hash);
  let outcome: Outcome = "unknown";
  while (outcome === "unknown") {
    outcome = await outcomeOf(chain, row);
    if (outcome === "unknown") await new Promise((wake) => setTimeout(wake, WATCH_PAUSE_MS));
  }
  watched.delete(row.hash);
  dropPending(row.hash);
  if (outcome === "done") say({ kind: "good", text: `Done: ${row.summary}.` });
  else say({ kind: "bad", text: `${row.summary}: ${ENDED[outcome]}` });
  expectChanges();
}

/** After a reload: watches what was sent before. */
export function useResume(deployment: Deployment): void {
  const config = useConfig();
  useEffect(() => {
    const chain = getPublicClient(config) as PublicClient;
    for (const row of pendingRows()) if (row.chainId === deployment.chainId) void watch(chain, row);
  }, [config, deployment]);
}
