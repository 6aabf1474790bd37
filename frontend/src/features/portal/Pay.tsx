/** Payment in CPY, at a quote that the rate signers signed a moment ago. Loaded only by who can pay. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useConfig, useConnection } from "wagmi";
import { getBlock, readContract } from "wagmi/actions";
import { abis } from "../../chain/abis";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import Wallet, { useDeployment, WalletDialog, WalletNotices } from "../../chain/Wallet";
import { api, told, type Portal } from "../../api/client";
import { day, plural, shortAddress } from "../../ui/format";
import { Button, Card } from "../../ui/kit";
import { say } from "../../ui/toasts";

export default function Pay(props: { found: Portal; token: string }) {
  return (
    <Wallet>
      <PayCard {...props} />
    </Wallet>
  );
}

function PayCard({ found, token }: { found: Portal; token: string }) {
  const { address } = useConnection();
  const [connecting, setConnecting] = useState(false);
  const { send, progress, busy, dismiss } = useTransactions(`pay:${found.code}`, useDeployment());

  async function pay(): Promise<void> {
    let amount = 0n;
    const done = await send({
      prepare: async () => {
        const quote = await told(api.POST("/api/portal/{token}/quote", { params: { path: { token } } }));
        amount = BigInt(quote.amount);
        return quote.transactions;
      },
      needs: () => amount,
    });
    if (done) say({ kind: "good", text: "Payment complete. The release that covers your use is on-chain." });
  }

  return (
    <Card title={`Pay ${found.demand}`}>
      <div className="flex flex-col gap-4">
        <p className="text-sm">
          You pay in CPY, at a rate that independent signers quote when you pay. The same transaction pays the holder
          and gives you a release: a licence after the fact for this site.
        </p>
        <Release site={found.site} />
        <WalletNotices />
        <Steps progress={progress} onDismiss={dismiss} />
        <div className="flex flex-wrap items-center gap-3">
          {address ? (
            <>
              <Button busy={busy} onClick={() => void pay()}>
                Pay {found.demand} in CPY
              </Button>
              <button type="button" className="cursor-pointer text-sm underline" onClick={() => setConnecting(true)}>
                Change account ({shortAddress(address)})
              </button>
            </>
          ) : (
            <Button onClick={() => setConnecting(true)}>Connect a wallet to pay</Button>
          )}
        </div>
      </div>
      {connecting && <WalletDialog onClose={() => setConnecting(false)} />}
    </Card>
  );
}

const DAY_SECONDS = 86_400;

/** What the payment buys, and until when; read from the contract, which alone decides it. */
function Release({ site }: { site: string }) {
  const deployment = useDeployment();
  const config = useConfig();
  const release = useQuery({
    queryKey: ["release"],
    queryFn: async () => {
      const settlement = { address: deployment.contracts.Settlement.address, abi: abis.Settlement } as const;
      const grace = Number(await readContract(config, { ...settlement, functionName: "releaseGrace" }));
      return { grace, until: Number((await getBlock(config)).timestamp) + grace };
    },
  });
  const after = release.data
    ? `${plural(Math.floor(release.data.grace / DAY_SECONDS), "day")} after it`
    : "a limited time after it";
  return (
    <ul className="list-disc space-y-1 pl-5 text-sm">
      <li>
        The release covers every use of this photograph on {site} before your payment and for {after}.
        {release.data && (
          <>
            {" "}
            If you pay today, it runs until <strong>{day(release.data.until)}</strong>.
          </>
        )}
      </li>
      <li>
        Take the picture down by then, or buy a licence if you want to keep it. A use after that day can be claimed
        again.
      </li>
    </ul>
  );
}
