"""Writes the pages of the made-up sites, with their pictures embedded in as many ways as the web knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from .sites import FORBIDDING_HOST, Page, Site

EMBEDDINGS = ("img", "srcset", "picture", "lazy", "background", "og", "link")
# Those that need a smaller rendition beside the picture itself.
WITH_SMALL = ("srcset", "picture", "og", "link")
# As on real pages: what is lazy is put in its place by a script.
LAZY_SCRIPT = "<script>for (const i of document.querySelectorAll('img[data-src]')) i.src = i.dataset.src;</script>"
PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@dataclass(frozen=True)
class Embedded:
    """A picture on a page: paths within the site, its size, and the way it is embedded."""

    path: str
    small: str
    width: int
    height: int
    embedding: str


def page_path(page: Page | None) -> str:
    """Where a page of a site lies; without one it is the start page."""
    return "/" if page is None else f"/{page.file}"


def _style(site: Site) -> str:
    dark = site.paper.startswith("#1")
    ink, card = ("#e6e6ec", "#20222c") if dark else ("#222", "#fff")
    return f"""
    body {{ margin: 0; font: 17px/1.6 {site.font}; color: {ink}; background: {site.paper}; }}
    header, footer {{ background: {site.colour}; color: #fff; padding: 1rem 6vw; }}
    header a, footer a {{ color: #fff; margin-right: 1.2rem; }}
    header strong {{ font-size: 1.6rem; display: block; }}
    main {{ max-width: 1080px; margin: 0 auto; padding: 1.5rem 4vw 3rem; }}
    .gallery {{ display: grid; grid-template-columns: repeat({site.columns}, 1fr); gap: 1.4rem; }}
    figure {{ margin: 0; background: {card}; padding: .6rem; border-radius: 6px; box-shadow: 0 1px 4px #0003; }}
    figure img, figure .banner {{ width: 100%; height: auto; display: block; }}
    figure .banner {{ min-height: 320px; background-size: cover; background-position: center; }}
    figcaption {{ font-size: .85rem; opacity: .75; padding-top: .4rem; }}
    a {{ color: {"#9fb4ff" if dark else site.colour}; }}"""


def _figure(item: Embedded, number: int, caption: str) -> str:
    source, small = escape(item.path), escape(item.small)
    alt = escape(caption)
    size = f'width="{item.width}" height="{item.height}"'
    bodies = {
        "img": f'<img src="{source}" {size} alt="{alt}">',
        "srcset": f'<img src="{small}" srcset="{small} 320w, {source} {item.width}w" sizes="90vw" alt="{alt}">',
        "picture": f'<picture><source media="(max-width: 400px)" srcset="{small}">'
        f'<img src="{source}" {size} alt="{alt}"></picture>',
        "lazy": f'<img src="{PLACEHOLDER}" data-src="{source}" loading="lazy" {size} alt="{alt}">',
        "og": f'<img src="{small}" alt="{alt}">',
        "background": f'<div class="banner banner-{number}" role="img" aria-label="{alt}"></div>',
        "link": f'<a href="{source}"><img src="{small}" alt="{alt}"></a>',
    }
    return f"      <figure>{bodies[item.embedding]}<figcaption>{alt}</figcaption></figure>"


def _head(site: Site, title: str, path: str, items: Sequence[Embedded]) -> str:
    backgrounds = "".join(
        f"\n    .banner-{number} {{ background-image: url('{item.path}'); }}"
        for number, item in enumerate(items)
        if item.embedding == "background"
    )
    previews = "".join(
        f'\n  <meta property="og:image" content="https://{site.host}{escape(item.path)}">'
        for item in items
        if item.embedding == "og"
    )
    return f"""<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{escape(title)} – {escape(site.name)}</title>
  <meta name="description" content="{escape(site.motto)}">
  <meta property="og:title" content="{escape(title)}">
  <meta property="og:url" content="https://{site.host}{path}">{previews}
  <style>{_style(site)}{backgrounds}
  </style>
</head>"""


def _links(site: Site) -> str:
    home, imprint = ("Startseite", "Impressum") if site.language == "de" else ("Home", "Legal notice")
    links = [f'<a href="/">{home}</a>']
    links += [f'<a href="{page_path(page)}">{escape(page.heading)}</a>' for page in site.pages]
    links.append(f'<a href="/impressum.html">{imprint}</a>')
    return "\n    ".join(links)


def _document(site: Site, title: str, path: str, body: str, items: Sequence[Embedded]) -> str:
    staff = '\n    <a href="/intern/">Intern</a>' if site.host == FORBIDDING_HOST else ""
    return f"""<!doctype html>
<html lang="{site.language}">
{_head(site, title, path, items)}
<body>
  <header><strong>{escape(site.name)}</strong>{escape(site.motto)}</header>
  <main>
    <nav>
    {_links(site)}
    </nav>
    <h1>{escape(title)}</h1>
{body}
  </main>
  <footer>© 2024 {escape(site.owner[0])}
    <a href="/impressum.html">{"Impressum" if site.language == "de" else "Legal notice"}</a>{staff}
  </footer>
</body>
</html>
"""


def _gallery(items: Sequence[Embedded], title: str) -> str:
    if not items:
        return ""
    figures = [_figure(item, number, f"{title} ({number + 1})") for number, item in enumerate(items)]
    script = f"\n    {LAZY_SCRIPT}" if any(item.embedding == "lazy" for item in items) else ""
    return '    <div class="gallery">\n' + "\n".join(figures) + f"\n    </div>{script}"


def render_page(site: Site, page: Page | None, items: Sequence[Embedded]) -> str:
    """An inner page, or the start page, with its pictures."""
    paragraphs = (site.motto + ".",) if page is None else page.paragraphs
    welcome = "Willkommen" if site.language == "de" else "Welcome"
    title = welcome if page is None else page.heading
    body = "\n".join(f"    <p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return _document(site, title, page_path(page), f"{body}\n{_gallery(items, title)}", items)


def render_imprint(site: Site) -> str:
    title = "Impressum" if site.language == "de" else "Legal notice"
    lead = "Angaben gemäß § 5 DDG" if site.language == "de" else "Responsible for the content of this site"
    address = "<br>".join(escape(line) for line in site.owner)
    contact = f'<a href="mailto:{site.contact}">{site.contact}</a>'
    body = f"    <p>{lead}</p>\n    <p>{address}</p>\n    <p>E-Mail: {contact}</p>"
    return _document(site, title, "/impressum.html", body, ())


def render_staff_page(site: Site, items: Sequence[Embedded]) -> str:
    """The page that the site's robots.txt forbids."""
    body = f"    <p>Entwürfe, nicht zur Veröffentlichung.</p>\n{_gallery(items, 'Entwurf')}"
    return _document(site, "Intern", "/intern/", body, items)


def write_page(folder: Path, path: str, content: str) -> None:
    """Writes a page below the folder of its site; a path that ends in a slash is a folder's index."""
    file = folder / (path.lstrip("/") + ("index.html" if path.endswith("/") else ""))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
