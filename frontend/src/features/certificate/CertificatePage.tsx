/** The public certificate of a work: what the register says, read again from the chain in the reader's browser. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Waiting } from "../../app/Waiting";
import type { Schemas } from "../../api/client";
import { network, openWork } from "../../api/queries";
import { abis } from "../../chain/abis";
import { readChain } from "../../chain/client";
import type { Deployment } from "../../chain/contracts";
import { cpy, decimalsOf, shownMoney, when } from "../../ui/format";
import { Badge, Card, Facts, Hash, PageHead } from "../../ui/kit";

export function CertificatePage() {
  const { workId } = useParams({ strict: false }) as { workId: `0x${string}` };
  const told = useQuery(openWork(workId));
  const chain = useQuery({ ...network, select: (found) => found.deployment as unknown as Deployment });
  const onChain = useQuery({
    queryKey: ["certificate", workId],
    enabled: Boolean(chain.data) && /^0x[0-9a-f]{64}$/i.test(workId),
    queryFn: async () => {
      const client = readChain(chain.data!);
      const registry = { address: chain.data!.contracts.WorkRegistry.address, abi: abis.WorkRegistry } as const;
      const [work, owner] = await Promise.all([
        client.readContract({ ...registry, functionName: "work", args: [workId] }),
        client.readContract({ ...registry, functionName: "ownerOf", args: [BigInt(workId)] }),
      ]);
      return { work, owner };
    },
  });
  if (!told.data) {
    return <Waiting query={told} queryKey={openWork(workId).queryKey} what="Reading the register…" />;
  }
  const found = told.data;
  const same =
    onChain.data &&
    onChain.data.owner === found.owner &&
    Number(onChain.data.work.registeredAt) === found.registered_at;
  return (
    <div className="mx-auto max-w-3xl">
      <PageHead
        title="Copyright certificate"
        actions={
          same ? (
            <Badge tone="good">Owner and date confirmed on-chain</Badge>
          ) : onChain.data ? (
            <Badge tone="bad">Does not match the chain</Badge>
          ) : undefined
        }
      >
        This certificate shows when the content was registered and who owns the certificate now. To check it, compare
        the file’s hash and look up the transaction.
      </PageHead>
      <Card>
        <Facts
          rows={[
            ["Registered", when(found.registered_at)],
            ["Owner", <Hash key="o" value={onChain.data?.owner ?? found.owner} short={false} />],
            ["Certificate", <Hash key="i" value={found.work_id} short={false} />],
            ["SHA-256 of the file", <Hash key="h" value={found.content_hash} short={false} />],
            ["Transaction", <Hash key="t" value={found.registration_tx} short={false} />],
            ["Dated by", found.batch_id ? `batch ${found.batch_id}` : "its own transaction"],
            ["Status", STANDINGS[found.standing] ?? found.standing],
            ...Object.entries(found.fingerprints).map(
              ([engine, cid]) =>
                [`Fingerprint (engine ${engine})`, <Hash key={cid} value={cid} short={false} />] as const,
            ),
          ]}
        />
      </Card>
      {found.offers.length > 0 && (
        <div className="mt-5">
          <Card title="Licences on offer">
            <ul className="flex flex-col gap-2 text-sm">
              {found.offers.map((offer) => (
                <li key={offer.offer_id} className="flex justify-between gap-4">
                  <span>{termsOf(offer)}</span>
                  <strong className="tabular-nums">{priceOf(offer)}</strong>
                </li>
              ))}
            </ul>
          </Card>
        </div>
      )}
      <p className="mt-5 text-sm text-quiet">
        To check whether a file is this work, drop it on the{" "}
        <a className="prose-link" href="/verify">
          verify page
        </a>
        . The register proves only that someone had the file at that time.
      </p>
    </div>
  );
}

const STANDINGS: Record<string, string> = {
  clear: "undisputed",
  disputed: "disputed before the panel",
  rejected: "rejected by the panel",
};

type Offer = Schemas["OpenOffer"];
// Bits of contracts/market/Presets.sol.
const EXCLUSIVE = 1;

function termsOf(offer: Offer): string {
  const days = offer.period / 86_400;
  const period = days < 1 ? `${offer.period} seconds` : `${Math.round(days)} days`;
  return `${offer.rights & EXCLUSIVE ? "Exclusive" : "Non-exclusive"}, one site, ${period}`;
}

function priceOf(offer: Offer): string {
  return offer.currency
    ? shownMoney(Number(offer.price), offer.currency, decimalsOf(offer.currency))
    : `${cpy(offer.price)} CPY`;
}
