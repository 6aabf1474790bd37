"""Fetching what the own store lacks from other parties' gateways, believing none of them.

Protocol: https://specs.ipfs.tech/http-gateways/trustless-gateway/, GET /ipfs/<cid> with
`format=car`; every block is checked before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import httpx

from oracle.errors import NotStoredError, StoreError
from oracle.store.base import ContentStore
from oracle.store.cids import cid_to_bytes

TIMEOUT_SECONDS = 15
MAX_CAR_BYTES = 200 * 1024 * 1024
CAR_TYPE = "application/vnd.ipld.car"


class GatewayStore:
    """A store with others behind it.

    `gateways` returns their base addresses, asked in order. It is called with True when none of those had the content:
    who remembers addresses must look then whether a party came up, or moved.
    """

    def __init__(self, local: ContentStore, gateways: Callable[[bool], Sequence[str]]) -> None:
        self.local = local
        self._gateways = gateways

    def put(self, data: bytes) -> str:
        return self.local.put(data)

    def put_folder(self, files: Mapping[str, bytes]) -> str:
        return self.local.put_folder(files)

    def get(self, cid: str) -> bytes:
        self._ensure(cid)
        return self.local.get(cid)

    def get_folder(self, cid: str) -> dict[str, bytes]:
        self._ensure(cid)
        return self.local.get_folder(cid)

    def has(self, cid: str) -> bool:
        return self.local.has(cid)

    def export_car(self, cid: str) -> bytes:
        return self.local.export_car(cid)

    def import_car(self, cid: str, car: bytes) -> None:
        self.local.import_car(cid, car)

    def _ensure(self, cid: str) -> None:
        if self.local.has(cid):
            return
        cid_to_bytes(cid)
        told: dict[str, str] = {}
        for anew in (False, True):
            for gateway in self._gateways(anew):
                if gateway in told:
                    continue
                try:
                    self.local.import_car(cid, _download(f"{gateway}/ipfs/{cid}?format=car"))
                    return
                except (httpx.HTTPError, StoreError) as problem:
                    told[gateway] = str(problem)
        why = "; ".join(f"{gateway}: {problem}" for gateway, problem in told.items()) or "none known"
        raise NotStoredError(f"{cid} is not in our store nor behind a gateway ({why})")


def _download(url: str) -> bytes:
    with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS, headers={"Accept": CAR_TYPE}) as response:
        response.raise_for_status()
        data = bytearray()
        for part in response.iter_bytes():
            data += part
            if len(data) > MAX_CAR_BYTES:
                raise StoreError(f"the gateway sent more than {MAX_CAR_BYTES} bytes")
    return bytes(data)
