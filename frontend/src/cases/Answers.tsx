/** What the image user answered, and the holder's decision about it. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, sentenceOf, told, type Case, type Schemas } from "../api/client";
import { expectChanges } from "../api/queries";
import { when } from "../ui/format";
import { Badge, Button, Card, Field, inputLook, Notice } from "../ui/kit";

export function Answers({ found }: { found: Case }) {
  return (
    <Card title="The image user’s answers">
      <ul className="flex flex-col gap-5">
        {found.answers.map((answer) => (
          <li key={answer.id} className="border-l-2 border-line pl-4">
            <AnswerText answer={answer} />
            {answer.decision === null && <Uphold found={found} answer={answer} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function AnswerText({ answer }: { answer: Schemas["ShownAnswer"] }) {
  return (
    <>
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <strong className="font-semibold">
          {answer.licence_id ? `Licence ${answer.licence_id.slice(0, 10)}…` : "Objection"}
        </strong>
        <span className="text-quiet">{when(answer.at)}</span>
        {answer.decision === "accepted" && <Badge tone="good">Accepted</Badge>}
        {answer.decision === "upheld" && <Badge>Claim kept</Badge>}
        {answer.decision === null && <Badge tone="warn">Waiting for the holder</Badge>}
      </p>
      <p className="mt-1 text-sm first-letter:uppercase">{answer.finding}.</p>
      {answer.words && (
        <blockquote className="mt-2 rounded-lg bg-sunken px-3 py-2 text-sm whitespace-pre-wrap">
          {answer.words}
        </blockquote>
      )}
      {answer.decision_words && (
        <p className="mt-2 text-sm">
          <span className="text-quiet">The holder’s reason: </span>
          {answer.decision_words}
        </p>
      )}
    </>
  );
}

function Uphold({ found, answer }: { found: Case; answer: Schemas["ShownAnswer"] }) {
  const [words, setWords] = useState("");
  const uphold = useMutation({
    mutationFn: () =>
      told(
        api.POST("/api/cases/{case_id}/answers/{answer_id}/uphold", {
          params: { path: { case_id: found.id, answer_id: answer.id } },
          body: { words },
        }),
      ),
    onSuccess: expectChanges,
  });
  return (
    <div className="mt-3 flex flex-col gap-3">
      <Field
        label="Why you are keeping the claim"
        hint="The image user will read this. If their answer is right, withdraw the case instead."
      >
        {(id) => (
          <textarea
            id={id}
            rows={3}
            maxLength={5000}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            className={inputLook}
          />
        )}
      </Field>
      {uphold.isError && (
        <Notice tone="bad" role="alert">
          {sentenceOf(uphold.error)}
        </Notice>
      )}
      <div>
        <Button look="plain" busy={uphold.isPending} onClick={() => uphold.mutate()}>
          Keep the claim
        </Button>
      </div>
    </div>
  );
}
