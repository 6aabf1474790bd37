"""A content store behind Kubo's RPC (`ipfs daemon`)."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aleph_cid
import ipfshttpclient
from ipfshttpclient.exceptions import Error as IpfsError
from ipfshttpclient.exceptions import ErrorResponse, VersionMismatch

from oracle.errors import NotStoredError, StoreError
from oracle.store import unixfs
from oracle.store.cids import canonical_cid, cid_of, cid_to_bytes

TIMEOUT_SECONDS = 30
# ipfshttpclient subclasses urllib3's pools with an argument that urllib3 no longer needs.
warnings.filterwarnings("ignore", message="The 'strict' parameter", category=FutureWarning)
# Asked for explicitly, because Kubo's defaults change between versions and would change every CID.
_AS_OURS = {"cid_version": 1, "raw_leaves": True, "chunker": "size-262144", "pin": True}


class KuboStore:
    """Adds and pins over RPC; each CID is computed here first and must come back the same."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self._multiaddr = f"/dns/{parts.hostname}/tcp/{parts.port or 5001}/{parts.scheme}"

    def put(self, data: bytes) -> str:
        cid = cid_of(data)
        with self._client() as client:
            self._compare(cid, client.add(io.BytesIO(data), **_AS_OURS)["Hash"])
        return cid

    def put_folder(self, files: Mapping[str, bytes]) -> str:
        with tempfile.TemporaryDirectory() as temporary, self._client() as client:
            folder = Path(temporary) / "folder"
            folder.mkdir()
            for name, data in files.items():
                (folder / name).write_bytes(data)
            cid = aleph_cid.hash_folder(folder)
            added = client.add(folder, recursive=True, **_AS_OURS)
            self._compare(cid, added[-1]["Hash"])
        return cid

    def get(self, cid: str) -> bytes:
        return unixfs.read_file(cid_to_bytes(cid), self._blocks(cid))

    def get_folder(self, cid: str) -> dict[str, bytes]:
        return unixfs.read_folder(cid_to_bytes(cid), self._blocks(cid))

    def has(self, cid: str) -> bool:
        try:
            self.export_car(cid)
        except NotStoredError:
            return False
        return True

    def export_car(self, cid: str) -> bytes:
        """What this daemon has. Offline: a daemon that searches the network for a block answers after its time-out,
        and then nobody asks the gateways that have it."""
        wanted = canonical_cid(cid)
        with self._client() as client:
            return bytes(client.dag.export(wanted, opts={"offline": "true"}))

    def import_car(self, cid: str, car: bytes) -> None:
        block_of = unixfs.checked(unixfs.read_car(car))
        for wanted in unixfs.all_cids(cid_to_bytes(cid), block_of):
            block_of(wanted)
        with self._client() as client:
            client.dag.imprt(io.BytesIO(car))

    def _blocks(self, cid: str) -> Callable[[bytes], bytes]:
        """Blocks are checked against their CIDs here, whatever the daemon says."""
        return unixfs.checked(unixfs.read_car(self.export_car(cid)))

    @contextmanager
    def _client(self) -> Iterator[Any]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", VersionMismatch)  # the client knows no Kubo newer than itself
                client = ipfshttpclient.connect(self._multiaddr, timeout=TIMEOUT_SECONDS)
            with client:
                yield client
        except ErrorResponse as problem:
            raise NotStoredError(f"Kubo at {self.address}: {problem}") from problem
        except IpfsError as problem:
            raise StoreError(f"Kubo at {self.address} is not responding: {problem}") from problem

    def _compare(self, computed: str, answered: str) -> None:
        if computed != answered:
            raise StoreError(f"Kubo at {self.address} computed {answered}, we computed {computed}")
