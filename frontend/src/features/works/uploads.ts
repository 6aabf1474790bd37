/** The queue of files that are being sent: some at a time, each with its own outcome, none lost silently. */
import { useCallback, useState } from "react";
import { sentenceOf, upload } from "../../api/client";
import { expectChanges } from "../../api/queries";

export interface Sending {
  readonly id: number;
  readonly name: string;
  readonly state: "waiting" | "sending" | "done" | "refused";
  readonly problem?: string;
}

const AT_ONCE = 3;
const MAX_BYTES = 128 * 1024 * 1024;
let count = 0;

export function useUploads() {
  const [rows, setRows] = useState<readonly Sending[]>([]);

  const add = useCallback(async (files: readonly File[]) => {
    const queue = files.map((file) => ({ file, id: ++count }));
    // Made now: the workers empty the queue before React asks for the rows.
    const waiting = queue.map(({ file, id }) => ({ id, name: file.name, state: "waiting" as const }));
    setRows((was) => [...was.filter((row) => row.state !== "done"), ...waiting]);
    const set = (id: number, change: Partial<Sending>): void =>
      setRows((was) => was.map((row) => (row.id === id ? { ...row, ...change } : row)));
    async function worker(): Promise<void> {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { file, id } = next;
        set(id, { state: "sending" });
        try {
          if (file.size > MAX_BYTES) throw new Error("The file is larger than 128 MB. Upload a smaller version.");
          await upload(file, titleOf(file.name));
          set(id, { state: "done" });
        } catch (problem) {
          set(id, { state: "refused", problem: sentenceOf(problem) });
        }
        expectChanges();
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }, []);

  const clear = useCallback(
    () => setRows((was) => was.filter((row) => row.state === "waiting" || row.state === "sending")),
    [],
  );
  return { rows, add, clear };
}

/** "red-panda_02.jpg" → "Red panda 02". */
export function titleOf(name: string): string {
  const bare = name
    .replace(/\.[a-z0-9]+$/i, "")
    .replace(/[-_]+/g, " ")
    .trim();
  return bare ? bare[0]!.toUpperCase() + bare.slice(1) : "Untitled";
}
