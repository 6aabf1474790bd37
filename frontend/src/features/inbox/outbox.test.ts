import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GIVE_UP_MS, LATE_MS, Outbox, type Judgement } from "./outbox";

/** An API that answers, is down, hangs, or refuses, and remembers what it was given. */
function server() {
  const kept = new Map<string, unknown>();
  const givenUp: Judgement[] = [];
  const state = { is: "up" as "up" | "down" | "refuses" | "hangs", tries: 0 };
  let release = (): void => undefined;
  const outbox = new Outbox({
    async send(id, mark) {
      state.tries += 1;
      if (state.is === "down") throw new Error("down");
      if (state.is === "refuses") throw new TypeError("no");
      if (state.is === "hangs") await new Promise<void>((resolve) => (release = resolve));
      kept.set(id, mark);
    },
    isTransient: (problem) => !(problem instanceof TypeError),
    onSaved: () => undefined,
    onGivenUp: (judgement) => givenUp.push(judgement),
  });
  return { kept, givenUp, state, outbox, release: () => release() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("judgements on their way", () => {
  it("leave no trace once they are saved", async () => {
    const { outbox, kept } = server();
    outbox.judge("a", "not_licensed", null);
    expect(outbox.current()).toHaveLength(1);
    expect(await outbox.saved("a")).toBe(true);
    expect([outbox.current(), [...kept]]).toEqual([[], [["a", "not_licensed"]]]);
  });

  it("are late within two seconds when the server is down, and saved when it is back", async () => {
    const { outbox, kept, state, givenUp } = server();
    state.is = "down";
    outbox.judge("a", "not_licensed", null);
    outbox.judge("b", "allowed", null);
    await pass(LATE_MS + 100);
    expect(outbox.current().map((row) => [row.id, row.mark, row.late])).toEqual([
      ["a", "not_licensed", true],
      ["b", "allowed", true],
    ]);
    await pass(20_000);
    state.is = "up";
    await pass(5_000);
    expect([...kept]).toEqual([
      ["a", "not_licensed"],
      ["b", "allowed"],
    ]);
    expect([outbox.current(), givenUp]).toEqual([[], []]);
  });

  it("are late within two seconds when the server takes the request and says nothing", async () => {
    const { outbox, state, release } = server();
    state.is = "hangs";
    outbox.judge("a", "unsure", null);
    await pass(2_000);
    expect(outbox.current()[0]!.late).toBe(true);
    release();
    await pass(1);
    expect(outbox.current()).toEqual([]);
  });

  it("are given up in the end, with what the API still holds", async () => {
    const { outbox, state, givenUp } = server();
    state.is = "down";
    outbox.judge("a", "not_licensed", "unsure");
    const saved = outbox.saved("a");
    await pass(GIVE_UP_MS + 10_000);
    expect(await saved).toBe(false);
    expect(outbox.current()).toEqual([]);
    expect(givenUp.map((row) => [row.id, row.mark, row.saved])).toEqual([["a", "not_licensed", "unsure"]]);
    const { tries } = state;
    await pass(60_000);
    expect(state.tries).toBe(tries);
  });

  it("are given up at once when the API refuses, and the next one goes on", async () => {
    const { outbox, state, givenUp, kept } = server();
    state.is = "refuses";
    outbox.judge("a", "not_licensed", null);
    await pass(10);
    expect(givenUp).toHaveLength(1);
    state.is = "up";
    outbox.judge("b", "allowed", null);
    await pass(10);
    expect([...kept]).toEqual([["b", "allowed"]]);
  });

  it("of the same hit replace each other, also one that is under way; undoing forgets nothing", async () => {
    const { outbox, state, kept, release, givenUp } = server();
    state.is = "hangs";
    outbox.judge("a", "not_licensed", null);
    outbox.judge("a", null, "not_licensed");
    release();
    await pass(1);
    state.is = "down";
    release();
    await pass(GIVE_UP_MS + 10_000);
    expect([...kept]).toEqual([["a", null]]);
    expect(givenUp).toEqual([]);
    expect(outbox.current()).toEqual([]);
  });

  it("know what was saved when a later one is given up", async () => {
    const { outbox, state, release, givenUp } = server();
    state.is = "hangs";
    outbox.judge("a", "not_licensed", null);
    await pass(10);
    outbox.judge("a", "allowed", "not_licensed");
    state.is = "down";
    release();
    await pass(GIVE_UP_MS + 10_000);
    expect(givenUp.map((row) => [row.mark, row.saved])).toEqual([["allowed", "not_licensed"]]);
  });

  it("outlive a reload of the page", async () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const sent: string[] = [];
    const courier = {
      isTransient: () => true,
      onSaved: () => undefined,
      onGivenUp: () => undefined,
    };
    new Outbox({ ...courier, send: () => new Promise<void>(() => undefined) }, store).judge("a", "not_licensed", null);
    const after = new Outbox({ ...courier, send: async (id, mark) => void sent.push(`${id} ${mark}`) }, store);
    await pass(10);
    expect(sent).toEqual(["a not_licensed"]);
    expect(after.current()).toEqual([]);
    expect([...kept.values()]).toEqual(["[]"]);
    expect(
      new Outbox({ ...courier, send: async () => undefined }, { ...store, getItem: () => "{nonsense" }).current(),
    ).toEqual([]);
  });
});
