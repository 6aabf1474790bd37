import { encodeAbiParameters, hashStruct, hashTypedData, keccak256, stringToBytes, type Hex } from "viem";
import { describe, expect, it } from "vitest";
import vectors from "../../../../tests/vectors.json";
import { hostOf, leafOf, placesOf, proves, REPORT } from "./checks";

const keccakOf = (text: string): Hex => keccak256(stringToBytes(text));

describe("names of places are those of the committee", () => {
  it.each(vectors.places)("$url", ({ url, host, site, hostHash, siteHash }) => {
    // Node's tables are older than Unicode 15.1 and make ẞ into ss. Evidence states the A-label, so it matters to tests only.
    if (!url.includes("ẞ")) expect(hostOf(url)).toBe(host);
    expect(hostOf(`https://${host.includes(":") ? `[${host}]` : host}/`)).toBe(host);
    expect([keccakOf(host), keccakOf(site)]).toEqual([hostHash, siteHash]);
    expect(placesOf(host)[0]).toBe(hostHash);
    expect(placesOf(host)).toContain(siteHash);
  });

  // Browsers take some addresses that the committee does not name; those stand in no report.
  it.each(vectors.noPlaces.filter(({ browsers }) => !browsers))("none: $why", ({ url }) => {
    expect(() => hostOf(url)).toThrow();
  });
});

describe("leaves", () => {
  it.each(vectors.items)("of an item: $leaf", ({ item, leaf }) => {
    const { workId, hostHash, siteHash, urlHash, bundleHash, cidHash, seenAt, salt } = item;
    const given = { work_id: workId, host_hash: hostHash, site_hash: siteHash, url_hash: urlHash };
    const found = { ...given, bundle_hash: bundleHash, cid_hash: cidHash, seen_at: seenAt, salt };
    expect(leafOf(found as Parameters<typeof leafOf>[0])).toBe(leaf);
  });

  it.each(vectors.entries)("of a batch: $leaf", ({ owner, entry, leaf }) => {
    const words = ["address", "uint8", "bytes32", "uint16", "bytes32", "bytes32"].map((type) => ({ type }));
    const cids = [entry.fingerprintCid, entry.metadataCid].map((cid) => keccak256(cid as Hex));
    const encoded = encodeAbiParameters(words, [owner, entry.kind, entry.contentHash, entry.engineVersion, ...cids]);
    expect(keccak256(keccak256(encoded))).toBe(leaf);
  });
});

describe("trees", () => {
  it.each(vectors.merkle)("of $leaves.length $of", ({ leaves, root, proofs }) => {
    for (const [at, proof] of proofs.entries()) {
      const proven = leaves.filter((leaf) => proves(leaf as Hex, proof as Hex[], root as Hex));
      expect(proven).toEqual([leaves[at]]);
    }
  });
});

describe("typed data", () => {
  it.each(vectors.eip712)("$primary", ({ name, version, chainId, verifyingContract, primary, ...given }) => {
    const types = given.types as unknown as Record<string, { name: string; type: string }[]>;
    const fields = types[primary]!;
    const message = Object.fromEntries(
      Object.entries(given.message).map(([field, value]) => {
        const isNumber = fields.find((f) => f.name === field)!.type.startsWith("uint");
        return [field, isNumber ? BigInt(value) : value];
      }),
    );
    const domain = { name, version, chainId, verifyingContract: verifyingContract as Hex };
    expect(hashStruct({ data: message, primaryType: primary, types })).toBe(given.structHash);
    expect(hashTypedData({ domain, types, primaryType: primary, message })).toBe(given.digest);
    if (primary === "Report") expect(types).toEqual(REPORT);
  });
});
