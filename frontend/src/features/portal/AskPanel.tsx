/** The panel decides where holder and image user disagree. The image user pays nothing for it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, sentenceOf, told } from "../../api/client";
import { portal as portalQuery } from "../../api/queries";
import { Button, Card, Notice } from "../../ui/kit";

export function AskPanel({ token, asked }: { token: string; asked: boolean }) {
  const client = useQueryClient();
  const ask = useMutation({
    mutationFn: () => told(api.POST("/api/portal/{token}/panel", { params: { path: { token } } })),
    onSuccess: (found) => client.setQueryData(portalQuery(token).queryKey, found),
  });
  return (
    <Card title="Let the panel decide">
      <p className="text-sm">
        The holder upheld the claim. An independent panel can decide it: a majority of its members signs the ruling,
        which is carried out on-chain. It costs you nothing.
      </p>
      {ask.isError && (
        <Notice tone="bad" role="alert">
          {sentenceOf(ask.error)}
        </Notice>
      )}
      <div className="mt-4">
        {asked ? (
          <Notice tone="calm" role="status">
            You asked for the panel. The case is being brought before it; this takes a minute.
          </Notice>
        ) : (
          <Button look="main" busy={ask.isPending} onClick={() => ask.mutate()}>
            Ask the panel
          </Button>
        )}
      </div>
    </Card>
  );
}
