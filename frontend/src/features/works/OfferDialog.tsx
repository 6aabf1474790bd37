/** Offers licences of all registered works at once, and ends such offers. */
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Waiting } from "../../app/Waiting";
import { api, told, type Prepared, type Schemas } from "../../api/client";
import { catalogues, expectChanges } from "../../api/queries";
import { Steps } from "../../chain/Steps";
import { useTransactions } from "../../chain/transactions";
import { useDeployment } from "../../chain/Wallet";
import { cpy, decimalsOf, parseCpy, parseMoney, shownMoney } from "../../ui/format";
import { Button, Dialog, Field, inputLook } from "../../ui/kit";
import { CURRENCIES, sentenceOfMoney } from "../../ui/money";
import { say } from "../../ui/toasts";
import { nameOf, STRUCTURES, wordsOf, type Preset } from "./offers";

const CPY = "CPY";

export function OfferDialog({ onClose }: { onClose(): void }) {
  const standing = useQuery(catalogues);
  const { send, progress, busy, dismiss } = useTransactions("offer", useDeployment());
  const [preset, setPreset] = useState<Preset>("web");
  const [price, setPrice] = useState("");
  const [currency, setCurrency] = useState<string>("EUR");
  const [words, setWords] = useState<string | null>(null);
  const { amount, problem } = readPrice(price, currency);

  async function run(prepare: () => Promise<Prepared>, text: string): Promise<boolean> {
    if (!(await send({ asHolder: true, prepare: async () => [await prepare()] }))) return false;
    expectChanges();
    say({ kind: "good", text });
    return true;
  }

  async function offer(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!amount) return;
    const body = {
      preset,
      price: amount,
      currency: currency === CPY ? "" : currency,
      terms: (words ?? "").trim() || wordsOf(preset),
    };
    const prepare = async () => (await told(api.POST("/api/catalogues", { body }))).transaction;
    if (await run(prepare, "Licences for all your works are now on offer.")) setPrice("");
  }

  const end = (id: string): Promise<boolean> =>
    run(
      () => told(api.POST("/api/catalogues/{catalogue_id}/closing", { params: { path: { catalogue_id: id } } })),
      "The offer has ended. Licences already sold stay valid.",
    );

  return (
    <Dialog title="Offer licences" onClose={onClose}>
      <p className="text-sm text-quiet">
        One transaction offers licences for all your registered works, and for works you register later. Buyers see the
        offer on each certificate.
      </p>
      {!standing.data ? (
        <Waiting query={standing} queryKey={catalogues.queryKey} what="Loading your offers…" />
      ) : (
        standing.data.length > 0 && (
          <ul aria-label="Current offers" className="mt-4 flex flex-col divide-y divide-line">
            {standing.data.map((found) => (
              <li key={found.catalogue_id} className="flex items-center justify-between gap-3 py-2 text-sm">
                <span>
                  {nameOf(found)}, <strong className="tabular-nums">{priceOf(found)}</strong>
                </span>
                <Button look="quiet" disabled={busy} onClick={() => void end(found.catalogue_id)}>
                  End the offer
                </Button>
              </li>
            ))}
          </ul>
        )
      )}
      <form onSubmit={(event) => void offer(event)} className="mt-5 flex flex-col gap-4">
        <Field label="What buyers may do" hint={STRUCTURES[preset].allows}>
          {(id) => (
            <select
              id={id}
              value={preset}
              onChange={(event) => setPreset(event.target.value as Preset)}
              className={inputLook}
            >
              {Object.entries(STRUCTURES).map(([key, { name }]) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div className="grid grid-cols-[1fr_6rem] gap-3">
          <Field
            label="Price per licence"
            hint={currency === CPY ? "" : "Buyers pay in CPY at the rate when they buy."}
          >
            {(id) => (
              <input
                id={id}
                inputMode="decimal"
                autoComplete="off"
                required
                value={price}
                onChange={(event) => setPrice(event.target.value)}
                placeholder="45.00"
                className={inputLook}
              />
            )}
          </Field>
          <Field label="Currency">
            {(id) => (
              <select
                id={id}
                value={currency}
                onChange={(event) => setCurrency(event.target.value)}
                className={inputLook}
              >
                {[...CURRENCIES, CPY].map((code) => (
                  <option key={code}>{code}</option>
                ))}
              </select>
            )}
          </Field>
        </div>
        {price.trim() && problem && (
          <p role="status" className="text-sm text-bad">
            {problem}
          </p>
        )}
        <Field
          label="Licence text"
          hint="We keep the text permanently. Its hash is on-chain, and buyers can read the text."
        >
          {(id) => (
            <textarea
              id={id}
              rows={4}
              maxLength={20_000}
              value={words ?? wordsOf(preset)}
              onChange={(event) => setWords(event.target.value)}
              className={inputLook}
            />
          )}
        </Field>
        <Steps progress={progress} onDismiss={dismiss} />
        <Button type="submit" busy={busy} disabled={!amount}>
          Offer all my works
        </Button>
      </form>
    </Dialog>
  );
}

interface Price {
  /** CPY wei, or minor units. */
  readonly amount?: string;
  readonly problem?: string;
}

function readPrice(text: string, currency: string): Price {
  if (currency === CPY) {
    const wei = parseCpy(text);
    return wei ? { amount: wei.toString() } : { problem: "Enter an amount in CPY, such as 25 or 25.5." };
  }
  const read = parseMoney(text, decimalsOf(currency));
  return "minor" in read ? { amount: String(read.minor) } : { problem: sentenceOfMoney(read, currency, "price") };
}

function priceOf(found: Schemas["Catalogue"]): string {
  return found.currency
    ? shownMoney(Number(found.price), found.currency, decimalsOf(found.currency))
    : `${cpy(found.price)} CPY`;
}
