/** Frame of the holder's pages: navigation, wallet, account. */
import { Link, Outlet } from "@tanstack/react-router";
import { QueryClientProvider } from "@tanstack/react-query";
import Wallet, { AccountButton, SignedIn, WalletNotices } from "../chain/Wallet";
import { queryClient } from "../api/queries";
import { Toasts } from "../ui/toasts";
import { SkipLink, ThemeButton, Wordmark } from "./parts";
import { Outage } from "./Waiting";

const PAGES = [
  { to: "/works", label: "Works", icon: "M3 5h14v10H3zM3 12l4-3 3 2 4-4 3 3" },
  { to: "/inbox", label: "Inbox", icon: "M3 11h4l1.5 2h3L13 11h4M3 11l2-6h10l2 6v5H3z" },
  { to: "/cases", label: "Cases", icon: "M5 3h7l3 3v11H5zM8 9h4M8 12h4" },
  { to: "/token", label: "CPY", icon: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M12.500 8a3 3 0 1 0 0 4" },
] as const;

export function Workspace() {
  return (
    <QueryClientProvider client={queryClient}>
      <Wallet>
        <div className="flex min-h-dvh flex-col">
          <SkipLink />
          <header className="sticky top-0 z-30 border-b border-line bg-paper/90 backdrop-blur">
            <div className="mx-auto flex h-14 max-w-7xl items-center gap-2 px-4 sm:gap-4 sm:px-6">
              <Wordmark />
              <nav aria-label="Main" className="ml-4 hidden gap-1 text-sm sm:flex">
                {PAGES.map((page) => (
                  <Link
                    key={page.to}
                    to={page.to}
                    className="rounded-lg px-3 py-2 no-underline hover:bg-sunken [&.active]:bg-sunken [&.active]:font-semibold"
                  >
                    {page.label}
                  </Link>
                ))}
              </nav>
              <div className="ml-auto flex items-center gap-1">
                <ThemeButton />
                <AccountButton />
              </div>
            </div>
          </header>
          <main id="main" className="mx-auto w-full max-w-7xl grow px-4 pt-6 pb-28 sm:px-6 sm:pb-12">
            <div className="mb-4 empty:hidden">
              <Outage />
              <WalletNotices />
            </div>
            <Outlet />
          </main>
          <nav
            aria-label="Main (bottom)"
            className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-4 border-t border-line bg-paper sm:hidden"
          >
            {PAGES.map((page) => (
              <Link
                key={page.to}
                to={page.to}
                className="flex flex-col items-center gap-0.5 py-2 text-xs text-quiet no-underline [&.active]:font-semibold [&.active]:text-accent"
              >
                <svg
                  viewBox="0 0 20 20"
                  className="size-5 fill-none stroke-current"
                  strokeWidth="1.5"
                  strokeLinejoin="round"
                  aria-hidden
                >
                  <path d={page.icon} />
                </svg>
                {page.label}
              </Link>
            ))}
          </nav>
          <Toasts />
        </div>
      </Wallet>
    </QueryClientProvider>
  );
}

export function AccountPages() {
  return (
    <SignedIn>
      <Outlet />
    </SignedIn>
  );
}
