import { Problem, sentenceOf } from "../api/client";
import { Notice } from "../ui/kit";

/** Part of a page whose data did not come: says so, keeps trying by itself, and offers to try now. */
export function Unanswered({ problem, retry }: { problem: unknown; retry(): void }) {
  const ours = problem instanceof Problem && problem.status >= 400 && problem.status < 500;
  return (
    <Notice tone={ours ? "warn" : "bad"} role="alert">
      <span className="mr-3">{sentenceOf(problem)}</span>
      <button type="button" onClick={retry} className="cursor-pointer font-semibold underline">
        Retry
      </button>
    </Notice>
  );
}
