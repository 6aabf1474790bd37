/** CPY: what the account holds, and sending it. */
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { encodeFunctionData, getAddress } from "viem";
import { useConfig, useConnection } from "wagmi";
import { getBalance, readContract } from "wagmi/actions";
import { Unanswered } from "../../app/Unanswered";
import { abis } from "../../chain/abis";
import { sentenceOfChain } from "../../chain/errors";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment, WalletDialog } from "../../chain/Wallet";
import { cpy, parseCpy, shortAddress } from "../../ui/format";
import { Button, Card, Facts, Field, Hash, inputLook, PageHead } from "../../ui/kit";
import { say } from "../../ui/toasts";
import { Payout } from "../income";
import { problemOf } from "./transfer";

export function TokenPage() {
  const { address } = useConnection();
  const [connecting, setConnecting] = useState(false);
  return (
    <>
      <PageHead title="CPY">
        Licences and settlements are paid in this token. The whole supply was minted once, and nobody can mint more.
      </PageHead>
      <div className="grid gap-5 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-5">
          {address && <Holdings address={address} />}
          {address && <Earnings />}
          <Supply />
        </div>
        {address ? (
          <Transfer address={address} />
        ) : (
          <Card title="Balance">
            <p className="mb-4 text-sm">Connect a wallet to see your balance and send CPY.</p>
            <Button onClick={() => setConnecting(true)}>Connect a wallet</Button>
          </Card>
        )}
      </div>
      {connecting && <WalletDialog onClose={() => setConnecting(false)} />}
    </>
  );
}

const inWords = (problem: unknown): Error => new Error(sentenceOfChain(problem));

function useToken() {
  const deployment = useDeployment();
  return { address: deployment.contracts.CPYToken.address, abi: abis.CPYToken } as const;
}

/** What everybody may know, with or without a wallet. */
function Supply() {
  const config = useConfig();
  const token = useToken();
  const supply = useQuery({
    queryKey: ["supply"],
    queryFn: () => readContract(config, { ...token, functionName: "totalSupply" }),
  });
  return (
    <Card title="The token">
      {supply.data === undefined && supply.failureReason && (
        <div className="mb-4">
          <Unanswered problem={inWords(supply.failureReason)} retry={() => void supply.refetch()} />
        </div>
      )}
      <Facts
        rows={[
          ["Total supply", supply.data === undefined ? "…" : `${cpy(supply.data)} CPY`],
          ["Contract", <Hash key="c" value={token.address} />],
        ]}
      />
    </Card>
  );
}

function useHoldings(address: `0x${string}`) {
  const config = useConfig();
  const token = useToken();
  return useQuery({
    queryKey: ["holdings", address],
    refetchInterval: 5_000,
    queryFn: async () => ({
      cpy: await readContract(config, { ...token, functionName: "balanceOf", args: [address] }),
      ether: (await getBalance(config, { address })).value,
    }),
  });
}

function Holdings({ address }: { address: `0x${string}` }) {
  const holdings = useHoldings(address);
  return (
    <Card title="Balance">
      {holdings.data === undefined && holdings.failureReason && (
        <div className="mb-4">
          <Unanswered problem={inWords(holdings.failureReason)} retry={() => void holdings.refetch()} />
        </div>
      )}
      <p className="display text-4xl break-all tabular-nums">
        {holdings.data ? cpy(holdings.data.cpy) : "…"} <span className="text-xl text-quiet">CPY</span>
      </p>
      <div className="mt-6">
        <Facts
          rows={[
            ["Account", <Hash key="a" value={address} />],
            ["Ether for fees", holdings.data ? `${cpy(holdings.data.ether)} ETH` : "…"],
          ]}
        />
      </div>
    </Card>
  );
}

/** Licences and cases are paid to contracts, which owe each their part. */
function Earnings() {
  const connect = "Connect a wallet to see what you can withdraw.";
  return (
    <Card title="Earnings to withdraw">
      <Facts
        rows={[
          ["From licences", <Payout key="l" vault="LicenseLedger" whoConnects={connect} />],
          ["From cases", <Payout key="c" vault="Settlement" whoConnects={connect} />],
        ]}
      />
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
  const problem = problemOf({ to, amount, wei }, address, holdings.data?.cpy, deployment.contracts);

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
      say({ kind: "good", text: `Sent ${cpy(wei)} CPY.` });
      setAmount("");
    }
  }

  return (
    <Card title="Send CPY">
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field label="To" hint="An address that starts with 0x. You can’t undo a transfer.">
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
            You are sending <strong>{cpy(wei)} CPY</strong>.
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
