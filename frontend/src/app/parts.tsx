/** Parts that the frames of all pages share. */
import { useState } from "react";
import { currentTheme, switchTheme } from "./theme";

export function Wordmark({ href = "/" }: { href?: string }) {
  return (
    <a href={href} className="flex items-center gap-2 no-underline" aria-label="CopyTrack home page">
      <svg viewBox="0 0 32 32" className="size-7" aria-hidden>
        <rect width="32" height="32" rx="7" className="fill-accent" />
        <path d="M9 21V9h9" fill="none" strokeWidth="2.4" className="stroke-on-accent opacity-60" />
        <path d="M23 11v12h-9" fill="none" strokeWidth="2.4" className="stroke-on-accent" />
      </svg>
      <span className="display text-xl">CopyTrack</span>
    </a>
  );
}

export function ThemeButton() {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <button
      type="button"
      aria-label={theme === "dark" ? "Use light colours" : "Use dark colours"}
      onClick={() => setTheme(switchTheme())}
      className="grid size-10 cursor-pointer place-items-center rounded-lg hover:bg-sunken"
    >
      <svg viewBox="0 0 20 20" className="size-5 fill-none stroke-current" strokeWidth="1.5" aria-hidden>
        <circle cx="10" cy="10" r="6.5" />
        <path d="M10 3.5v13a6.5 6.5 0 0 0 0-13Z" className="fill-current" />
      </svg>
    </button>
  );
}

export function SkipLink() {
  return (
    <a
      href="#main"
      className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-lg focus:bg-surface focus:px-4 focus:py-2"
    >
      Skip to content
    </a>
  );
}
