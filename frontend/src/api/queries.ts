/** What the pages ask of the API. Lists look again quickly for a while after a transaction, until the index has it. */
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { api, Problem, told } from "./client";

const SETTLING_MS = 20_000;
let settlingUntil = 0;

/** A transaction was mined, or a file uploaded: what the API tells will change within seconds. */
export function expectChanges(): void {
  settlingUntil = Date.now() + SETTLING_MS;
  void queryClient.invalidateQueries();
}

const interval = (): number => (Date.now() < settlingUntil ? 1_000 : 30_000);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays one; what did not answer is asked again, for ever, as the page says.
      retry: (_, problem) => !(problem instanceof Problem) || problem.status === 0 || problem.status >= 500,
      retryDelay: (attempt) => Math.min(1_000 * 2 ** attempt, 10_000),
      staleTime: 2_000,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

export const session = queryOptions({ queryKey: ["me"], queryFn: () => told(api.GET("/api/me")), staleTime: 60_000 });

export const network = queryOptions({
  queryKey: ["deployment"],
  queryFn: () => told(api.GET("/api/deployment")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const works = queryOptions({
  queryKey: ["works"],
  queryFn: () => told(api.GET("/api/works")),
  refetchInterval: interval,
});

export const batches = queryOptions({
  queryKey: ["batches"],
  queryFn: () => told(api.GET("/api/works/batches")),
  refetchInterval: interval,
});

export const catalogues = queryOptions({
  queryKey: ["catalogues"],
  queryFn: () => told(api.GET("/api/catalogues")),
  refetchInterval: interval,
});

export const hits = queryOptions({
  queryKey: ["hits"],
  queryFn: () => told(api.GET("/api/hits")),
  refetchInterval: interval,
});

export const gate = (hitId: string) =>
  queryOptions({
    queryKey: ["gate", hitId],
    queryFn: () => told(api.GET("/api/hits/{hit_id}/gate", { params: { path: { hit_id: hitId } } })),
  });

export const cases = queryOptions({
  queryKey: ["cases"],
  queryFn: () => told(api.GET("/api/cases")),
  refetchInterval: interval,
});

export const oneCase = (id: string) =>
  queryOptions({
    queryKey: ["cases", id],
    queryFn: () => told(api.GET("/api/cases/{case_id}", { params: { path: { case_id: id } } })),
    refetchInterval: () => Math.min(interval(), 5_000),
  });

export const portal = (token: string) =>
  queryOptions({
    queryKey: ["portal", token],
    queryFn: () => told(api.GET("/api/portal/{token}", { params: { path: { token } } })),
    refetchInterval: () => Math.min(interval(), 5_000),
  });

export const openWork = (workId: string) =>
  queryOptions({
    queryKey: ["open-work", workId],
    queryFn: () => told(api.GET("/api/open/works/{work_id}", { params: { path: { work_id: workId } } })),
  });
