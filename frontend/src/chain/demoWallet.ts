/**
 * A wallet for the local chain, so that nobody needs an extension to click through the demonstration.
 *
 * It announces itself like every other wallet (EIP-6963) and asks before it signs. Its keys are anvil's, known to
 * everybody; the API tells them on the local chain only.
 */
import {
  createWalletClient,
  numberToHex,
  type Address,
  type Chain,
  type EIP1193Provider,
  type Hex,
  type TransactionRequest,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { passage } from "./passage";

export interface Role {
  readonly name: string;
  readonly key: string;
}

/** What the wallet's window shows: a choice of role, or something to confirm. */
export type DemoRequest =
  | { readonly kind: "choose"; readonly roles: readonly Role[]; answer(role: Role | null): void }
  | {
      readonly kind: "confirm";
      readonly role: string;
      readonly what: string;
      readonly detail: string;
      answer(yes: boolean): void;
    };

const ROLE_KEY = "copytrack.demo.role";
const ICON =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#7a4f00"/>' +
      '<path d="M6 8h12v9H6z M6 11h12" fill="none" stroke="#fff" stroke-width="1.6"/></svg>',
  );

class ProviderError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

type Listener = (...values: never[]) => void;

export class DemoWallet {
  private waiting: DemoRequest | null = null;
  private readonly windows = new Set<() => void>();
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(
    private readonly chain: Chain,
    private readonly roles: readonly Role[],
  ) {}

  /** The request that waits for the user, for `useSyncExternalStore`. */
  readonly current = (): DemoRequest | null => this.waiting;
  readonly subscribe = (changed: () => void): (() => void) => {
    this.windows.add(changed);
    return () => this.windows.delete(changed);
  };

  /** Answer to everything in the page that asks for wallets. */
  announce(): void {
    const info = {
      uuid: "5f0c7c7e-0d53-4a9e-9d0e-c0b7c0ffee01",
      name: "Demonstration wallet",
      icon: ICON,
      rdns: "local.copytrack.demo",
    };
    const detail = Object.freeze({ info, provider: this.provider });
    const tell = (): void => void window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    window.addEventListener("eip6963:requestProvider", tell);
    tell();
  }

  readonly provider = {
    request: (asked: { method: string; params?: unknown }) => this.request(asked.method, asked.params),
    on: (name: string, listener: Listener) => {
      const known = this.listeners.get(name) ?? new Set();
      this.listeners.set(name, known.add(listener));
    },
    removeListener: (name: string, listener: Listener) => this.listeners.get(name)?.delete(listener),
  } as unknown as EIP1193Provider;

  /** The role that has this address, if one has. */
  nameOf(address: string): string | null {
    const found = this.roles.find(
      (role) => privateKeyToAccount(role.key as Hex).address.toLowerCase() === address.toLowerCase(),
    );
    return found?.name ?? null;
  }

  private get role(): Role | undefined {
    const name = localStorage.getItem(ROLE_KEY);
    return this.roles.find((role) => role.name === name);
  }

  private async request(method: string, params: unknown): Promise<unknown> {
    const values = (params ?? []) as readonly unknown[];
    switch (method) {
      case "eth_chainId":
        return numberToHex(this.chain.id);
      case "eth_accounts":
        return this.role ? [privateKeyToAccount(this.role.key as Hex).address] : [];
      case "eth_requestAccounts":
        return this.connect();
      case "wallet_requestPermissions":
        throw new ProviderError(
          4200,
          "The demonstration wallet does not support permissions. Request accounts instead.",
        );
      case "wallet_revokePermissions":
        localStorage.removeItem(ROLE_KEY);
        return null;
      case "wallet_switchEthereumChain":
      case "wallet_addEthereumChain":
        if (Number((values[0] as { chainId: string }).chainId) === this.chain.id) return null;
        throw new ProviderError(4902, "The demonstration wallet only works on the local chain.");
      case "personal_sign":
        return this.sign(values[0] as Hex);
      case "eth_sendTransaction":
        return this.send(values[0] as TransactionRequest & { gas?: Hex });
      default:
        return this.client(this.signer()).request({ method, params } as never);
    }
  }

  private async connect(): Promise<Address[]> {
    const role = await this.ask<Role | null>((answer) => ({ kind: "choose", roles: this.roles, answer }));
    if (!role) throw new ProviderError(4001, "The user did not choose a role.");
    localStorage.setItem(ROLE_KEY, role.name);
    const accounts: Address[] = [privateKeyToAccount(role.key as Hex).address];
    for (const listener of this.listeners.get("accountsChanged") ?? []) (listener as (a: Address[]) => void)(accounts);
    return accounts;
  }

  private async sign(message: Hex): Promise<Hex> {
    const signer = this.signer();
    const text = new TextDecoder().decode(
      Uint8Array.from(message.slice(2).match(/../g) ?? [], (byte) => parseInt(byte, 16)),
    );
    await this.confirm("Sign a message", text);
    return signer.signMessage({ message: { raw: message } });
  }

  private async send(transaction: TransactionRequest): Promise<Hex> {
    const signer = this.signer();
    await this.confirm("Send a transaction", `To ${transaction.to}\nData ${(transaction.data ?? "0x").slice(0, 74)}…`);
    return this.client(signer).sendTransaction({
      account: signer,
      chain: this.chain,
      to: transaction.to ?? null,
      data: transaction.data ?? "0x",
    } as never);
  }

  private signer() {
    if (!this.role) throw new ProviderError(4100, "Connect the demonstration wallet first.");
    return privateKeyToAccount(this.role.key as Hex);
  }

  private client(account: ReturnType<typeof privateKeyToAccount>) {
    return createWalletClient({ account, chain: this.chain, transport: passage() });
  }

  private async confirm(what: string, detail: string): Promise<void> {
    const role = this.role?.name ?? "";
    const yes = await this.ask<boolean>((answer) => ({ kind: "confirm", role, what, detail, answer }));
    if (!yes) throw new ProviderError(4001, "The user rejected the request.");
  }

  private async ask<T>(make: (answer: (value: T) => void) => DemoRequest): Promise<T> {
    if (this.waiting)
      throw new ProviderError(-32002, "Another request is waiting in the demonstration wallet. Answer it first.");
    try {
      return await new Promise<T>((resolve) => this.show(make(resolve)));
    } finally {
      this.show(null);
    }
  }

  private show(request: DemoRequest | null): void {
    this.waiting = request;
    for (const changed of this.windows) changed();
  }
}
