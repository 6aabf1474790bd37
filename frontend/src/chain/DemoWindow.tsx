/** The demonstration wallet's own window. */
import { useSyncExternalStore } from "react";
import { Button, Dialog } from "../ui/kit";
import type { DemoWallet } from "./demoWallet";

/** It says what it is, and asks before it signs. */
export function DemoWindow({ wallet }: { wallet: DemoWallet }) {
  const request = useSyncExternalStore(wallet.subscribe, wallet.current);
  if (!request) return null;
  const label = (
    <p className="mb-4 rounded-lg bg-warn-soft px-3 py-2 text-xs text-warn">
      This is the demonstration wallet for the local chain. Its keys are public and hold only play money.
    </p>
  );
  if (request.kind === "choose") {
    return (
      <Dialog title="Who do you want to be?" onClose={() => request.answer(null)}>
        {label}
        <ul className="grid grid-cols-2 gap-2">
          {request.roles.map((role) => (
            <li key={role.name}>
              <Button look="plain" className="w-full" onClick={() => request.answer(role)}>
                {role.name}
              </Button>
            </li>
          ))}
        </ul>
      </Dialog>
    );
  }
  return (
    <Dialog title={request.what} onClose={() => request.answer(false)}>
      {label}
      <p className="text-sm">
        Signing as <strong>{request.role}</strong>
      </p>
      <pre
        className="mt-2 max-h-48 overflow-auto rounded-lg bg-sunken p-3 text-xs break-all whitespace-pre-wrap"
        tabIndex={0}
      >
        {request.detail}
      </pre>
      <div className="mt-5 flex gap-2">
        <Button onClick={() => request.answer(true)}>Confirm</Button>
        <Button look="plain" onClick={() => request.answer(false)}>
          Reject
        </Button>
      </div>
    </Dialog>
  );
}
