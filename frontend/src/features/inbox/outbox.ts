/**
 * Judgements on their way to the API: in order, tried again while the server does not answer, given up in the end. Each is
 * shown at once; one that takes long is `late`, so that nobody takes it for saved.
 */
import type { Mark } from "./marks";

export interface Judgement {
  readonly id: string;
  readonly mark: Mark | null;
  /** What the API holds, and what is shown again if this one is given up. */
  readonly saved: Mark | null;
  readonly judgedAt: number;
  readonly late: boolean;
}

export interface Courier {
  /** Brings one judgement to the API. */
  send(id: string, mark: Mark | null): Promise<void>;
  /** Whether it is worth another try. */
  isTransient(problem: unknown): boolean;
  onSaved(id: string, mark: Mark | null): Promise<void> | void;
  onGivenUp(judgement: Judgement, problem: unknown): void;
}

export const LATE_MS = 1_500;
export const GIVE_UP_MS = 60_000;
const STORE_KEY = "copytrack.judgements";
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;

export class Outbox {
  private rows: readonly Judgement[] = [];
  private working = false;
  private readonly changed = new Set<() => void>();
  private readonly waiting = new Map<string, ((saved: boolean) => void)[]>();

  /** `store` keeps what waits over a reload of the page. */
  constructor(
    private readonly courier: Courier,
    private readonly store?: Pick<Storage, "getItem" | "setItem">,
  ) {
    try {
      const kept: unknown = JSON.parse(store?.getItem(STORE_KEY) ?? "[]");
      if (Array.isArray(kept)) this.rows = (kept as Judgement[]).map((row) => ({ ...row, judgedAt: Date.now() }));
    } catch {
      // nothing that can be read
    }
    for (const row of this.rows) this.watch(row);
    void this.work();
  }

  /** For `useSyncExternalStore`. */
  readonly current = (): readonly Judgement[] => this.rows;
  readonly subscribe = (tell: () => void): (() => void) => {
    this.changed.add(tell);
    return () => this.changed.delete(tell);
  };

  /** `shown` is the mark before. A second judgement of the same hit takes the first one's place. */
  judge(id: string, mark: Mark | null, shown: Mark | null): void {
    const before = this.rows.find((row) => row.id === id);
    const made = { id, mark, saved: before ? before.saved : shown, judgedAt: Date.now(), late: before?.late ?? false };
    this.set(before ? this.rows.map((row) => (row.id === id ? made : row)) : [...this.rows, made]);
    this.watch(made);
    void this.work();
  }

  /** Resolves when nothing of this hit is on its way: to false if its judgement was given up. */
  saved(id: string): Promise<boolean> {
    if (!this.rows.some((row) => row.id === id)) return Promise.resolve(true);
    return new Promise((resolve) => this.waiting.set(id, [...(this.waiting.get(id) ?? []), resolve]));
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    let pause = FIRST_PAUSE_MS;
    for (let row = this.rows[0]; row; row = this.rows[0]) {
      try {
        await this.courier.send(row.id, row.mark);
        pause = FIRST_PAUSE_MS;
        await this.courier.onSaved(row.id, row.mark);
        const now = this.rows.find((one) => one.id === row.id)!;
        if (now.judgedAt === row.judgedAt && now.mark === row.mark) this.drop(row.id, true);
        else this.change(now, { saved: row.mark });
      } catch (problem) {
        const now = this.rows.find((one) => one.id === row.id)!;
        if (this.courier.isTransient(problem) && Date.now() - now.judgedAt < GIVE_UP_MS) {
          for (const one of this.rows) this.change(one, { late: true });
          await new Promise((wake) => setTimeout(wake, pause));
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        } else {
          this.drop(row.id, false);
          this.courier.onGivenUp(now, problem);
        }
      }
    }
    this.working = false;
  }

  private watch(row: Judgement): void {
    setTimeout(() => this.change(row, { late: true }), LATE_MS);
  }

  /** Changes the row if it is still this judgement. */
  private change(which: Judgement, change: Partial<Judgement>): void {
    this.set(
      this.rows.map((row) =>
        row.id === which.id && row.judgedAt === which.judgedAt && row.mark === which.mark ? { ...row, ...change } : row,
      ),
    );
  }

  private drop(id: string, saved: boolean): void {
    this.set(this.rows.filter((row) => row.id !== id));
    for (const resolve of this.waiting.get(id) ?? []) resolve(saved);
    this.waiting.delete(id);
  }

  private set(rows: readonly Judgement[]): void {
    this.rows = rows;
    this.store?.setItem(STORE_KEY, JSON.stringify(rows));
    for (const tell of this.changed) tell();
  }
}
