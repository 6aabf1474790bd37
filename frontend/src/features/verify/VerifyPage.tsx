/** Verify: drop a photograph or an evidence package; everything is computed in this browser. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type DragEvent } from "react";
import { sentenceOf } from "../../api/client";
import { network } from "../../api/queries";
import { readChain } from "../../chain/client";
import type { Deployment } from "../../chain/contracts";
import { when } from "../../ui/format";
import { Badge, Button, Card, Facts, Hash, Loading, Notice } from "../../ui/kit";
import { earliestWork, verifyPackage, type Check, type FoundWork, type Verdict } from "./checks";

type Result =
  | { readonly kind: "package"; readonly name: string; readonly verdict: Verdict }
  | { readonly kind: "file"; readonly name: string; readonly hash: string; readonly work: FoundWork | null };

const ZIP_START = [0x50, 0x4b];

export function VerifyPage() {
  const chain = useQuery({ ...network, select: (found) => found.deployment as unknown as Deployment });
  const [result, setResult] = useState<Result | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const deployment = chain.data;

  async function check(name: string, load: () => Promise<ArrayBuffer>): Promise<void> {
    if (!deployment) return;
    setBusy(name);
    setProblem(null);
    setResult(null);
    try {
      const data = new Uint8Array(await load());
      const client = readChain(deployment);
      if (ZIP_START.every((byte, at) => data[at] === byte)) {
        setResult({ kind: "package", name, verdict: await verifyPackage(data, deployment, client) });
      } else {
        setResult({ kind: "file", name, ...(await earliestWork(data, deployment, client)) });
      }
    } catch (cause) {
      setProblem(sentenceOf(cause));
    } finally {
      setBusy(null);
    }
  }

  const asked = useRef(false);
  useEffect(() => {
    document.title = "Verify · CopyTrack";
    const token = new URLSearchParams(location.search).get("case");
    if (!token || !deployment || asked.current) return;
    asked.current = true;
    void check("Evidence for your case", async () => {
      const answer = await fetch(`/api/portal/${encodeURIComponent(token)}/package`);
      if (answer.status === 404) throw new Error("We found no such case. Check the link in the letter.");
      if (!answer.ok) throw new Error("CopyTrack can’t provide the package right now. Try again in a minute.");
      return answer.arrayBuffer();
    });
  });

  function drop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) void check(file.name, () => file.arrayBuffer());
  }

  return (
    <div className="mx-auto max-w-3xl">
      <h1 className="display text-3xl sm:text-4xl">Verify it yourself</h1>
      <p className="mt-3 text-quiet">
        Drop a photograph to see whether this exact file is in the register. Drop an evidence package to check it byte
        by byte. The file stays in your browser, which handles hashes, decryption, proofs and signatures itself. The
        last step reads the register on-chain through this site’s node.
      </p>
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={`mt-6 rounded-2xl border-2 border-dashed px-6 py-12 text-center ${over ? "border-accent bg-accent-soft" : "border-edge/60"}`}
      >
        <p className="display text-xl">Drop a photograph or an evidence package</p>
        <Button
          look="plain"
          className="mt-4"
          disabled={!deployment || busy !== null}
          onClick={() => input.current?.click()}
        >
          Choose a file
        </Button>
        <input
          ref={input}
          type="file"
          aria-label="Photograph or evidence package"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void check(file.name, () => file.arrayBuffer());
            event.target.value = "";
          }}
        />
      </div>
      <div className="mt-6 flex flex-col gap-5" aria-live="polite">
        {chain.isError && <Notice tone="bad">{sentenceOf(chain.error)}</Notice>}
        {busy && <Loading what={`Checking: ${busy}…`} />}
        {problem && (
          <Notice tone="bad" role="alert">
            {problem}
          </Notice>
        )}
        {result?.kind === "file" && <FileResult result={result} />}
        {result?.kind === "package" && <PackageResult name={result.name} verdict={result.verdict} />}
      </div>
    </div>
  );
}

function FileResult({ result }: { result: Extract<Result, { kind: "file" }> }) {
  return (
    <Card
      title={result.name}
      aside={result.work ? <Badge tone="good">Registered</Badge> : <Badge tone="warn">Not registered</Badge>}
    >
      <Facts
        rows={[
          ["SHA-256", <Hash key="h" value={result.hash} short={false} />],
          ...(result.work
            ? ([
                ["Registered on", when(result.work.registeredAt)],
                ["Owner", <Hash key="o" value={result.work.owner} short={false} />],
                [
                  "Certificate",
                  <a key="c" className="prose-link" href={`/certificate/${result.work.workId}`}>
                    Open the certificate
                  </a>,
                ],
              ] as const)
            : []),
        ]}
      />
      {!result.work && (
        <p className="mt-4 text-sm text-quiet">
          Nobody has registered this exact file. A scaled or edited copy has a different hash. Crawlers look for those
          copies.
        </p>
      )}
    </Card>
  );
}

function PackageResult({ name, verdict }: { name: string; verdict: Verdict }) {
  const fails = verdict.checks.some((check) => check.passed === false);
  const unknown = verdict.checks.some((check) => check.passed === null);
  const [shown, setShown] = useState<{ name: string; url: string } | null>(null);
  useEffect(() => () => (shown ? URL.revokeObjectURL(shown.url) : undefined), [shown]);
  const facts = verdict.bundle?.facts;

  function show(file: string, type: string): void {
    const data = verdict.bundle?.files.get(file);
    if (data) setShown({ name: file, url: URL.createObjectURL(new Blob([data.slice()], { type })) });
  }

  return (
    <Card
      title={name}
      aside={
        fails ? (
          <Badge tone="bad">Verification failed</Badge>
        ) : unknown ? (
          <Badge tone="warn">Some checks could not be made</Badge>
        ) : (
          <Badge tone="good">Everything checks out</Badge>
        )
      }
    >
      {facts && (
        <div className="mb-5">
          <Facts
            rows={[
              [
                "Page",
                <span key="p" className="break-all">
                  {facts.pageUrl}
                </span>,
              ],
              [
                "Picture",
                <span key="i" className="break-all">
                  {facts.imageUrl}
                </span>,
              ],
              ["Seen", when(facts.seenAt)],
              [
                "Work",
                <a key="w" className="prose-link" href={`/certificate/${facts.workId}`}>
                  Certificate
                </a>,
              ],
            ]}
          />
        </div>
      )}
      <ul className="flex flex-col divide-y divide-line text-sm">
        {verdict.checks.map((check) => (
          <Line key={check.subject} check={check} />
        ))}
      </ul>
      {verdict.bundle && (
        <>
          <div className="mt-5 flex flex-wrap gap-2">
            <Button look="plain" onClick={() => show("page.png", "image/png")}>
              Show the captured page
            </Button>
            <Button look="plain" onClick={() => show("overlay.png", "image/png")}>
              Show the overlay
            </Button>
            <Button look="plain" onClick={() => show("image.bin", "image/*")}>
              Show the picture
            </Button>
          </div>
          {shown && (
            <img
              src={shown.url}
              alt={`${shown.name} from the evidence`}
              className="mt-4 max-h-[70dvh] w-full rounded-xl border border-line object-contain"
            />
          )}
        </>
      )}
      <p className="mt-5 text-xs text-quiet">
        Only the member who took the screenshot vouches that it shows what the page showed. The other members fetched
        the page and picture themselves. The open-source program also repeats the match and uses a node of your choice:{" "}
        <code>oracle verify package.zip --rpc URL --deployment FILE</code>.
      </p>
    </Card>
  );
}

function Line({ check }: { check: Check }) {
  return (
    <li className="grid grid-cols-[1.5rem_8rem_1fr] gap-2 py-2 max-sm:grid-cols-[1.5rem_1fr]">
      <span
        aria-label={check.passed ? "passed" : check.passed === null ? "not checked" : "failed"}
        className={check.passed ? "text-good" : check.passed === null ? "font-bold text-warn" : "font-bold text-bad"}
      >
        {check.passed ? "✓" : check.passed === null ? "?" : "✗"}
      </span>
      <strong className="font-medium">{check.subject}</strong>
      <span className={`max-sm:col-start-2 ${check.passed === false ? "text-bad" : "text-quiet"}`}>{check.told}</span>
    </li>
  );
}
