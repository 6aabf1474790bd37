/** The typed client of our API. Types come from the committed OpenAPI document (`npm run api`). */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Work = Schemas["Work"];
export type Hit = Schemas["ShownHit"];
export type Case = Schemas["ShownCase"];
export type Portal = Schemas["Portal"];
export type Prepared = Schemas["Transaction"];

const TIMEOUT_MS = 30_000;

/** What went wrong, in words for the user. Status 0: no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const api = createClient<paths>({
  fetch: async (request: Request) => {
    try {
      return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    } catch (cause) {
      if (request.signal.aborted) throw cause;
      throw new Problem(0, "unreachable", "The server is not responding. Nothing was lost. We’ll try again.");
    }
  },
});

/** Data of an answer, or the problem it tells of. */
export async function told<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const said = (error ?? {}) as { code?: string; message?: string };
  const message =
    said.message ?? `The server returned an error (${response.status}). Nothing was lost. Try again in a minute.`;
  throw new Problem(response.status, said.code ?? "unknown", message);
}

/** Send a file. */
export async function upload(file: File, title: string): Promise<Work> {
  const body = new FormData();
  body.set("file", file);
  body.set("title", title);
  return told(api.POST("/api/works", { body: body as never, bodySerializer: (form) => form as never }));
}

export function sentenceOf(problem: unknown): string {
  return problem instanceof Error && problem.message ? problem.message : "Something went wrong. Try again.";
}
