/** A licence of the ledger, named by its id, is checked on-chain at once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, sentenceOf, told } from "../../api/client";
import { portal as portalQuery } from "../../api/queries";
import { Button, Card, Field, inputLook, Notice } from "../../ui/kit";

export function ProveLicence({ token }: { token: string }) {
  const [number, setNumber] = useState("");
  const [words, setWords] = useState("");
  const client = useQueryClient();
  const name = useMutation({
    mutationFn: () =>
      told(
        api.POST("/api/portal/{token}/licence", {
          params: { path: { token } },
          body: { licence_id: number.trim(), words },
        }),
      ),
    onSuccess: (found) => {
      client.setQueryData(portalQuery(token).queryKey, found);
      window.scrollTo({ top: 0, behavior: "smooth" });
    },
  });
  const valid = /^0x[0-9a-fA-F]{64}$/.test(number.trim());

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (valid) name.mutate();
  }

  return (
    <Card title="I have a licence">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-sm">
          Enter the ID of your licence, or of your designer’s: 0x followed by 64 hex digits. You can find it on the
          receipt. We check it on-chain at once. A licence that covers this use ends the case. If the licence was bought
          elsewhere, contest the claim instead.
        </p>
        <Field label="Licence ID">
          {(id) => (
            <input
              id={id}
              spellCheck={false}
              autoComplete="off"
              value={number}
              onChange={(event) => setNumber(event.target.value)}
              className={inputLook}
            />
          )}
        </Field>
        <Field label="Anything to add (optional)">
          {(id) => (
            <textarea
              id={id}
              rows={2}
              maxLength={5000}
              value={words}
              onChange={(event) => setWords(event.target.value)}
              className={inputLook}
            />
          )}
        </Field>
        {name.isError && (
          <Notice tone="bad" role="alert">
            {sentenceOf(name.error)}
          </Notice>
        )}
        <div>
          <Button type="submit" look="plain" busy={name.isPending} disabled={!valid}>
            Check the licence
          </Button>
        </div>
      </form>
    </Card>
  );
}
