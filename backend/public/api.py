"""Open services: what anyone may ask, without an account (docs/decisions/005-open-services.md)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from backend.core.database import Db
from backend.core.errors import ApiError, not_found
from backend.core.inputs import MAX_TIME, MAX_URL_LENGTH, HexId
from backend.core.limits import few_at_once, limited
from backend.core.services import own_store
from backend.core.settings import settings
from backend.licences import catalogues
from backend.licences import service as licences
from backend.works import service as works
from backend.works.models import RegisteredWork
from oracle.errors import BadCidError, NotStoredError
from oracle.names import canonical_url
from oracle.store.car import CarFolder
from oracle.store.cids import canonical_cid, cid_from_bytes
from oracle.store.gateway import CAR_TYPE, MAX_CAR_BYTES

router = APIRouter(tags=["open"])
gateway = APIRouter(tags=["open"])

# A node that begins anew fetches the fingerprints of all works.
EXPORTS_PER_MINUTE = 1200
# anvil's chain id: no public network has it.
LOCAL_CHAIN = 31337


class OpenOffer(BaseModel):
    """All that an offer says: a buyer hands it to LicenseLedger as it is. Large numbers are text."""

    model_config = ConfigDict(from_attributes=True, coerce_numbers_to_str=True)
    offer_id: str
    seller: str
    price: str
    currency: str
    """ISO 4217; empty for a price in CPY wei."""
    period: int
    grace: int
    uses: int
    rights: int
    territories: str
    terms_hash: str
    nonce: str
    catalogue_id: str | None = None
    """Offer for many works that it comes from."""
    listed: bool = True
    """Whether it stands on-chain by itself; else whoever buys first lists it."""


class OpenWork(BaseModel):
    work_id: str
    owner: str
    content_hash: str
    registered_at: int
    batch_id: int
    standing: str
    registration_tx: str
    metadata_cid: str | None
    fingerprints: dict[str, str]
    offers: list[OpenOffer]


class Cover(BaseModel):
    work_id: str
    url: str
    at: int
    covered: bool


@router.get("/open/works/{work_id}")
def work(work_id: HexId, session: Db) -> OpenWork:
    """Who registered a work, and when."""
    found = works.registered(session, work_id)
    if found is None:
        raise not_found("work")
    fingerprints = {version: _cid_or_none(raw) for version, raw in found.fingerprints.items()}
    return OpenWork(
        work_id=found.work_id,
        owner=found.owner,
        content_hash=found.content_hash,
        registered_at=found.registered_at,
        batch_id=found.batch_id,
        standing=found.standing,
        registration_tx=found.tx_hash,
        metadata_cid=_cid_or_none(found.metadata_cid),
        fingerprints={version: cid for version, cid in fingerprints.items() if cid},
        offers=_offers(session, found),
    )


def _offers(session: Session, work: RegisteredWork) -> list[OpenOffer]:
    shown = [OpenOffer.model_validate(o) for o in licences.offers_of(session, work.work_id)]
    for row, offer in catalogues.offers_in(session, work.work_id, work.owner):
        said = offer.to_json() | {"offer_id": "0x" + offer.offer_id.hex(), "seller": row.seller}
        shown.append(OpenOffer.model_validate({**said, "catalogue_id": row.catalogue_id, "listed": False}))
    return shown


def _cid_or_none(raw: str | None) -> str | None:
    """The CID that stands on-chain, if it is one: the register takes any bytes."""
    try:
        return cid_from_bytes(bytes.fromhex(raw[2:])) if raw else None
    except BadCidError:
        return None


@router.get("/open/cover")
def cover(
    work_id: HexId, url: Annotated[str, Query(max_length=MAX_URL_LENGTH)], at: Annotated[int, Query(ge=0, lt=MAX_TIME)]
) -> Cover:
    """Whether a licence or release covers a work on a page at a time (Unix seconds)."""
    return Cover(work_id=work_id, url=url, at=at, covered=licences.covered(work_id, canonical_url(url), at))


@gateway.get("/ipfs/{cid}", response_class=Response, dependencies=[Depends(limited("ipfs", EXPORTS_PER_MINUTE))])
def car(cid: str) -> Response:
    """Trustless gateway (CARv1) over our public content."""
    wanted, store = canonical_cid(cid), own_store()
    if isinstance(store, CarFolder):  # from the disk piece by piece, never whole in memory
        file = store.folder / f"{wanted}.car"
        if not file.is_file():
            raise NotStoredError(f"{wanted} is not stored here")
        return FileResponse(file, media_type=CAR_TYPE)
    with few_at_once():
        found = store.export_car(wanted)
    if len(found) > MAX_CAR_BYTES:
        raise ApiError(
            413, "too_large", f"This content is too large for other gateways: it has more than {MAX_CAR_BYTES} bytes."
        )
    return Response(found, media_type=CAR_TYPE)


class Role(BaseModel):
    """A role of the demonstration wallet. Its key is known to everybody and holds money on the local chain only."""

    name: str
    key: str


class Network(BaseModel):
    """The chain: its address file (deployments/<chainId>.json), and the demonstration's wallet on the local one."""

    deployment: dict[str, Any]
    demo_wallet: list[Role]


@router.get("/deployment")
def deployment() -> Network:
    """Addresses of the contracts, for web app and wallets."""
    found: dict[str, Any] = json.loads(settings().deployment.read_text())
    roles = json.loads(settings().demo_wallet or "[]") if found["chainId"] == LOCAL_CHAIN else []
    return Network(deployment=found, demo_wallet=[Role.model_validate(role) for role in roles])
