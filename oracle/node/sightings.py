"""What a node saw where, and when: notes on pictures and on the pages that show them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Engine, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from oracle.crawl.clock import SiteClock
from oracle.crawl.http import Fetched
from oracle.crawl.pages import FoundImage
from oracle.names import host_of, site_of
from oracle.node.database import images, key_of, matches, pages, sightings, sites
from oracle.pictures.normalise import Picture

# A crawler is not an archive of people: what was not seen for this long is deleted (docs/decisions/009-retention.md).
KEEP_SECONDS = 2 * 365 * 86_400
FORGET_AT_ONCE = 1000


class Sightings:
    """Notes in the tables `images` and `sightings`. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def name(self, found: Sequence[FoundImage]) -> None:
        """A page names these pictures now."""
        if not found:
            return
        now = int(time.time())
        rows = [
            {
                "image_key": key_of(image.url),
                "page_key": key_of(image.page_url),
                "image_url": image.url,
                "page_url": image.page_url,
                "embedded": image.embedded,
                "first_seen": now,
                "last_seen": now,
            }
            for image in found
        ]
        note = insert(sightings).values(rows)
        latest = {"last_seen": now, "embedded": note.excluded.embedded}
        with self._engine.begin() as connection:
            connection.execute(note.on_conflict_do_update(index_elements=["image_key", "page_key"], set_=latest))

    def named_on(self, page_url: str, since: float) -> list[FoundImage]:
        """Pictures that the page named when it was last read, at `since` or later."""
        s = sightings
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(s).where(s.c.page_key == key_of(page_url), s.c.last_seen >= int(since))
            ).all()
        return [FoundImage(row.image_url, row.page_url, row.embedded) for row in rows]

    def in_order(self, found: Sequence[FoundImage], round_at: float) -> list[FoundImage]:
        """Those not looked at since `round_at`: first those never looked at, then those looked at longest ago, so that
        a picture which takes all the time of a visit comes last at the next."""
        keys = {key_of(image.url): image for image in found}
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(images.c.key, images.c.checked_at).where(images.c.key.in_(list(keys)))
            ).all()
        checked = {bytes(row.key): row.checked_at for row in rows}
        waiting = [(checked.get(key, 0.0), number) for number, key in enumerate(keys)]
        everything = list(keys.values())
        return [everything[number] for at, number in sorted(waiting) if at < round_at]

    def looked_at(self, image: FoundImage, fetched: Fetched, picture: Picture) -> None:
        """The picture was fetched and decoded."""
        now = time.time()
        seen = {
            "last_seen": int(now),
            "last_modified": fetched.answer.header("last-modified"),
            "sha256": picture.sha256.hex(),
            "width": picture.width,
            "height": picture.height,
        }
        self._note(image.url, {**seen, "first_seen": int(now)}, {**seen, "checked_at": now, "problem": None})

    def not_looked_at(self, image: FoundImage, problem: str) -> None:
        """The picture could not be had, or not be read: what is known of it stays."""
        self._note(image.url, {"problem": problem}, {"checked_at": time.time(), "problem": problem})

    def _note(self, url: str, first: dict[str, object], later: dict[str, object]) -> None:
        row = {"key": key_of(url), "url": url, "site": site_of(host_of(url)), "checked_at": time.time(), **first}
        note = insert(images).values(row)
        if "first_seen" in first:
            later = {**later, "first_seen": func.coalesce(images.c.first_seen, note.excluded.first_seen)}
        with self._engine.begin() as connection:
            connection.execute(note.on_conflict_do_update(index_elements=["key"], set_=later))

    def pages_showing(self, pictures: Iterable[str]) -> dict[str, set[str]]:
        """Pages on which each of these pictures (SHA-256) was seen; none for those that are on no known page."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(images.c.sha256, sightings.c.page_url)
                .join(sightings, sightings.c.image_key == images.c.key)
                .where(images.c.sha256.in_(list(pictures)))
            ).all()
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row.sha256, set()).add(row.page_url)
        return found

    def forget_old(self, before: float) -> set[str]:
        """Delete what was not seen since then (Unix seconds), some at a time, but nothing that a match is about.

        Returns the SHA-256 of pictures that are known no more.
        """
        i, s = images, sightings
        with self._engine.begin() as connection:
            old = select(s.c.image_key, s.c.page_key).where(s.c.last_seen < int(before)).limit(FORGET_AT_ONCE)
            for row in connection.execute(old).all():
                connection.execute(delete(s).where(s.c.image_key == row.image_key, s.c.page_key == row.page_key))
            unseen = (
                select(i.c.key)
                .where(
                    i.c.checked_at < before,
                    ~exists().where(s.c.image_key == i.c.key),
                    ~exists().where(matches.c.image_key == i.c.key),
                )
                .limit(FORGET_AT_ONCE)
            )
            gone = connection.execute(delete(i).where(i.c.key.in_(unseen)).returning(i.c.sha256)).scalars().all()
            connection.execute(
                delete(pages).where(
                    or_(pages.c.read_at < before, pages.c.read_at.is_(None)),
                    pages.c.failures > 12,
                    pages.c.next_at < time.time(),
                )
            )
            candidates = {sha for sha in gone if sha}
            kept = set(connection.scalars(select(i.c.sha256).where(i.c.sha256.in_(list(candidates)))).all())
        return candidates - kept


def open_clock(engine: Engine, interval: float) -> SiteClock:
    """The node's clock, with the sites that asked to be left alone before it was started."""
    with engine.begin() as connection:
        connection.execute(delete(sites).where(sites.c.resting_until < time.time()))
        kept = [(row.site, row.resting_until) for row in connection.execute(select(sites)).all()]

    def keep(site: str, until: float) -> None:
        note = insert(sites).values(site=site, resting_until=until)
        with engine.begin() as connection:
            connection.execute(note.on_conflict_do_update(index_elements=["site"], set_={"resting_until": until}))

    return SiteClock(interval, kept, keep)
