/** The case as the person sees it who got the letter: plain words first, then what can be checked, then what can be done. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { Outdated, Waiting } from "../../app/Waiting";
import type { Portal } from "../../api/client";
import { portal as portalQuery } from "../../api/queries";
import { Reasons } from "../../compare/Reasons";
import { Compare, ModeSwitch, type Mode } from "../../compare/Compare";
import { cpy, when } from "../../ui/format";
import { buttonLook, Card, Dialog, Facts, Hash, Loading, Button } from "../../ui/kit";
import { AnswerText } from "../../cases/Answers";
import { isOver, isPayable, StateBadge } from "../../cases/states";
import { Timeline } from "../../cases/Timeline";
import { AskPanel } from "./AskPanel";
import { Contest } from "./Contest";
import { ProveLicence } from "./ProveLicence";

const Pay = lazy(() => import("./Pay"));

export function PortalPage() {
  const { token } = useParams({ strict: false }) as { token: string };
  const answer = useQuery(portalQuery(token));
  useEffect(() => {
    document.title = answer.data ? `Case ${answer.data.code} · CopyTrack` : "Case · CopyTrack";
  }, [answer.data]);
  if (!answer.data) {
    return <Waiting query={answer} queryKey={portalQuery(token).queryKey} what="Loading the case…" />;
  }
  return (
    <>
      <Outdated query={answer} />
      <Shown found={answer.data} token={token} />
    </>
  );
}

function Shown({ found, token }: { found: Portal; token: string }) {
  const [mode, setMode] = useState<Mode>("side");
  const [page, setPage] = useState(false);
  const picture = (name: string): string => `/api/portal/${token}/pictures/${name}`;
  const over = isOver(found.state);
  const payable = found.chain_case_id !== null && isPayable(found.state);
  const canAskPanel = found.state === "open" && found.answers.some((answer) => answer.decision === "upheld");
  return (
    <>
      <header className="mb-8 max-w-3xl">
        <div className="flex flex-wrap items-center gap-3">
          <span className="font-mono text-sm tracking-widest text-quiet">{found.code}</span>
          <StateBadge state={found.state} />
        </div>
        <h1 className="display mt-2 text-3xl sm:text-4xl">{heading(found)}</h1>
        <p className="mt-4 text-lg">{found.plain_words}</p>
        {!over && (
          <nav aria-label="What you can do" className="mt-5 flex flex-wrap gap-2">
            <a href="#evidence" className={buttonLook("plain")}>
              Check the evidence
            </a>
            <a href="#licence" className={buttonLook("plain")}>
              I have a licence
            </a>
            <a href="#contest" className={buttonLook("plain")}>
              Contest the claim
            </a>
            {payable && (
              <a href="#pay" className={buttonLook("main")}>
                Pay {found.demand}
              </a>
            )}
          </nav>
        )}
      </header>
      <div className="grid gap-5 lg:grid-cols-[1fr_22rem]">
        <div className="flex min-w-0 flex-col gap-5">
          {found.answers.length > 0 && (
            <Card title="Your answers">
              <ul className="flex flex-col gap-5">
                {found.answers.map((answer) => (
                  <li key={answer.id} className="border-l-2 border-line pl-4">
                    <AnswerText answer={answer} />
                  </li>
                ))}
              </ul>
            </Card>
          )}
          {canAskPanel && <AskPanel token={token} asked={found.panel_asked} />}
          <Card title="What was found" aside={<ModeSwitch mode={mode} onChange={setMode} />}>
            <Compare
              key={mode}
              mode={mode}
              tall
              pair={{
                work: picture("work"),
                found: picture("found"),
                transform: found.transform,
                mirrored: found.mirrored,
                title: "the photograph",
              }}
            />
            <div className="mt-4">
              <Reasons reasons={found.reasons} />
            </div>
            <div className="mt-4">
              <Facts
                rows={[
                  [
                    "Photograph",
                    <span key="w">
                      certificate <Hash value={found.work_id} />
                    </span>,
                  ],
                  [
                    "Page",
                    <span key="p" className="break-all">
                      {found.page_url}
                    </span>,
                  ],
                  [
                    "Picture",
                    <span key="i" className="break-all">
                      {found.image_url}
                    </span>,
                  ],
                  ["Seen on", when(found.seen_at)],
                ]}
              />
            </div>
            {found.pictures.includes("page") && (
              <Button look="plain" className="mt-4" onClick={() => setPage(true)}>
                Show the captured page
              </Button>
            )}
          </Card>
          <Rights found={found} />
          <Evidence found={found} token={token} />
          <Amount found={found} />
          {!over && (
            <>
              <Section id="licence">
                <ProveLicence token={token} />
              </Section>
              <Section id="contest">
                <Contest token={token} objections={found.objections} />
              </Section>
            </>
          )}
          {payable && (
            <Section id="pay">
              <Suspense fallback={<Loading what="Loading payment…" />}>
                <Pay found={found} token={token} />
              </Suspense>
            </Section>
          )}
          {found.payout && (
            <Card title="Settled">
              <p className="text-sm">
                {cpy(found.payout.amount)} CPY was paid on-chain. A release covers this use until{" "}
                <strong>{when(found.payout.released_until)}</strong>. Take the picture down by then, or buy a licence if
                you want to keep it. A later use can be claimed again. Of the payment, {cpy(found.payout.holder)} CPY
                went to the rights holders and {cpy(found.payout.commission)} CPY was commission.
              </p>
              <div className="mt-3 text-sm">
                Transaction <Hash value={found.payout.tx_hash} />
              </div>
            </Card>
          )}
        </div>
        <div className="min-w-0">
          <Card title="Timeline">
            <Timeline steps={found.timeline} />
          </Card>
        </div>
      </div>
      {page && (
        <Dialog title={`The page as captured on ${when(found.seen_at)}`} onClose={() => setPage(false)} wide>
          <img
            src={picture("page")}
            alt={`Screenshot of ${found.page_url}`}
            className="w-full rounded-lg border border-line"
          />
        </Dialog>
      )}
    </>
  );
}

function heading(found: Portal): string {
  if (found.state === "settled") return "This case is settled";
  if (found.state === "closed") return "This case was withdrawn";
  if (found.state === "dismissed") return "This case was dismissed";
  if (found.state === "contested") return "This case is before the panel";
  if (found.state === "licensed") return "A licence covers this use";
  if (found.state === "in_review") return "Your answer is with the holder";
  return `A claim about a photograph on ${found.site}`;
}

function Section({ id, children }: { id: string; children: ReactNode }) {
  return (
    <div id={id} className="scroll-mt-6">
      {children}
    </div>
  );
}

function Rights({ found }: { found: Portal }) {
  return (
    <Card title="Who owns the photograph">
      <ol className="flex flex-col gap-4">
        {found.rights.map((line, number) => (
          <li key={line.what} className="grid grid-cols-[1.75rem_1fr] gap-2 text-sm">
            <span
              aria-hidden
              className="grid size-6 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
            >
              {number + 1}
            </span>
            <div className="min-w-0">
              <p className="font-medium">
                {line.what[0]!.toUpperCase() + line.what.slice(1)}
                {line.at && <span className="font-normal text-quiet"> · {when(line.at)}</span>}
              </p>
              <p className="mt-1 flex flex-wrap gap-2 text-quiet">
                by <Hash value={line.who} />
                {line.tx_hash && (
                  <>
                    proof <Hash value={line.tx_hash} />
                  </>
                )}
              </p>
            </div>
          </li>
        ))}
      </ol>
      <p className="mt-4 text-sm">
        <a className="prose-link" href={`/certificate/${found.work_id}`}>
          View the work’s public certificate
        </a>
      </p>
    </Card>
  );
}

function Evidence({ found, token }: { found: Portal; token: string }) {
  return (
    <Card title="The evidence" id="evidence">
      <p className="text-sm">
        Several independent oracle nodes each fetched the picture and signed a report, which is on-chain. The package
        contains the page, the picture as served, all the server’s responses, and the proofs. Check it in your browser.
        If you would rather not rely on this site, use the open-source program.
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <a className={buttonLook("main")} href={`/verify?case=${encodeURIComponent(token)}`}>
          Verify in this browser
        </a>
        <a className={buttonLook("plain")} href={`/api/portal/${token}/package`} download>
          Download the package
        </a>
      </div>
      <div className="mt-4">
        <Facts
          rows={[
            ["Report", <Hash key="r" value={found.report_root} />],
            ["Transaction", found.report_tx ? <Hash key="t" value={found.report_tx} /> : "not available yet"],
            ["Stored as", <Hash key="c" value={found.bundle_cid} />],
          ]}
        />
      </div>
    </Card>
  );
}

function Amount({ found }: { found: Portal }) {
  return (
    <Card title="How the amount is calculated">
      <table className="w-full text-sm">
        <caption className="sr-only">Breakdown of the demand</caption>
        <tbody>
          {found.amount_lines.map((line) => (
            <tr key={line.what} className="border-b border-line align-top">
              <th scope="row" className="py-2 pr-4 text-left font-medium">
                {line.what}
                <span className="block text-xs font-normal text-quiet">{line.why}</span>
              </th>
              <td className="py-2 text-right tabular-nums">{line.amount}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className="pt-3 text-left font-semibold">
              Demand (can’t be raised)
            </th>
            <td className="pt-3 text-right text-lg font-semibold tabular-nums">{found.demand}</td>
          </tr>
        </tfoot>
      </table>
    </Card>
  );
}
