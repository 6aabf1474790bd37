import { readFileSync } from "node:fs";
import { createWalletClient, defineChain, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterEach, describe, expect, it, vi } from "vitest";
import { passage, PASSED } from "./passage";

const ANSWERS: Record<string, unknown> = {
  eth_chainId: numberToHex(31337),
  eth_getTransactionCount: "0x0",
  eth_estimateGas: numberToHex(21_000),
  eth_maxPriorityFeePerGas: "0x1",
  eth_getBlockByNumber: { number: "0x1", timestamp: "0x1", baseFeePerGas: "0x1", transactions: [] },
  eth_sendRawTransaction: `0x${"11".repeat(32)}`,
};

afterEach(() => vi.unstubAllGlobals());

describe("the passage to the chain", () => {
  it("is asked for exactly what the API passes on", () => {
    const source = readFileSync(new URL("../../../backend/chain/passage.py", import.meta.url), "utf8");
    const listed = /^ALLOWED = \{([^}]*)\}/m.exec(source)![1]!;
    expect([...PASSED].sort()).toEqual([...listed.matchAll(/"(\w+)"/g)].map((one) => one[1]).sort());
  });

  it("takes a transaction of a local account without a request that would be refused", async () => {
    const asked: string[] = [];
    vi.stubGlobal("location", { origin: "http://app.example" });
    vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      asked.push(method);
      const result = ANSWERS[method];
      if (result === undefined) return new Response(JSON.stringify({ code: "method" }), { status: 403 });
      return Response.json({ jsonrpc: "2.0", id, result });
    });
    const chain = defineChain({
      id: 31337,
      name: "local",
      nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
      rpcUrls: { default: { http: ["http://unused.example"] } },
    });
    const account = privateKeyToAccount(`0x${"01".repeat(32)}`);
    const hash = await createWalletClient({ account, chain, transport: passage() }).sendTransaction({
      to: account.address,
      data: "0x",
    });
    expect(hash).toBe(ANSWERS.eth_sendRawTransaction);
    expect(asked.filter((method) => !PASSED.has(method))).toEqual([]);
  });
});
