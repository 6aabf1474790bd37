/**
 * Opening an evidence package in the browser: ZIP → CAR (every block against its CID) → sealed files → plain files
 * (every byte against the manifest). The same steps as `oracle verify`, from the same formats.
 */
import { CarReader } from "@ipld/car";
import * as dagPb from "@ipld/dag-pb";
import { unzipSync } from "fflate";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import { sha256 } from "multiformats/hashes/sha2";
import { bytesToHex, hexToBytes, type Hex } from "viem";

export interface Item {
  readonly work_id: Hex;
  readonly host_hash: Hex;
  readonly site_hash: Hex;
  readonly url_hash: Hex;
  readonly bundle_hash: Hex;
  readonly cid_hash: Hex;
  readonly seen_at: number;
  readonly salt: Hex;
}

export interface Dossier {
  readonly item: Item;
  readonly root: Hex;
  readonly proof: readonly Hex[];
  readonly page_url: string;
  readonly image_url: string;
  readonly bundle_cid: string;
  readonly bundle_key: string;
}

export interface Bundle {
  readonly manifest: Uint8Array;
  readonly facts: Facts;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface Facts {
  readonly workId: Hex;
  readonly pageUrl: string;
  readonly imageUrl: string;
  readonly seenAt: number;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly size: number }>>;
  readonly custody: readonly Readonly<Record<string, string>>[];
}

/** Names the file that is not as it should be. */
export class Tampered extends Error {
  constructor(
    readonly subject: string,
    message: string,
  ) {
    super(message);
  }
}

const DOSSIER = "dossier.json";
const CAR = "bundle.car";
const MANIFEST = "manifest.json";
const SEALED = ".sealed";
const NONCE_BYTES = 12;

export function unzip(data: Uint8Array): { dossier: Dossier; car: Uint8Array } {
  let parts: Record<string, Uint8Array>;
  try {
    parts = unzipSync(data);
  } catch {
    throw new Tampered(
      "package",
      "This is not an evidence package. Use the ZIP file that you downloaded from CopyTrack.",
    );
  }
  const dossier = parts[DOSSIER];
  const car = parts[CAR];
  if (!dossier || !car) throw new Tampered("package", `An evidence package must contain ${DOSSIER} and ${CAR}.`);
  try {
    return { dossier: JSON.parse(new TextDecoder().decode(dossier)) as Dossier, car };
  } catch {
    throw new Tampered(DOSSIER, "This file can’t be read.");
  }
}

/** Files of the flat folder that the CID names, from a CAR whose every block is checked. */
export async function readCar(car: Uint8Array, root: string): Promise<Map<string, Uint8Array>> {
  const blocks = new Map<string, Uint8Array>();
  const reader = await CarReader.fromBytes(car).catch(() => {
    throw new Tampered(CAR, "This is not a CAR file, or it was cut off.");
  });
  for await (const { cid, bytes } of reader.blocks()) {
    const digest = await sha256.digest(bytes);
    if (!equal(digest.digest, cid.multihash.digest))
      throw new Tampered(CAR, `A block does not match the hash in its CID ${cid}.`);
    blocks.set(cid.toString(), bytes);
  }
  const folder = block(blocks, CID.parse(root));
  const files = new Map<string, Uint8Array>();
  for (const link of dagPb.decode(folder).Links) files.set(link.Name ?? "", readFile(blocks, link.Hash));
  return files;
}

function readFile(blocks: ReadonlyMap<string, Uint8Array>, cid: CID): Uint8Array {
  const bytes = block(blocks, cid);
  if (cid.code !== dagPb.code) return bytes;
  const node = dagPb.decode(bytes);
  const own = node.Data ? UnixFS.unmarshal(node.Data).data : undefined;
  return join([...(own ? [own] : []), ...node.Links.map((link) => readFile(blocks, link.Hash))]);
}

function block(blocks: ReadonlyMap<string, Uint8Array>, cid: CID): Uint8Array {
  const found = blocks.get(cid.toString());
  if (!found) throw new Tampered(CAR, `Block ${cid} is missing.`);
  return found;
}

/** Decrypt and check every file. */
export async function openBundle(sealed: ReadonlyMap<string, Uint8Array>, key: string): Promise<Bundle> {
  const bundleKey = await crypto.subtle.importKey("raw", buffer(hexToBytes(`0x${key}`)), "HKDF", false, ["deriveKey"]);
  const open = (name: string): Promise<Uint8Array> => decrypt(bundleKey, name, sealed.get(name + SEALED));
  const manifest = await open(MANIFEST);
  const facts = JSON.parse(new TextDecoder().decode(manifest)) as Facts;
  const added = [...sealed.keys()]
    .map((name) => name.slice(0, -SEALED.length))
    .filter((name) => name !== MANIFEST && !(name in facts.files));
  if (added[0]) throw new Tampered(added[0], "This file was added: it is not in the manifest.");
  const files = new Map<string, Uint8Array>();
  for (const [name, stated] of Object.entries(facts.files)) {
    const data = await open(name);
    if ((await sha256Hex(data)) !== stated.sha256 || data.length !== stated.size) {
      throw new Tampered(name, "This file does not match the SHA-256 or size in the manifest.");
    }
    files.set(name, data);
  }
  return { manifest, facts, files };
}

/** AES-256-GCM under a key derived from the bundle's key and the file's name (HKDF-SHA256), as oracle/sealing.py. */
async function decrypt(bundleKey: CryptoKey, name: string, sealed: Uint8Array | undefined): Promise<Uint8Array> {
  if (!sealed) throw new Tampered(name, "This file is missing.");
  const encoder = new TextEncoder();
  const info = encoder.encode(`copytrack file ${name}`);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
  const key = await crypto.subtle.deriveKey(derivation, bundleKey, { name: "AES-GCM", length: 256 }, false, [
    "decrypt",
  ]);
  const parameters = {
    name: "AES-GCM",
    iv: buffer(sealed.slice(0, NONCE_BYTES)),
    additionalData: encoder.encode(name),
  };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, buffer(sealed.slice(NONCE_BYTES))));
  } catch {
    throw new Tampered(
      name,
      "This file can’t be decrypted. Either it was changed, or the key belongs to another package.",
    );
  }
}

export async function sha256Hex(data: Uint8Array): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", buffer(data)))).slice(2);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes as a buffer of their own, which is what WebCrypto's types ask for. */
function buffer(data: Uint8Array): ArrayBuffer {
  return data.slice().buffer as ArrayBuffer;
}
