/** Everything that needs a wallet, in one lazy part: provider, dialogs, sign-in. Pages for readers never load it. */
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useState, type ReactNode } from "react";
import { createSiweMessage } from "viem/siwe";
import { createConfig, useConfig, useConnect, useConnection, useConnectors, useDisconnect, WagmiProvider } from "wagmi";
import { signMessage, switchChain } from "wagmi/actions";
import { Waiting } from "../app/Waiting";
import { api, sentenceOf, told, type Schemas } from "../api/client";
import { network, session } from "../api/queries";
import { shortAddress } from "../ui/format";
import { Button, Dialog, Notice } from "../ui/kit";
import { say } from "../ui/toasts";
import { chainOf, type Deployment } from "./contracts";
import { DemoWallet } from "./demoWallet";
import { DemoWindow } from "./DemoWindow";
import { isRejection, sentenceOfChain } from "./errors";
import { passage } from "./passage";
import { useResume } from "./transactions";

/** Not about an account: the network, and who is signed in. */
const KEPT: readonly unknown[] = [network.queryKey[0], session.queryKey[0]];

interface WalletContext {
  readonly deployment: Deployment;
  readonly demo: DemoWallet | null;
}

const Context = createContext<WalletContext | null>(null);

export function useDeployment(): Deployment {
  return useWalletContext().deployment;
}

function useWalletContext(): WalletContext {
  const found = useContext(Context);
  if (!found) throw new Error("a page that uses the wallet stands outside <Wallet>");
  return found;
}

function prepare(told: Network) {
  const deployment = told.deployment as unknown as Deployment;
  const chain = chainOf(deployment);
  const demo = told.demo_wallet.length ? new DemoWallet(chain, told.demo_wallet) : null;
  // Before the configuration is made: it drops what is announced while it reads its storage.
  demo?.announce();
  const config = createConfig({
    chains: [chain],
    transports: { [chain.id]: passage({ batch: true }) },
    pollingInterval: 1_000,
  });
  return { config, context: { deployment, demo } };
}

type Network = Schemas["Network"];
const prepared = new WeakMap<Network, ReturnType<typeof prepare>>();

/** One configuration and one demonstration wallet for each network, however often React renders. */
function preparedFor(told: Network): ReturnType<typeof prepare> {
  const known = prepared.get(told) ?? prepare(told);
  prepared.set(told, known);
  return known;
}

/** Gives its children the chain and the wallet; waits until the API has told which chain it is. */
export default function Wallet({ children }: { children: ReactNode }) {
  const told = useQuery(network);
  if (!told.data) {
    return (
      <div className="p-4">
        <Waiting query={told} queryKey={network.queryKey} what="Connecting to the network…" />
      </div>
    );
  }
  const { config, context } = preparedFor(told.data);
  return (
    <WagmiProvider config={config} reconnectOnMount>
      <Context value={context}>
        <Resume />
        {children}
        {context.demo && <DemoWindow wallet={context.demo} />}
      </Context>
    </WagmiProvider>
  );
}

function Resume() {
  useResume(useDeployment());
  return null;
}

/** Wallets of this browser (EIP-6963). */
export function WalletDialog({ onClose }: { onClose(): void }) {
  const connectors = useConnectors();
  const connect = useConnect();
  const announced = connectors.filter((one) => one.id !== "injected");
  const choices = announced.length ? announced : connectors;
  return (
    <Dialog title="Connect a wallet" onClose={onClose}>
      <ul className="flex flex-col gap-2">
        {choices.map((connector) => (
          <li key={connector.uid}>
            <button
              type="button"
              disabled={connect.isPending}
              onClick={() => connect.mutate({ connector }, { onSuccess: onClose })}
              className="flex w-full cursor-pointer items-center gap-3 rounded-xl border border-line px-4 py-3 text-left hover:bg-sunken"
            >
              {connector.icon && <img src={connector.icon.trim()} alt="" className="size-8 rounded-lg" />}
              <span className="font-medium">{connector.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <Notice>We found no wallet in this browser. Install one, then reload this page.</Notice>}
      {connect.error && !isRejection(connect.error) && (
        <div className="mt-3">
          <Notice tone="bad" role="alert">
            {sentenceOfChain(connect.error)}
          </Notice>
        </div>
      )}
      <p className="mt-4 text-xs text-quiet">
        Your keys stay in your wallet. CopyTrack prepares transactions, but only your wallet can sign them.
      </p>
    </Dialog>
  );
}

/** What one account was told must not be shown to the next one: it is forgotten at once, and asked anew. */
async function forgetAccount(client: QueryClient): Promise<void> {
  await client.refetchQueries({ queryKey: session.queryKey });
  await client.resetQueries({ predicate: ({ queryKey }) => !KEPT.includes(queryKey[0]) });
}

/** Connect, and sign in with Ethereum (EIP-4361). */
export function useSignIn() {
  const config = useConfig();
  const { address } = useConnection();
  const deployment = useDeployment();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  async function signIn(): Promise<void> {
    if (!address || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const { nonce, chain_id } = await told(api.GET("/api/auth/nonce"));
      const message = createSiweMessage({
        address,
        chainId: chain_id,
        domain: location.host,
        uri: location.origin,
        nonce,
        version: "1",
        statement: "Sign in to CopyTrack.",
        issuedAt: new Date(Math.floor(Date.now() / 1000) * 1000),
      });
      const signature = await signMessage(config, { account: address, message });
      await told(api.POST("/api/auth/sign-in", { body: { message, signature } }));
      await forgetAccount(client);
    } catch (cause) {
      if (isRejection(cause)) say({ kind: "quiet", text: "You declined to sign. You are not signed in." });
      else setProblem("status" in (cause as object) ? sentenceOf(cause) : sentenceOfChain(cause));
    } finally {
      setBusy(false);
    }
  }
  return { address, deployment, signIn, busy, problem };
}

/** Asks for wallet and signature before it shows its children. */
export function SignedIn({ children }: { children: ReactNode }) {
  const me = useQuery(session);
  const { address, signIn, busy, problem } = useSignIn();
  const [open, setOpen] = useState(false);
  if (me.data === undefined) {
    return <Waiting query={me} queryKey={session.queryKey} what="Checking whether you are signed in…" />;
  }
  if (me.data) return children;
  return (
    <div className="mx-auto max-w-md py-16 text-center">
      <h1 className="display text-3xl">Your works, your hits, your cases</h1>
      <p className="mt-3 text-quiet">
        Sign in with your wallet. Signing is free and sends nothing to the chain. It only proves that the account is
        yours.
      </p>
      <div className="mt-6 flex justify-center">
        {address ? (
          <Button busy={busy} onClick={() => void signIn()}>
            Sign in as {shortAddress(address)}
          </Button>
        ) : (
          <Button onClick={() => setOpen(true)}>Connect a wallet</Button>
        )}
      </div>
      {problem && (
        <div className="mt-4 text-left">
          <Notice tone="bad" role="alert">
            {problem}
          </Notice>
        </div>
      )}
      {open && <WalletDialog onClose={() => setOpen(false)} />}
    </div>
  );
}

/** The account at the head of the page: connect, switch, sign out. */
export function AccountButton() {
  const { address } = useConnection();
  const { demo } = useWalletContext();
  const disconnect = useDisconnect();
  const client = useQueryClient();
  const me = useQuery(session);
  const [open, setOpen] = useState<"connect" | "account" | null>(null);
  const role = useRoleName(demo, address);
  async function signOut(): Promise<void> {
    await told(api.POST("/api/auth/sign-out")).catch(() => undefined);
    disconnect.mutate({});
    setOpen(null);
    await forgetAccount(client);
  }
  if (!address && !me.data) {
    return (
      <>
        <Button look="plain" onClick={() => setOpen("connect")}>
          Connect
        </Button>
        {open && <WalletDialog onClose={() => setOpen(null)} />}
      </>
    );
  }
  const shown = address ?? me.data?.address ?? "";
  return (
    <>
      <Button look="plain" className="max-sm:px-3" onClick={() => setOpen("account")} aria-label={`Account ${shown}`}>
        <span aria-hidden className="size-2 rounded-full bg-accent" />
        {role ?? shortAddress(shown)}
      </Button>
      {open === "account" && (
        <Dialog title="Account" onClose={() => setOpen(null)}>
          <p className="font-mono text-sm break-all">{shown}</p>
          <p className="mt-2 text-sm text-quiet">
            {me.data ? `Signed in as ${shortAddress(me.data.address)}.` : "Connected, but not signed in."}
            {role && ` Your role in the demonstration: ${role}.`}
          </p>
          <div className="mt-5 flex flex-wrap gap-2">
            <Button look="plain" onClick={() => setOpen("connect")}>
              Use another account
            </Button>
            <Button look="danger" onClick={() => void signOut()}>
              Sign out
            </Button>
          </div>
        </Dialog>
      )}
      {open === "connect" && <WalletDialog onClose={() => setOpen(null)} />}
    </>
  );
}

function useRoleName(demo: DemoWallet | null, address: string | undefined): string | null {
  return demo && address ? demo.nameOf(address) : null;
}

/** Tells when wallet, session and network do not fit together, with the button that mends it. */
export function WalletNotices() {
  const { address, chainId } = useConnection();
  const { deployment, signIn, busy } = useSignIn();
  const config = useConfig();
  const me = useQuery(session);
  if (address && chainId && chainId !== deployment.chainId) {
    const chain = chainOf(deployment);
    return (
      <Notice tone="warn" role="alert">
        <span className="mr-3">
          Your wallet is on another network (chain {chainId}). CopyTrack runs on {chain.name}.
        </span>
        <button
          type="button"
          className="cursor-pointer font-semibold underline"
          onClick={() =>
            void switchChain(config, { chainId: deployment.chainId as never }).catch((problem: unknown) => {
              if (!isRejection(problem)) say({ kind: "bad", text: sentenceOfChain(problem) });
            })
          }
        >
          Switch network
        </button>
      </Notice>
    );
  }
  if (address && me.data && me.data.address.toLowerCase() !== address.toLowerCase()) {
    return (
      <Notice tone="warn" role="alert">
        <span className="mr-3">
          You are signed in as {shortAddress(me.data.address)}, but your wallet is using {shortAddress(address)}.
        </span>
        <button
          type="button"
          disabled={busy}
          className="cursor-pointer font-semibold underline"
          onClick={() => void signIn()}
        >
          Sign in with this account
        </button>
      </Notice>
    );
  }
  return null;
}
