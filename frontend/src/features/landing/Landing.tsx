/** The front page. Rendered once, at build time; `behaviour.ts` brings its few moving parts to life. */
import { SkipLink, Wordmark } from "../../app/parts";
import copies from "./copies.json";

const LABELS: Record<string, string> = {
  cropped: "Cropped",
  mirrored: "Mirrored",
  recoloured: "Recoloured",
  text: "With text",
  framed: "Framed",
  screenshot: "Screenshot",
  collage: "Collage",
};

const BUTTON =
  "inline-flex min-h-11 items-center justify-center rounded-lg px-5 py-2.5 text-sm font-medium no-underline";

export function Landing() {
  return (
    <>
      <SkipLink />
      <header className="mx-auto flex h-16 max-w-6xl items-center justify-between gap-4 px-4 sm:px-6">
        <Wordmark />
        <nav aria-label="Main" className="flex items-center gap-1 text-sm">
          <a href="/verify" className="rounded-lg px-3 py-2 no-underline hover:bg-sunken max-sm:hidden">
            Verify
          </a>
          <a href="#letter" className="rounded-lg px-2 py-2 whitespace-nowrap sm:px-3 no-underline hover:bg-sunken">
            I got a letter
          </a>
          <a href="/works" className={`${BUTTON} min-h-10 border border-edge/60 bg-surface px-4 hover:bg-sunken`}>
            Open<span className="max-sm:hidden">&nbsp;app</span>
          </a>
        </nav>
      </header>
      <main id="main">
        <Hero />
        <Path />
        <Letter />
        <Trust />
      </main>
      <footer className="border-t border-line">
        <div className="mx-auto flex max-w-6xl flex-col gap-3 px-4 py-8 text-sm text-quiet sm:px-6">
          <p className="flex flex-wrap gap-x-6 gap-y-2">
            <a href="/verify">Verify a file</a>
            <a href="/portal">Enter a code</a>
            <a href="/token">CPY</a>
            <a href="/docs/">API</a>
          </p>
          <p>
            Photographs: Sally Lightfoot crab by Nosferattus (CC0 1.0). In the collage: Neuschwanstein by cameralends
            (CC0 1.0), fig by Trevor “Freespace” (CC BY 4.0), Roebling bridge by Derek Jensen (public domain). CopyTrack
            made the copies and their descriptions.
          </p>
        </div>
      </footer>
    </>
  );
}

function Hero() {
  return (
    <section className="mx-auto grid max-w-6xl items-center gap-8 px-4 pt-6 pb-14 sm:px-6 lg:grid-cols-[26rem_1fr] lg:gap-12 lg:pt-10">
      <div>
        <h1 className="display text-4xl sm:text-[3.4rem]">Find copies of your photographs, and prove them.</h1>
        <p className="mt-5 text-lg text-quiet">
          Register a work once. CopyTrack finds copies of it on the web, secures evidence that anyone can check, and
          turns unlicensed uses into paid ones.
        </p>
        <div className="mt-7 flex flex-wrap gap-3">
          <a href="/works" className={`${BUTTON} bg-accent text-on-accent hover:brightness-110`}>
            Register your works
          </a>
          <a href="/verify" className={`${BUTTON} border border-edge/60 bg-surface hover:bg-sunken`}>
            Verify a file
          </a>
        </div>
      </div>
      <figure className="min-w-0">
        <div id="stage" className="relative overflow-hidden rounded-2xl bg-sunken">
          <picture>
            <source media="(max-width: 640px)" type="image/avif" srcSet="/pictures/work-640.avif" />
            <source media="(max-width: 640px)" srcSet="/pictures/work-640.webp" />
            <img
              src="/pictures/work-1280.webp"
              width={1280}
              height={720}
              fetchPriority="high"
              alt="A red and blue Sally Lightfoot crab on grey rock: the registered work"
              className="block h-auto w-full"
            />
          </picture>
          <img id="laid" alt="" hidden className="absolute top-0 left-0 max-w-none origin-top-left" />
        </div>
        <div role="group" aria-label="Copies of the photograph" className="mt-3 grid grid-cols-4 gap-2 sm:grid-cols-7">
          {copies.map((copy) => (
            <button
              key={copy.kind}
              type="button"
              data-copy={copy.kind}
              aria-pressed="false"
              className="group cursor-pointer rounded-lg border-2 border-transparent text-left aria-pressed:border-accent"
            >
              <img
                src={`/pictures/${copy.kind}-tile.webp`}
                width={144}
                height={144}
                loading="lazy"
                fetchPriority="low"
                alt=""
                className="aspect-square w-full rounded-md object-cover"
              />
              <span className="block truncate px-1 py-1 text-xs max-sm:px-0">{LABELS[copy.kind]}</span>
            </button>
          ))}
        </div>
        <figcaption id="told" aria-live="polite" className="mt-2 min-h-12 text-sm text-quiet">
          Seven copies, seven matches. Choose one to lay it over the original, aligned as the matcher found it.
        </figcaption>
      </figure>
    </section>
  );
}

const STEPS = [
  [
    "Register",
    "Your wallet dates your works on a public chain, one at a time or ten thousand in one transaction. Only a hash, a fingerprint and the size become public.",
  ],
  [
    "Find",
    "Independent operators run crawlers that search the web all the time. A hit must match in both geometry and detail. Another shot of the same scene is not a hit.",
  ],
  [
    "Prove",
    "The page, the picture as served, and the server’s responses and certificates are secured at once. A committee fetches the page and the picture again before it signs the report.",
  ],
  [
    "Settle",
    "The image user sees everything. They can show a licence, contest the claim, or pay. A payment grants a licence after the fact and is split in the same transaction.",
  ],
] as const;

function Path() {
  return (
    <section className="border-y border-line bg-surface">
      <div className="mx-auto max-w-6xl px-4 py-14 sm:px-6">
        <h2 className="display text-3xl">From a photograph to a settled use</h2>
        <ol className="mt-8 grid gap-8 sm:grid-cols-2 lg:grid-cols-4">
          {STEPS.map(([title, text], number) => (
            <li key={title}>
              <p className="display text-xl">
                <span className="mr-2 text-accent">{number + 1}</span>
                {title}
              </p>
              <p className="mt-2 text-sm text-quiet">{text}</p>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function Letter() {
  return (
    <section id="letter" className="mx-auto grid max-w-6xl gap-8 px-4 py-14 sm:px-6 lg:grid-cols-2 lg:items-center">
      <div>
        <h2 className="display text-3xl">Did you get a letter?</h2>
        <p className="mt-3 text-quiet">
          You don’t need an account or a lawyer to start. Enter the code to see who is making the claim, who owns the
          photograph, the evidence, and how the amount is calculated. You can check each of these yourself. If a licence
          covers your use, it ends the case at once. Contesting is free.
        </p>
      </div>
      <form
        id="code-form"
        action="/portal"
        className="flex flex-col gap-3 rounded-2xl border border-line bg-surface p-6"
      >
        <label htmlFor="code" className="text-sm font-medium">
          Code from the letter
        </label>
        <div className="flex flex-wrap gap-3">
          <input
            id="code"
            name="code"
            maxLength={8}
            autoComplete="off"
            spellCheck={false}
            placeholder="K7QPD2"
            required
            className="min-h-11 w-44 grow rounded-lg border border-edge/70 bg-surface px-3 font-mono text-lg tracking-[0.2em] uppercase placeholder:text-quiet"
          />
          <button type="submit" className={`${BUTTON} cursor-pointer bg-accent text-on-accent`}>
            View the case
          </button>
        </div>
      </form>
    </section>
  );
}

const REASONS = [
  [
    "The recipient can check it",
    "They can check the register entry, the mandate, the evidence and the fee line by line in their own browser.",
  ],
  [
    "A licence protects the end user",
    "Each licence names its end user, so a designer’s client is covered without having to call anyone.",
  ],
  [
    "Nobody judges their own case",
    "Agencies, oracle operators and lawyers share one record of dates, owners, licences and payments. They don’t have to trust each other.",
  ],
  [
    "Nothing private becomes public",
    "Unpublished works stay unpublished. Every evidence file is encrypted separately, and the keys can be destroyed.",
  ],
] as const;

function Trust() {
  return (
    <section className="border-t border-line bg-surface">
      <div className="mx-auto max-w-6xl px-4 py-14 sm:px-6">
        <h2 className="display text-3xl">Why you don’t have to take our word for it</h2>
        <dl className="mt-8 grid gap-x-12 gap-y-7 sm:grid-cols-2">
          {REASONS.map(([title, text]) => (
            <div key={title}>
              <dt className="font-semibold">{title}</dt>
              <dd className="mt-1 text-sm text-quiet">{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}
