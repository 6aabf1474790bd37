/** The one path of every transaction: simulate → wallet → mined. A rejection is neutral, every refusal a sentence. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { decodeFunctionData, type Hex } from "viem";
import { useConfig, useConnection } from "wagmi";
import { getPublicClient, getWalletClient, readContract, switchChain, waitForTransactionReceipt } from "wagmi/actions";
import type { Prepared } from "../api/client";
import { expectChanges } from "../api/queries";
import { abis } from "./abis";
import type { Deployment } from "./contracts";
import { isRejection, sentenceOfChain } from "./errors";
import { dropPending, keepPending, onPending, pendingRows } from "./pending";
import { say } from "../ui/toasts";

export type Phase = "idle" | "preparing" | "checking" | "wallet" | "mining";

export interface Progress {
  readonly phase: Phase;
  readonly step: number;
  readonly steps: readonly string[];
  readonly problem: string | null;
}

const IDLE: Progress = { phase: "idle", step: 0, steps: [], problem: null };
const MINING_TIMEOUT_MS = 180_000;

export interface Order {
  /** The transactions, in order; a function is asked when the user presses the button, so that quotes are fresh. */
  readonly prepare: () => Promise<readonly Prepared[]> | readonly Prepared[];
  /** CPY wei that must be there, told before anything is signed. */
  readonly needs?: bigint | (() => bigint);
}

/** `send` runs an order and resolves to whether all of it was mined. `busy` also after a reload, by the key. */
export function useTransactions(key: string, deployment: Deployment) {
  const config = useConfig();
  const { address, chainId } = useConnection();
  const [progress, setProgress] = useState(IDLE);
  const running = useRef(false);
  const waiting = useSyncExternalStore(onPending, pendingRows).some((row) => row.key === key);

  const send = useCallback(
    async (order: Order): Promise<boolean> => {
      if (running.current) return false;
      running.current = true;
      const update = (change: Partial<Progress>): void => setProgress((was) => ({ ...was, ...change }));
      try {
        setProgress({ ...IDLE, phase: "preparing" });
        if (!address) throw new Refusal("Connect a wallet first.");
        if (chainId !== deployment.chainId) await switchChain(config, { chainId: deployment.chainId as never });
        const steps = await order.prepare();
        update({ steps: steps.map((step) => step.summary) });
        const needs = typeof order.needs === "function" ? order.needs() : order.needs;
        if (needs) await requireBalance(needs);
        for (const [number, step] of steps.entries()) {
          update({ step: number, phase: "checking" });
          if (await isAllowedAlready(step)) continue;
          await simulate(step);
          update({ phase: "wallet" });
          const wallet = await getWalletClient(config);
          const hash = await wallet.sendTransaction({ to: step.to as Hex, data: step.data as Hex } as never);
          keepPending({ hash, key, summary: step.summary, chainId: deployment.chainId, sentAt: Date.now() });
          update({ phase: "mining" });
          await mined(hash);
        }
        expectChanges();
        setProgress(IDLE);
        return true;
      } catch (problem) {
        expectChanges();
        const neutral = isRejection(problem);
        if (neutral) say({ kind: "quiet", text: "You declined in the wallet. Nothing was sent." });
        setProgress({
          ...IDLE,
          problem: neutral
            ? null
            : problem instanceof Error && isOurs(problem)
              ? problem.message
              : sentenceOfChain(problem),
        });
        return false;
      } finally {
        running.current = false;
      }

      async function requireBalance(needs: bigint): Promise<void> {
        const { formatEther } = await import("viem");
        const token = deployment.contracts.CPYToken.address;
        const has = await readContract(config, {
          address: token,
          abi: abis.CPYToken,
          functionName: "balanceOf",
          args: [address!],
        });
        if (has < needs) {
          throw new Refusal(
            `${formatEther(needs)} CPY are needed, and this account has ${formatEther(has)}. Nothing was sent.`,
          );
        }
      }

      /** Allowing twice costs a fee for nothing: after a reload in the middle the first step is done. */
      async function isAllowedAlready(step: Prepared): Promise<boolean> {
        if (step.function !== "approve") return false;
        const { args } = decodeFunctionData({ abi: abis.CPYToken, data: step.data as Hex });
        const [spender, amount] = args as [Hex, bigint];
        const abi = abis.CPYToken;
        const allowed = await readContract(config, {
          address: step.to as Hex,
          abi,
          functionName: "allowance",
          args: [address!, spender],
        });
        return allowed >= amount;
      }

      async function simulate(step: Prepared): Promise<void> {
        const client = getPublicClient(config);
        await client!.call({ account: address!, to: step.to as Hex, data: step.data as Hex });
      }

      async function mined(hash: Hex): Promise<void> {
        const receipt = await waitForTransactionReceipt(config, { hash, timeout: MINING_TIMEOUT_MS });
        dropPending(hash);
        if (receipt.status !== "success")
          throw new Refusal("The chain refused the transaction. Only the fee was spent.");
      }
    },
    [address, chainId, config, deployment, key],
  );

  return {
    send,
    progress,
    busy: progress.phase !== "idle" || waiting,
    dismiss: useCallback(() => setProgress(IDLE), []),
  };
}

/** A refusal of ours, already in words. */
class Refusal extends Error {}
const isOurs = (problem: Error): boolean =>
  problem instanceof Refusal || problem.name === "Problem" || "status" in problem;

/** After a reload: wait for what was sent before, and say how it ended. */
export function useResume(deployment: Deployment): void {
  const config = useConfig();
  useEffect(() => {
    for (const row of pendingRows()) {
      if (row.chainId !== deployment.chainId) continue;
      waitForTransactionReceipt(config, { hash: row.hash, timeout: MINING_TIMEOUT_MS })
        .then((receipt) => {
          if (!pendingRows().some((one) => one.hash === row.hash)) return;
          dropPending(row.hash);
          const done = receipt.status === "success";
          say({
            kind: done ? "good" : "bad",
            text: done ? `Done: ${row.summary}.` : `Refused by the chain: ${row.summary}.`,
          });
          expectChanges();
        })
        .catch(() => {
          const text = `Not mined yet: ${row.summary}. Look at it in your wallet.`;
          dropPending(row.hash);
          say({ kind: "bad", text });
        });
    }
  }, [config, deployment]);
}
