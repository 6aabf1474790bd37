/** Frame of the pages that need no account. */
import { QueryClientProvider } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { queryClient } from "../api/queries";
import { Toasts } from "../ui/toasts";
import { SkipLink, ThemeButton, Wordmark } from "./parts";
import { Outage } from "./Waiting";

export function PublicFrame() {
  return (
    <QueryClientProvider client={queryClient}>
      <div className="flex min-h-dvh flex-col">
        <SkipLink />
        <header className="border-b border-line">
          <div className="mx-auto flex h-14 max-w-6xl items-center justify-between gap-4 px-4 sm:px-6">
            <Wordmark />
            <nav aria-label="Main" className="flex items-center gap-1 text-sm">
              <Link to="/verify" className="rounded-lg px-3 py-2 no-underline hover:bg-sunken [&.active]:font-semibold">
                Verify
              </Link>
              <Link
                to="/portal"
                className="rounded-lg px-3 py-2 no-underline hover:bg-sunken max-sm:hidden [&.active]:font-semibold"
              >
                I got a letter
              </Link>
              <ThemeButton />
            </nav>
          </div>
        </header>
        <main id="main" className="mx-auto w-full max-w-6xl grow px-4 py-8 sm:px-6">
          <div className="mb-4 empty:hidden">
            <Outage />
          </div>
          <Outlet />
        </main>
        <footer className="border-t border-line">
          <div className="mx-auto flex max-w-6xl flex-wrap gap-x-6 gap-y-2 px-4 py-6 text-sm text-quiet sm:px-6">
            <span>Check everything yourself, on this site or with the open-source program.</span>
            <Link to="/verify">Verify a file</Link>
            <a href="/docs/">API</a>
          </div>
        </footer>
        <Toasts />
      </div>
    </QueryClientProvider>
  );
}
