/** All claims of the holder. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Outdated, Waiting } from "../../app/Waiting";
import { cases as casesQuery } from "../../api/queries";
import { when } from "../../ui/format";
import { buttonLook, Empty, PageHead } from "../../ui/kit";
import { StateBadge } from "../../cases/states";

export function CasesPage() {
  const list = useQuery(casesQuery);
  if (!list.data) return <Waiting query={list} queryKey={casesQuery.queryKey} what="Loading your cases…" />;
  return (
    <>
      <PageHead title="Cases">
        Follow each claim through to its settlement. You owe no commission on a case you lose.
      </PageHead>
      <Outdated query={list} />
      {list.data.length === 0 && (
        <Empty title="No cases yet">
          <p>Review your hits in the inbox. You can claim any hit that you mark as not licensed.</p>
          <Link to="/inbox" className={buttonLook("plain", "mt-5")}>
            Go to the inbox
          </Link>
        </Empty>
      )}
      <ul className="flex flex-col gap-3">
        {[...list.data].reverse().map((one) => (
          <li key={one.id}>
            <Link
              to="/cases/$caseId"
              params={{ caseId: one.id }}
              className="grid grid-cols-[4rem_1fr] items-center gap-x-4 gap-y-2 rounded-2xl border border-line bg-surface p-3 no-underline hover:bg-sunken sm:grid-cols-[6rem_1fr_auto_7.5rem]"
            >
              <img
                src={`/api/hits/${one.hit_id}/pictures/tile`}
                alt=""
                className="aspect-[4/3] w-full rounded-lg bg-sunken object-cover"
              />
              <span className="min-w-0">
                <span className="block font-medium sm:truncate">{one.work_title}</span>
                <span className="block text-sm text-quiet sm:truncate">
                  {one.site} · {one.code} · <span className="whitespace-nowrap">{when(one.created_at)}</span>
                </span>
              </span>
              <span className="hidden text-sm font-medium tabular-nums sm:block">{one.demand}</span>
              <span className="flex max-sm:col-start-2 sm:justify-self-end">
                <StateBadge state={one.state} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
