/** One case, as its holder sees it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Waiting } from "../../app/Waiting";
import { oneCase } from "../../api/queries";
import type { Case } from "../../api/client";
import { cpy, when } from "../../ui/format";
import { Card, Facts, Hash, Notice, PageHead } from "../../ui/kit";
import { Payout } from "../income";
import { Answers } from "../../cases/Answers";
import { OpenCase } from "./OpenCase";
import { isPayable, StateBadge } from "../../cases/states";
import { Timeline } from "../../cases/Timeline";
import { Withdraw } from "./Withdraw";

export function CasePage() {
  const { caseId } = useParams({ strict: false }) as { caseId: string };
  const answer = useQuery(oneCase(caseId));
  if (!answer.data) {
    return <Waiting query={answer} queryKey={oneCase(caseId).queryKey} what="Loading the case…" />;
  }
  return <Shown found={answer.data} />;
}

function Shown({ found }: { found: Case }) {
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-3 text-sm">
        <Link to="/cases">← Cases</Link>
      </nav>
      <PageHead title={`${found.work_title} on ${found.site}`} actions={<StateBadge state={found.state} />}>
        {`Case ${found.code} for ${found.demand}, claimed on ${when(found.created_at)}.`}
      </PageHead>
      <div className="grid gap-5 lg:grid-cols-[1fr_22rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <Next found={found} />
          {found.answers.length > 0 && <Answers found={found} />}
          <Card title="The use">
            <div className="grid gap-3 sm:grid-cols-2">
              <img
                src={`/api/works/pictures/${found.work_id}/preview`}
                alt={`Your work: ${found.work_title}`}
                className="max-h-72 w-full rounded-xl bg-sunken object-contain"
              />
              <img
                src={`/api/hits/${found.hit_id}/pictures/found`}
                alt={`Found on ${found.site}`}
                className="max-h-72 w-full rounded-xl bg-sunken object-contain"
              />
            </div>
            <div className="mt-4">
              <Facts
                rows={[
                  [
                    "Page",
                    <a
                      key="page"
                      className="prose-link break-all"
                      href={found.page_url}
                      target="_blank"
                      rel="noreferrer noopener"
                    >
                      {found.page_url}
                    </a>,
                  ],
                  ["Seen", when(found.seen_at)],
                  [
                    "Evidence",
                    <a key="package" className="prose-link" href={`/api/hits/${found.hit_id}/package`} download>
                      Evidence package (anyone can verify it)
                    </a>,
                  ],
                ]}
              />
            </div>
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <Card title="Timeline">
            <Timeline steps={found.timeline} />
          </Card>
          {(found.state === "claimed" || isPayable(found.state)) && <Withdraw found={found} />}
        </div>
      </div>
    </>
  );
}

/** What the holder does next, in this state. */
function Next({ found }: { found: Case }) {
  if (found.state === "claimed") return <OpenCase found={found} />;
  if (found.state === "licensed") {
    return (
      <Card title="A licence covers this use">
        <p className="mb-4 text-sm">
          The image user showed a licence, and the chain confirms it. Withdraw the case. Nobody has been charged.
        </p>
        <Withdraw found={found} bare />
      </Card>
    );
  }
  if (found.state === "settled" && found.payout) {
    return (
      <Card title="Settled">
        <p className="mb-4 text-sm">
          {cpy(found.payout.amount)} CPY was paid: {cpy(found.payout.holder)} CPY for the rights holders and{" "}
          {cpy(found.payout.commission)} CPY in commission. A release covers the use until{" "}
          {when(found.payout.released_until)}.
        </p>
        <CasePayout />
      </Card>
    );
  }
  if (found.state === "dismissed") {
    return (
      <Card title="Dismissed by the panel">
        <p className="mb-4 text-sm">You were not charged. You get your bond back unless the panel found abuse.</p>
        <CasePayout />
      </Card>
    );
  }
  if (found.state === "closed") {
    return (
      <Card title="Withdrawn">
        <p className="mb-4 text-sm">The image user is no longer asked for anything.</p>
        {found.chain_case_id !== null && <CasePayout />}
      </Card>
    );
  }
  const send = (
    <Card title="Send the case to the image user">
      <p className="mb-4 text-sm">
        With this code or link, the image user can see the case and check every statement. They can show a licence,
        contest the claim, or pay. They don’t need an account.
      </p>
      <Facts
        rows={[
          [
            "Code",
            <strong key="code" className="font-mono text-lg tracking-widest">
              {found.code}
            </strong>,
          ],
          ["Link", <Hash key="link" value={found.link} short={false} />],
        ]}
      />
      {found.state === "in_review" && (
        <div className="mt-4">
          <Notice tone="warn">The image user has answered. Read their answer below.</Notice>
        </div>
      )}
    </Card>
  );
  if (found.state !== "contested") return send;
  return (
    <>
      <Card title="Before the panel">
        <p className="text-sm">
          The image user contested the claim, and an independent panel will decide the case. You don’t need to do
          anything. If the panel does not rule in time, the case is dismissed. You are not charged, and you get your
          bond back.
        </p>
      </Card>
      {send}
    </>
  );
}

function CasePayout() {
  return (
    <Payout vault="Settlement" whoConnects="Connect the wallet that opened the case to withdraw what you are owed." />
  );
}
