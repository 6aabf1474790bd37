"""Sites of the demonstration's web that test obedience: copies stand where the site does not want crawlers.

Whoever heeds robots.txt, reservations and Retry-After reports none of them. Beside them are innocent pictures that
anybody may fetch, so that a crawler that asks for nothing is found out too.

Sources: RFC 9309 (robots.txt), RFC 9110 § 10.2.3 (Retry-After),
https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag (X-Robots-Tag and meta tags),
https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/ (the three forms of a reservation).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from .alter import fit
from .serve import ANSWERS
from .sites import BUSY_HOST, FORBIDDING_HOST, LOCKED_HOST, PAUSING_HOST, QUIET_HOST, SLOW_HOST
from .truth import Picture, Role

CRAWL_DELAY = 1  # seconds, of SLOW_HOST
RETRY_AFTER = 8  # seconds, of BUSY_HOST and PAUSING_HOST
# What robots.txt forbids: hosts, and how the paths begin.
FORBIDDEN_PLACES = ((FORBIDDING_HOST, "/intern/"), (QUIET_HOST, "/intern/"), (LOCKED_HOST, "/"))
SIDE = 760

# Pages whose copies must not be fetched: name, what their heads say besides, their headers.
RESERVED_PAGES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("zweites-schild", '<meta name="robots" content="index, follow"><meta name="robots" content="noindex">', {}),
    ("eigenes-schild", '<meta content="noai, noimageai" name="CopyTrackBot">', {}),
    ("kopfzeile", "", {"X-Robots-Tag": "otherbot: nofollow, CopyTrackBot: noindex"}),
    ("tdm-kopfzeile", "", {"TDM-Reservation": "1"}),
    ("tdm-schild", '<meta name="tdm-reservation" content="1">', {}),
    ("archiv/tdm-datei", "", {}),
)
# Copies on an open page, each with headers of its own.
RESERVED_PICTURES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/bilder/ohne-bildersuche.jpg", {"X-Robots-Tag": "noarchive, noimageindex"}),
    ("/bilder/abgelaufen.jpg", {"X-Robots-Tag": "max-snippet: 20, unavailable_after: 25 Jun 2010 15:00:00 PST"}),
    ("/bilder/tdm.jpg", {"TDM-Reservation": "1"}),
    ("/archiv/tdm-datei.jpg", {}),
)


class _Traps:
    """Writes the sites below a folder and notes down what they show and what they answer."""

    def __init__(self, target: Path, works: Mapping[str, Image.Image], others: list[Image.Image]) -> None:
        self.target = target
        self.works, self.others = list(works.items()), others
        self.pictures: list[Picture] = []
        self.answers: dict[str, dict[str, object]] = {}

    def write(self, host: str, path: str, data: bytes | str) -> None:
        file = self.target / host / (path.lstrip("/") + ("index.html" if path.endswith("/") else ""))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)

    def page(
        self, host: str, path: str, *, head: str = "", links: tuple[str, ...] = (), show: tuple[str, ...] = ()
    ) -> None:
        named = "".join(f'<p><a href="{link}">{link.strip("/") or host}</a></p>' for link in links)
        shown = "".join(f'<figure><img src="{src}" alt="" width="480"></figure>' for src in show)
        start = f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{host}</title>{head}</head>'
        self.write(host, path, f"{start}<body><h1>{path}</h1>{named}{shown}</body></html>")

    def copy(self, host: str, path: str, page: str, kind: str, role: Role = "forbidden") -> None:
        """A mirrored copy of the next work; `page` is where it is shown."""
        file, photo = self.works[len(self.pictures) % len(self.works)]
        self.write(host, path, _jpeg(ImageOps.mirror(fit(photo, SIDE))))
        self.pictures.append(Picture(f"https://{host}{path}", page, (file,), kind, role))

    def innocent(self, host: str, path: str, page: str) -> None:
        photo = self.others[len(self.pictures) % len(self.others)]
        self.write(host, path, _jpeg(fit(photo, SIDE)))
        self.pictures.append(Picture(f"https://{host}{path}", page, (), "plain", "negative"))

    def answer(self, host: str, path: str, **special: object) -> None:
        self.answers[f"{host}{path}"] = special

    def build_reservations(self) -> None:
        """Meta tags, headers, and the three forms of a reservation of text and data mining."""
        host = QUIET_HOST
        self.write(host, "/robots.txt", "User-agent: *\nDisallow: /intern/\n")
        reserved = [{"location": "/archiv/*", "tdm-reservation": 1}]
        self.write(host, "/.well-known/tdmrep.json", json.dumps(reserved))
        pages = []
        for name, head, headers in RESERVED_PAGES:
            page, picture = f"/{name}.html", f"/bilder/{name.replace('/', '-')}.jpg"
            self.page(host, page, head=head, show=(picture,))
            self.copy(host, picture, f"https://{host}{page}", name)
            if headers:
                self.answer(host, page, headers=headers)
            pages.append(page)
        opened = f"https://{host}/offen.html"
        for path, headers in RESERVED_PICTURES:
            self.copy(host, path, opened, "reserved picture", "reserved")
            if headers:
                self.answer(host, path, headers=headers)
        self.innocent(host, "/bilder/offen.jpg", opened)
        self.build_detours(host)
        shown = ("/bilder/offen.jpg", *(path for path, _ in RESERVED_PICTURES), "/bilder/umweg.jpg")
        self.page(host, "/offen.html", show=shown)
        elsewhere = (f"https://{BUSY_HOST}/eins.jpg", f"https://{BUSY_HOST}/zwei.jpg")
        self.page(host, "/fremde-bilder.html", show=elsewhere)
        self.page(host, "/", links=("/offen.html", "/umweg.html", "/intern/", "/fremde-bilder.html", *pages))

    def build_detours(self, host: str) -> None:
        """Redirects from where everybody may go to where nobody may."""
        self.page(host, "/intern/", show=("/intern/bild.jpg",))
        self.copy(host, "/intern/bild.jpg", f"https://{host}/intern/", "redirected page")
        self.copy(host, "/intern/umweg.jpg", f"https://{host}/offen.html", "redirected picture")
        self.answer(host, "/umweg.html", status=302, headers={"Location": "/intern/"})
        self.answer(host, "/bilder/umweg.jpg", status=302, headers={"Location": "/intern/umweg.jpg"})

    def build_locked(self) -> None:
        """A robots.txt that begins with a byte order mark: it forbids everything all the same."""
        host = LOCKED_HOST
        self.write(host, "/robots.txt", codecs.BOM_UTF8 + b"User-agent: *\r\nDisallow: /\r\n")
        self.copy(host, "/bild.jpg", f"https://{host}/", "locked site")
        self.page(host, "/", show=("/bild.jpg",))

    def build_slow(self) -> None:
        """A site that wants a pause between any two requests."""
        host = SLOW_HOST
        self.write(host, "/robots.txt", f"User-agent: *\nCrawl-delay: {CRAWL_DELAY}\n")
        self.page(host, "/", links=("/eins.html",), show=("/eins.jpg",))
        self.page(host, "/eins.html", show=("/eins.jpg", "/zwei.jpg"))
        self.innocent(host, "/eins.jpg", f"https://{host}/")
        self.innocent(host, "/zwei.jpg", f"https://{host}/eins.html")

    def build_refusing(self) -> None:
        """Hosts that have no time at first: one for pictures (429), one for pages (503)."""
        shown_on = f"https://{QUIET_HOST}/fremde-bilder.html"
        later = {"Retry-After": str(RETRY_AFTER)}
        for path in ("/eins.jpg", "/zwei.jpg"):
            self.innocent(BUSY_HOST, path, shown_on)
        self.answer(BUSY_HOST, "/eins.jpg", status=429, headers=later, times=1)
        self.page(PAUSING_HOST, "/", show=("/bild.jpg",))
        self.innocent(PAUSING_HOST, "/bild.jpg", f"https://{PAUSING_HOST}/")
        self.answer(PAUSING_HOST, "/", status=503, headers=later, times=1)


def build_traps(target: Path, works: Mapping[str, Image.Image], others: list[Image.Image]) -> list[Picture]:
    """Writes the sites below the target folder, and `answers.json` with what they answer besides their files.

    `works` are registered photos by file name, `others` photos of strangers. Returns what the sites show.
    """
    traps = _Traps(target, works, others)
    traps.build_reservations()
    traps.build_locked()
    traps.build_slow()
    traps.build_refusing()
    (target / ANSWERS).write_text(json.dumps(traps.answers, indent=2) + "\n")
    return traps.pictures


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
