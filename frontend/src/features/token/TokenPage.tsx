/** CPY: what the account holds, and sending it. */
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { encodeFunctionData, getAddress, isAddress } from "viem";
import { useConfig, useConnection } from "wagmi";
import { getBalance, readContract } from "wagmi/actions";
import { abis } from "../../chain/abis";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment, WalletDialog } from "../../chain/Wallet";
import { cpy, parseCpy, shortAddress } from "../../ui/format";
import { Button, Card, Facts, Field, Hash, inputLook, Loading, PageHead } from "../../ui/kit";
import { say } from "../../ui/toasts";

export function TokenPage() {
  const { address } = useConnection();
  const [connecting, setConnecting] = useState(false);
  return (
    <>
      <PageHead title="CPY">
        The token in which licences and settlements are paid. Its supply was minted once; nobody can make more.
      </PageHead>
      {address ? (
        <div className="grid gap-5 lg:grid-cols-2">
          <Holdings address={address} />
          <Transfer address={address} />
        </div>
      ) : (
        <Card>
          <p className="mb-4 text-sm">Connect a wallet to see what it holds.</p>
          <Button onClick={() => setConnecting(true)}>Connect a wallet</Button>
        </Card>
      )}
      {connecting && <WalletDialog onClose={() => setConnecting(false)} />}
    </>
  );
}

function useHoldings(address: `0x${string}`) {
  const deployment = useDeployment();
  const config = useConfig();
  const token = { address: deployment.contracts.CPYToken.address, abi: abis.CPYToken } as const;
  return useQuery({
    queryKey: ["holdings", address],
    refetchInterval: 5_000,
    queryFn: async () => ({
      cpy: await readContract(config, { ...token, functionName: "balanceOf", args: [address] }),
      supply: await readContract(config, { ...token, functionName: "totalSupply" }),
      ether: (await getBalance(config, { address })).value,
    }),
  });
}

function Holdings({ address }: { address: `0x${string}` }) {
  const deployment = useDeployment();
  const holdings = useHoldings(address);
  if (!holdings.data) return <Loading what="Asking the chain …" />;
  return (
    <Card title="Balance">
      <p className="display text-4xl break-all tabular-nums">
        {cpy(holdings.data.cpy)} <span className="text-xl text-quiet">CPY</span>
      </p>
      <div className="mt-6">
        <Facts
          rows={[
            ["Account", <Hash key="a" value={address} />],
            ["Ether for fees", `${cpy(holdings.data.ether)} ETH`],
            ["All CPY", cpy(holdings.data.supply)],
            ["Contract", <Hash key="c" value={deployment.contracts.CPYToken.address} />],
          ]}
        />
      </div>
    </Card>
  );
}

function Transfer({ address }: { address: `0x${string}` }) {
  const deployment = useDeployment();
  const holdings = useHoldings(address);
  const { send, progress, busy, dismiss } = useTransactions("transfer", deployment);
  const [to, setTo] = useState("");
  const [amount, setAmount] = useState("");
  const wei = parseCpy(amount);
  const problem = problemOf(to, amount, wei, holdings.data?.cpy, address);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (problem || wei === null) return;
    const token = deployment.contracts.CPYToken.address;
    const data = encodeFunctionData({
      abi: abis.CPYToken,
      functionName: "transfer",
      args: [getAddress(to.trim()), wei],
    });
    const summary = `Send ${cpy(wei)} CPY to ${shortAddress(to.trim())}`;
    const step = { chain_id: deployment.chainId, to: token, data, contract: "CPYToken", function: "transfer", summary };
    if (await send({ prepare: () => [step], needs: wei })) {
      say({ kind: "good", text: `${cpy(wei)} CPY were sent.` });
      setAmount("");
    }
  }

  return (
    <Card title="Send">
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field label="To" hint="An address that begins with 0x. A transfer cannot be taken back.">
          {(id) => (
            <input
              id={id}
              value={to}
              onChange={(event) => setTo(event.target.value)}
              autoComplete="off"
              spellCheck={false}
              className={`${inputLook} font-mono`}
            />
          )}
        </Field>
        <Field label="Amount in CPY">
          {(id) => (
            <input
              id={id}
              inputMode="decimal"
              autoComplete="off"
              value={amount}
              onChange={(event) => setAmount(event.target.value)}
              className={inputLook}
            />
          )}
        </Field>
        {problem && (to || amount) && <p className="text-sm text-bad">{problem}</p>}
        {!problem && wei !== null && (
          <p className="text-sm">
            You send <strong>{cpy(wei)} CPY</strong>.
          </p>
        )}
        <Steps progress={progress} onDismiss={dismiss} />
        <div>
          <Button type="submit" busy={busy} disabled={problem !== null}>
            Send
          </Button>
        </div>
      </form>
    </Card>
  );
}

function problemOf(
  to: string,
  amount: string,
  wei: bigint | null,
  has: bigint | undefined,
  self: string,
): string | null {
  if (!isAddress(to.trim())) return "Enter the receiver’s address: 0x and 40 hex digits, with the right checksum.";
  if (to.trim().toLowerCase() === self.toLowerCase()) return "This is your own address.";
  if (!amount.trim()) return "Enter an amount.";
  if (wei === null || wei === 0n) return "Write an amount such as 12 or 12.5, with a point and at most 18 decimals.";
  if (has !== undefined && wei > has) return `This account has ${cpy(has)} CPY.`;
  return null;
}
