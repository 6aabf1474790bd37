/** A wallet for tests: announced by EIP-6963 in the page, signing in Node. It can refuse, and change account or chain. */
import type { Page } from "@playwright/test";
import { createWalletClient, http, numberToHex, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { chain, node, stack } from "./stack";

export const WALLET_NAME = "Test wallet";

export class TestWallet {
  private chainId: number = chain.id;
  private connected = false;
  /** Refuse what is asked next, as a user does who presses Reject. */
  rejectNext = false;
  /** Never answer what is asked next, as a window that stays open. */
  holdNext = false;
  /** Refuse after so many were confirmed. */
  rejectAfter: number | null = null;
  /** What was asked, in order. */
  readonly asked: string[] = [];

  private constructor(
    private readonly page: Page,
    private key: Hex,
  ) {}

  static async in(page: Page, key: Hex): Promise<TestWallet> {
    const wallet = new TestWallet(page, key);
    await page.exposeFunction("testWalletRequest", (method: string, params: unknown[]) =>
      wallet.answer(method, params),
    );
    await page.addInitScript(announce, WALLET_NAME);
    return wallet;
  }

  get address(): Hex {
    return privateKeyToAccount(this.key).address;
  }

  async switchAccount(key: Hex): Promise<void> {
    this.key = key;
    await this.emit("accountsChanged", [this.address]);
  }

  async switchChain(id: number): Promise<void> {
    this.chainId = id;
    await this.emit("chainChanged", numberToHex(id));
  }

  private emit(event: string, value: unknown): Promise<void> {
    return this.page
      .evaluate(([name, told]) => window.dispatchEvent(new CustomEvent(`test-wallet:${name}`, { detail: told })), [
        event,
        value,
      ] as const)
      .then(() => undefined);
  }

  private async answer(method: string, params: unknown[]): Promise<unknown> {
    this.asked.push(method);
    try {
      return { result: await this.result(method, params) };
    } catch (problem) {
      const { code, message } = problem as { code?: number; message: string };
      return { error: { code: code ?? -32603, message } };
    }
  }

  private async result(method: string, params: unknown[]): Promise<unknown> {
    const asks = ["eth_requestAccounts", "personal_sign", "eth_sendTransaction", "wallet_switchEthereumChain"];
    if (this.holdNext && asks.includes(method)) {
      this.holdNext = false;
      await new Promise(() => undefined);
    }
    if (this.rejectAfter !== null && asks.includes(method) && this.rejectAfter-- === 0) {
      this.rejectAfter = null;
      this.rejectNext = true;
    }
    if (this.rejectNext && asks.includes(method)) {
      this.rejectNext = false;
      throw Object.assign(new Error("User rejected the request."), { code: 4001 });
    }
    const account = privateKeyToAccount(this.key);
    switch (method) {
      case "eth_chainId":
        return numberToHex(this.chainId);
      case "eth_requestAccounts":
        this.connected = true;
        return [account.address];
      case "eth_accounts":
        return this.connected ? [account.address] : [];
      case "wallet_switchEthereumChain":
      case "wallet_addEthereumChain":
        await this.switchChain(Number((params[0] as { chainId: string }).chainId));
        return null;
      case "personal_sign":
        return account.signMessage({ message: { raw: params[0] as Hex } });
      case "eth_sendTransaction": {
        const { to, data } = params[0] as { to: Hex; data: Hex };
        return createWalletClient({ account, chain, transport: http(stack.rpc) }).sendTransaction({ to, data });
      }
      default:
        return node.request({ method, params } as never);
    }
  }
}

/** Runs in the page, before its own scripts. */
function announce(name: string): void {
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  const ask = (
    window as unknown as {
      testWalletRequest(
        method: string,
        params: unknown,
      ): Promise<{ result?: unknown; error?: { code: number; message: string } }>;
    }
  ).testWalletRequest;
  const provider = {
    async request({ method, params }: { method: string; params?: unknown }) {
      const { result, error } = await ask(method, params ?? []);
      if (error) throw Object.assign(new Error(error.message), { code: error.code });
      return result;
    },
    on(event: string, listener: (value: unknown) => void) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    removeListener: (event: string, listener: (value: unknown) => void) => listeners.get(event)?.delete(listener),
  };
  for (const event of ["accountsChanged", "chainChanged"]) {
    window.addEventListener(`test-wallet:${event}`, (told) => {
      for (const listener of listeners.get(event) ?? []) listener((told as CustomEvent).detail);
    });
  }
  const info = {
    uuid: "0b5fca0e-2d0a-4a44-9a80-7e57a11e7e57",
    name,
    icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
    rdns: "test.copytrack.wallet",
  };
  const tell = (): void =>
    void window.dispatchEvent(
      new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }),
    );
  window.addEventListener("eip6963:requestProvider", tell);
  tell();
}
