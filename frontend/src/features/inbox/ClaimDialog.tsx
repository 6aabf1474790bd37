/** From a hit to a claim: what must hold is shown before the work is done. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, sentenceOf, told, type Hit } from "../../api/client";
import { expectChanges, gate } from "../../api/queries";
import { decimalsOf, parseMoney, shownMoney } from "../../ui/format";
import { Button, Dialog, Field, inputLook, Loading, Notice } from "../../ui/kit";
import { CURRENCIES, sentenceOfMoney } from "../../ui/money";

export function ClaimDialog({ hit, onClose }: { hit: Hit; onClose(): void }) {
  const checks = useQuery(gate(hit.id));
  const navigate = useNavigate();
  const [amount, setAmount] = useState("");
  const [currency, setCurrency] = useState("EUR");
  const read = parseMoney(amount, decimalsOf(currency));
  const minor = "minor" in read ? read.minor : null;
  const failed = (checks.data ?? []).filter((check) => !check.passed);
  const claim = useMutation({
    mutationFn: () =>
      told(
        api.POST("/api/hits/{hit_id}/claim", {
          params: { path: { hit_id: hit.id } },
          body: { amount: minor ?? 0, currency },
        }),
      ),
    onSuccess: (made) => {
      expectChanges();
      void navigate({ to: "/cases/$caseId", params: { caseId: made.id } });
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (minor) claim.mutate();
  }

  return (
    <Dialog title="Claim this use" onClose={onClose}>
      <p className="text-sm text-quiet">
        “{hit.work_title}” on {hit.site}. The image user will see your demand and all the evidence. They can show a
        licence, contest the claim, or pay.
      </p>
      <h3 className="mt-5 mb-2 text-sm font-semibold">Checks before you ask for money</h3>
      {checks.isPending ? (
        <Loading what="Checking evidence, licences and ownership…" />
      ) : checks.isError ? (
        <Notice tone="bad" role="alert">
          {sentenceOf(checks.error)}
        </Notice>
      ) : (
        <ul className="flex flex-col gap-1.5 text-sm">
          {checks.data.map((check) => (
            <li key={check.name} className={`flex gap-2 ${check.passed ? "" : "font-medium text-bad"}`}>
              <span aria-label={check.passed ? "passed" : "failed"} className={check.passed ? "text-good" : ""}>
                {check.passed ? "✓" : "✗"}
              </span>
              <span className="first-letter:uppercase">
                {check.passed ? check.told : `Check failed: ${check.told}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit} className="mt-5 flex flex-col gap-4">
        <div className="grid grid-cols-[1fr_6rem] gap-3">
          <Field label="Your usual fee for this kind of use" hint="The demand can’t be raised later.">
            {(id) => (
              <input
                id={id}
                inputMode="decimal"
                autoComplete="off"
                required
                value={amount}
                onChange={(event) => setAmount(event.target.value)}
                placeholder="250.00"
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
                {CURRENCIES.map((code) => (
                  <option key={code}>{code}</option>
                ))}
              </select>
            )}
          </Field>
        </div>
        {amount.trim() && "problem" in read && (
          <p role="status" className="text-sm text-bad">
            {sentenceOfMoney(read, currency, "demand")}
          </p>
        )}
        {minor !== null && (
          <p className="text-sm">
            Demand: <strong>{shownMoney(minor, currency, decimalsOf(currency))}</strong>
          </p>
        )}
        {claim.isError && (
          <Notice tone="bad" role="alert">
            {sentenceOf(claim.error)}
          </Notice>
        )}
        <p className="text-xs text-quiet">
          If the image user pays, CopyTrack keeps 30%. If not, you owe no commission (network fees still apply). Next,
          you open the case on-chain with your wallet.
        </p>
        <Button type="submit" busy={claim.isPending} disabled={!minor || checks.isPending || failed.length > 0}>
          Create the claim
        </Button>
      </form>
    </Dialog>
  );
}
