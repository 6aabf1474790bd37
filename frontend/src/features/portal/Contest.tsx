/** Contesting costs nothing and needs no account. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, sentenceOf, told } from "../../api/client";
import { portal as portalQuery } from "../../api/queries";
import { Button, Card, Field, inputLook, Notice } from "../../ui/kit";

export function Contest({ token, objections }: { token: string; objections: Record<string, string> }) {
  const [kind, setKind] = useState("");
  const [words, setWords] = useState("");
  const client = useQueryClient();
  const contest = useMutation({
    mutationFn: () =>
      told(api.POST("/api/portal/{token}/objection", { params: { path: { token } }, body: { kind, words } })),
    onSuccess: (found) => {
      client.setQueryData(portalQuery(token).queryKey, found);
      setWords("");
      window.scrollTo({ top: 0, behavior: "smooth" });
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (kind) contest.mutate();
  }

  return (
    <Card title="Contest the claim">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-sm">
          Contesting is free. The holder has to consider what you say. We store your text encrypted and show it only to
          the parties.
        </p>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm font-medium">Why you contest the claim</legend>
          {Object.entries(objections).map(([name, text]) => (
            <label key={name} className="flex cursor-pointer items-start gap-2.5 text-sm">
              <input
                type="radio"
                name="kind"
                value={name}
                checked={kind === name}
                onChange={() => setKind(name)}
                className="mt-0.5 size-4 accent-accent"
              />
              {text[0]!.toUpperCase() + text.slice(1)}
            </label>
          ))}
        </fieldset>
        <Field label="In your own words">
          {(id) => (
            <textarea
              id={id}
              rows={4}
              maxLength={5000}
              value={words}
              onChange={(event) => setWords(event.target.value)}
              className={inputLook}
            />
          )}
        </Field>
        {contest.isError && (
          <Notice tone="bad" role="alert">
            {sentenceOf(contest.error)}
          </Notice>
        )}
        <div>
          <Button type="submit" look="plain" busy={contest.isPending} disabled={!kind}>
            Contest the claim
          </Button>
        </div>
      </form>
    </Card>
  );
}
