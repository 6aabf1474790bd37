/** Payment in CPY, at a quote that the rate signers signed a moment ago. Loaded only by who can pay. */
import { useState } from "react";
import { useConnection } from "wagmi";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import Wallet, { useDeployment, WalletDialog, WalletNotices } from "../../chain/Wallet";
import { api, told, type Portal } from "../../api/client";
import { shortAddress } from "../../ui/format";
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
    if (done) say({ kind: "good", text: "Paid. The release that covers your use is on-chain." });
  }

  return (
    <Card title={`Pay ${found.demand}`}>
      <div className="flex flex-col gap-4">
        <p className="text-sm">
          You pay in CPY at a rate that independent signers state at that moment. In the same transaction the holder is
          paid and you receive a release: a licence after the fact for this site. Nothing more can be claimed for this
          use.
        </p>
        <WalletNotices />
        <Steps progress={progress} onDismiss={dismiss} />
        <div className="flex flex-wrap items-center gap-3">
          {address ? (
            <>
              <Button busy={busy} onClick={() => void pay()}>
                Pay {found.demand} in CPY
              </Button>
              <button type="button" className="cursor-pointer text-sm underline" onClick={() => setConnecting(true)}>
                from {shortAddress(address)}
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
