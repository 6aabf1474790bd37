/** From the code in a letter to the case. */
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState, type FormEvent } from "react";
import { api, sentenceOf, told } from "../../api/client";
import { Button, Field, inputLook, Notice } from "../../ui/kit";

export function FindCasePage() {
  const asked = new URLSearchParams(location.search).get("code") ?? "";
  const [code, setCode] = useState(asked);
  const navigate = useNavigate();
  const find = useMutation({
    mutationFn: (given: string) =>
      told(api.GET("/api/portal/by-code/{code}", { params: { path: { code: given.trim() } } })),
    onSuccess: (found) => void navigate({ to: "/portal/$token", params: { token: found.token } }),
  });
  const { mutate } = find;
  useEffect(() => {
    document.title = "I got a letter · CopyTrack";
    if (asked) mutate(asked);
  }, [asked, mutate]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (code.trim()) mutate(code);
  }

  return (
    <div className="mx-auto max-w-md py-10">
      <h1 className="display text-3xl">Did you get a letter about a photograph?</h1>
      <p className="mt-3 text-quiet">
        Enter the six-character code from the letter. You don’t need an account. You will see what is claimed, who is
        claiming it, and the evidence. You can check all of it yourself before you answer.
      </p>
      <form onSubmit={submit} className="mt-6 flex flex-col gap-4">
        <Field label="Code from the letter">
          {(id) => (
            <input
              id={id}
              value={code}
              onChange={(event) => setCode(event.target.value.toUpperCase())}
              maxLength={8}
              autoComplete="off"
              spellCheck={false}
              placeholder="K7QPD2"
              className={`${inputLook} text-center font-mono text-2xl! tracking-[0.3em]`}
            />
          )}
        </Field>
        {find.isError && (
          <Notice tone="bad" role="alert">
            {sentenceOf(find.error)}
          </Notice>
        )}
        <Button type="submit" busy={find.isPending} disabled={code.trim().length < 6}>
          View the case
        </Button>
      </form>
      <p className="mt-6 text-sm text-quiet">
        If a letter has no such code, or asks for money in any other way, it is not from CopyTrack.
      </p>
    </div>
  );
}
