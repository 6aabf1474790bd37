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
        The holder is keeping the claim. You can ask an independent panel to decide the case. A majority of its members
        must sign the ruling, which is then carried out on-chain. This costs you nothing.
      </p>
      {ask.isError && (
        <Notice tone="bad" role="alert">
          {sentenceOf(ask.error)}
        </Notice>
      )}
      <div className="mt-4">
        {asked ? (
          <Notice tone="calm" role="status">
            You asked the panel to decide. We are bringing the case before it. This takes about a minute.
          </Notice>
        ) : (
          <Button look="main" busy={ask.isPending} onClick={() => ask.mutate()}>
            Ask the panel to decide
          </Button>
        )}
      </div>
    </Card>
  );
}
