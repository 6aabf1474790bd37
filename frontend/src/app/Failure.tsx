/** What a page shows when it cannot be shown. */
import { buttonLook } from "../ui/kit";

export function Failure({ error }: { error: unknown }) {
  return (
    <main className="mx-auto max-w-lg px-4 py-20 text-center">
      <h1 className="display text-3xl">We couldn’t show this page</h1>
      <p className="mt-3 text-quiet">
        {error instanceof Error && error.message
          ? error.message
          : "Something went wrong. Reload the page to try again."}
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
      <h1 className="display text-3xl">Page not found</h1>
      <p className="mt-3 text-quiet">Check the address, or start from the home page.</p>
      <a className={buttonLook("plain", "mt-6")} href="/">
        Go to the home page
      </a>
    </main>
  );
}
