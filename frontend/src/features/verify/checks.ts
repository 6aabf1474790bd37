/** What is checked of an evidence package, one line each, in the order in which one thing proves the next. */
import { CID } from "multiformats/cid";
import {
  concat,
  decodeFunctionData,
  encodeAbiParameters,
  getAbiItem,
  keccak256,
  recoverTypedDataAddress,
  stringToBytes,
  type Hex,
  type PublicClient,
} from "viem";
import { abis } from "../../chain/abis";
import type { Deployment } from "../../chain/contracts";
import { openBundle, readCar, sha256Hex, Tampered, unzip, type Bundle, type Dossier, type Item } from "./package";

export interface Check {
  readonly subject: string;
  /** null: the chain could not be asked, so nothing is known. */
  readonly passed: boolean | null;
  readonly told: string;
}

export interface Verdict {
  readonly checks: readonly Check[];
  readonly bundle: Bundle | null;
}

const ITEM = [
  {
    type: "tuple",
    components: [
      { name: "workId", type: "bytes32" },
      { name: "hostHash", type: "bytes32" },
      { name: "siteHash", type: "bytes32" },
      { name: "urlHash", type: "bytes32" },
      { name: "bundleHash", type: "bytes32" },
      { name: "cidHash", type: "bytes32" },
      { name: "seenAt", type: "uint64" },
      { name: "salt", type: "bytes32" },
    ],
  },
] as const;

/** EIP-712 type of what members sign. */
export const REPORT = {
  Report: [
    { name: "configCount", type: "uint64" },
    { name: "root", type: "bytes32" },
    { name: "size", type: "uint32" },
    { name: "observedAt", type: "uint64" },
    { name: "manifestCid", type: "bytes" },
  ],
} as const;

/** Checks a package without trusting who gave it. Never throws for a bad package: the failing line says what is wrong. */
export async function verifyPackage(data: Uint8Array, deployment: Deployment, chain: PublicClient): Promise<Verdict> {
  const checks: Check[] = [];
  try {
    const { dossier, car } = unzip(data);
    const sealed = await readCar(car, dossier.bundle_cid);
    checks.push(pass("content address", "every block matches the hash in its CID"));
    const bundle = await openBundle(sealed, dossier.bundle_key);
    checks.push(pass("files", `${bundle.files.size} files match the SHA-256 in the manifest`));
    checks.push(await custody(bundle));
    checks.push(...(await binding(bundle, dossier)));
    checks.push(inclusion(dossier));
    checks.push(...(await report(dossier, deployment, chain).catch(notAsked)));
    return { checks, bundle };
  } catch (problem) {
    const subject = problem instanceof Tampered ? problem.subject : "package";
    const told = problem instanceof Error ? problem.message : "The package could not be read.";
    return { checks: [...checks, { subject, passed: false, told }], bundle: null };
  }
}

/** An outage says nothing about the evidence. */
function notAsked(): Check[] {
  return [{ subject: "report", passed: null, told: "the chain can’t be reached at the moment; try again" }];
}

const pass = (subject: string, told: string): Check => ({ subject, passed: true, told });
const compared = (subject: string, passed: boolean, told: string): Check => ({
  subject,
  passed,
  told: passed ? told : `check failed: ${told}`,
});

async function custody(bundle: Bundle): Promise<Check> {
  let previous = "0".repeat(64);
  for (const [number, entry] of bundle.facts.custody.entries()) {
    if (entry.previous !== previous)
      return compared("custody log", false, `entry ${number + 1} follows from the one before`);
    previous = await sha256Hex(stringToBytes(canonical(entry)));
  }
  return compared(
    "custody log",
    bundle.facts.custody.length > 0,
    `${bundle.facts.custody.length} entries, each with the hash of the one before`,
  );
}

/** JSON as Python writes it with sorted keys and without spaces; the log has texts only. */
function canonical(entry: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))));
}

async function binding(bundle: Bundle, dossier: Dossier): Promise<Check[]> {
  const { facts } = bundle;
  const { item } = dossier;
  const cid = CID.parse(dossier.bundle_cid).bytes;
  const host = hostOf(facts.pageUrl);
  const places = placesOf(host);
  const use = keccak256(stringToBytes(`${facts.pageUrl}\n${facts.imageUrl}`));
  return [
    compared(
      "bundle hash",
      `0x${await sha256Hex(bundle.manifest)}` === item.bundle_hash,
      "the reported item names this manifest",
    ),
    compared("ciphertext", keccak256(cid) === item.cid_hash, "the reported item names this content address"),
    compared(
      "address",
      use === item.url_hash && places[0] === item.host_hash,
      `the page and picture match the item, on ${host}`,
    ),
    compared("site", places.includes(item.site_hash), "the item’s site is this host or a parent of it"),
    compared(
      "work and time",
      facts.workId === item.work_id && facts.seenAt === item.seen_at,
      "the work and time match the item",
    ),
  ];
}

/** Host of a page, as the committee names it: A-label without trailing dot, an IPv6 address without brackets. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/\.$/, "").replace(/^\[(.*)\]$/, "$1");
}

/** Hashes of a host and of its parents, one of which is its site; an address has no parents. */
export function placesOf(host: string): Hex[] {
  const labels = /^[0-9.]+$|:/.test(host) ? [host] : host.split(".");
  return labels.map((_, at) => keccak256(stringToBytes(labels.slice(at).join("."))));
}

/** Leaf of an item, as EvidenceOracle.leafOf: a double keccak256. */
export function leafOf(item: Item): Hex {
  const encoded = encodeAbiParameters(ITEM, [
    {
      workId: item.work_id,
      hostHash: item.host_hash,
      siteHash: item.site_hash,
      urlHash: item.url_hash,
      bundleHash: item.bundle_hash,
      cidHash: item.cid_hash,
      seenAt: BigInt(item.seen_at),
      salt: item.salt,
    },
  ]);
  return keccak256(keccak256(encoded));
}

/** Whether the proof leads from the leaf to the root, as in OpenZeppelin's MerkleProof. Hashes are in lower case. */
export function proves(leaf: Hex, proof: readonly Hex[], root: Hex): boolean {
  let node = leaf;
  for (const sibling of proof) node = keccak256(node < sibling ? concat([node, sibling]) : concat([sibling, node]));
  return node === root;
}

function inclusion(dossier: Dossier): Check {
  const held = proves(leafOf(dossier.item), dossier.proof, dossier.root);
  return compared("inclusion", held, "the item is in the reported tree");
}

/** The report on-chain, and the committee's signatures recovered from the transaction that brought it. */
async function report(dossier: Dossier, deployment: Deployment, chain: PublicClient): Promise<Check[]> {
  const { address, block } = deployment.contracts.EvidenceOracle;
  const abi = abis.EvidenceOracle;
  const fromBlock = BigInt(block);
  const receipt = await chain.readContract({ address, abi, functionName: "receipt", args: [dossier.root] });
  const told = `report ${receipt.number} of the committee, on-chain since ${new Date(Number(receipt.reportedAt) * 1000).toISOString()}`;
  if (receipt.number === 0n) return [compared("report", false, "the root is on-chain")];
  const reported = getAbiItem({ abi, name: "Reported" });
  const [log] = await chain.getLogs({ address, event: reported, args: { root: dossier.root }, fromBlock });
  if (!log) return [pass("report", told), compared("signatures", false, "the report’s transaction was found")];
  const transaction = await chain.getTransaction({ hash: log.transactionHash });
  const members = await membersOf(chain, address, fromBlock, log.args.configCount!);
  const { functionName, args } = decodeFunctionData({ abi, data: transaction.input });
  if (functionName !== "submit")
    return [pass("report", told), compared("signatures", false, "the transaction is the report itself")];
  const [message, signatures] = args;
  const signers = await Promise.all(
    signatures.map((signature) =>
      recoverTypedDataAddress({
        domain: {
          name: "CopyTrack EvidenceOracle",
          version: "1",
          chainId: deployment.chainId,
          verifyingContract: address,
        },
        types: REPORT,
        primaryType: "Report",
        message,
        signature,
      }),
    ),
  );
  const good = new Set(signers.filter((signer) => members.includes(signer)));
  const enough = message.root === dossier.root && good.size * 2 > members.length && good.size === signers.length;
  return [
    pass("report", told),
    compared("signatures", enough, `${good.size} of ${members.length} members of the committee signed this report`),
  ];
}

async function membersOf(
  chain: PublicClient,
  address: Hex,
  fromBlock: bigint,
  configCount: bigint,
): Promise<readonly Hex[]> {
  const event = getAbiItem({ abi: abis.EvidenceOracle, name: "MembersSet" });
  const [log] = await chain.getLogs({ address, event, args: { configCount }, fromBlock });
  return log?.args.members ?? [];
}

export interface FoundWork {
  readonly workId: Hex;
  readonly owner: Hex;
  readonly registeredAt: number;
}

/** The earliest registration of a file's exact bytes, asked of the chain; null if there is none. */
export async function earliestWork(
  data: Uint8Array,
  deployment: Deployment,
  chain: PublicClient,
): Promise<{ hash: Hex; work: FoundWork | null }> {
  const hash = `0x${await sha256Hex(data)}` as Hex;
  const registry = { address: deployment.contracts.WorkRegistry.address, abi: abis.WorkRegistry } as const;
  const workId = await chain.readContract({ ...registry, functionName: "earliestOf", args: [hash] });
  if (BigInt(workId) === 0n) return { hash, work: null };
  const [work, owner] = await Promise.all([
    chain.readContract({ ...registry, functionName: "work", args: [workId] }),
    chain.readContract({ ...registry, functionName: "ownerOf", args: [BigInt(workId)] }),
  ]);
  return { hash, work: { workId, owner, registeredAt: Number(work.registeredAt) } };
}
