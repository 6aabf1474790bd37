/** What a page shows when it cannot be shown. */
import { buttonLook } from "../ui/kit";

export function Failure({ error }: { error: unknown }) {
  return (
    <main className="mx-auto max-w-lg px-4 py-20 text-center">
      <h1 className="display text-3xl">This page could not be shown</h1>
      <p className="mt-3 text-quiet">
        {error instanceof Error && error.message ? error.message : "Something went wrong."}
      </p>
      <a className={buttonLook("plain", "mt-6")} href={location.pathname}>
        Reload the page
      </a>
    </main>
  );
}

export function NotFound() {
  return (
    <main className="mx-auto max-w-lg px-4 py-20 text-center">
      <h1 className="display text-3xl">There is no such page</h1>
      <p className="mt-3 text-quiet">Check the address, or go to the front page.</p>
      <a className={buttonLook("plain", "mt-6")} href="/">
        Front page
      </a>
    </main>
  );
}
