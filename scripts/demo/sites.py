"""The made-up sites of the demonstration's web: their names, their looks, their texts and who is behind them."""

from dataclasses import dataclass

LICENSED_HOST = "www.kundenfirma.example"
# A client of the licensee, who names it in a sub-licence. It stands last: what it shows changes no other site.
CLIENT_HOST = "www.nordkurier.example"
FORBIDDING_HOST = "www.formatwerk.example"


@dataclass(frozen=True)
class Page:
    """An inner page: its file name, its heading and its paragraphs."""

    file: str
    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    """A site: `owner` is the address block of its imprint, `columns` how many pictures stand side by side."""

    host: str
    name: str
    language: str
    motto: str
    colour: str
    paper: str
    font: str
    columns: int
    owner: tuple[str, ...]
    contact: str
    pages: tuple[Page, ...]


SHOP = Site(
    host="www.alpenladen.example",
    name="Alpenladen",
    language="de",
    motto="Schönes aus den Bergen, seit 1987",
    colour="#7a3b1d",
    paper="#fbf6ee",
    font="Georgia, serif",
    columns=3,
    owner=("Alpenladen Huber OHG", "Inhaber: Josef und Maria Huber", "Marktplatz 4", "87561 Oberstdorf"),
    contact="service@alpenladen.example",
    pages=(
        Page(
            "poster.html",
            "Poster und Leinwände",
            (
                "Unsere Motive drucken wir auf schweres Papier oder auf Leinwand. Versand binnen drei Werktagen.",
                "Poster 50 × 70 cm: 24,90 €. Leinwand 80 × 60 cm: 59,00 €. Alle Preise inklusive Mehrwertsteuer.",
            ),
        ),
        Page(
            "kalender.html",
            "Kalender für das neue Jahr",
            (
                "Zwölf Monate, zwölf Motive: unser Wandkalender im Format A3 mit Spiralbindung.",
                "Wer bis Ende Oktober bestellt, bekommt zehn Prozent Nachlass.",
            ),
        ),
        Page(
            "postkarten.html",
            "Postkarten",
            (
                "Karten im Zehnerpack, gemischt oder ein Motiv, auf ungestrichenem Karton.",
                "Händler erhalten ab hundert Stück einen Rabatt. Schreiben Sie uns.",
            ),
        ),
    ),
)

BLOG = Site(
    host="blog.lichtbild.example",
    name="Lichtbild & Fernweh",
    language="de",
    motto="Tagebuch einer Reisenden",
    colour="#1f6f6a",
    paper="#ffffff",
    font="'Trebuchet MS', sans-serif",
    columns=1,
    owner=("Nina Sommer", "Lindenweg 12", "04109 Leipzig"),
    contact="hallo@lichtbild.example",
    pages=(
        Page(
            "2024/berge.html",
            "Eine Woche in den Bergen",
            (
                "Der Bus setzte uns kurz nach sechs am Ende der Straße ab. Von da an ging es nur noch zu Fuß weiter.",
                "Am dritten Tag riss der Himmel auf, und wir sahen zum ersten Mal, wo wir eigentlich waren.",
                "Zum Schluss noch ein Rat: Nehmt mehr Socken mit, als ihr denkt.",
            ),
        ),
        Page(
            "2024/tiere.html",
            "Tiere am Wegesrand",
            (
                "Man muss nicht weit fahren, um Tiere zu sehen. Man muss nur früh genug aufstehen.",
                "Hier sind meine liebsten Begegnungen des Jahres.",
            ),
        ),
        Page(
            "2023/herbst.html",
            "Warum ich den Herbst mag",
            (
                "Das Licht steht tief, die Wege sind leer, und abends gibt es Suppe.",
                "Die Bilder sind nach und nach entstanden, ohne Plan und meistens auf dem Heimweg.",
            ),
        ),
    ),
)

NEWS = Site(
    host="news.tagwerk.example",
    name="Tagwerk",
    language="de",
    motto="Nachrichten und Hintergründe",
    colour="#a3121f",
    paper="#f5f5f5",
    font="Arial, sans-serif",
    columns=2,
    owner=("Tagwerk Medien GmbH", "Geschäftsführung: Dr. Petra Lang", "Verlagsstraße 20", "20095 Hamburg"),
    contact="redaktion@tagwerk.example",
    pages=(
        Page(
            "wissen/artenvielfalt.html",
            "Artenvielfalt: Was die neuen Zahlen bedeuten",
            (
                "Forschende haben Bestände aus vierzig Ländern verglichen. Das Ergebnis fällt gemischt aus.",
                "In geschützten Gebieten erholen sich viele Arten. Außerhalb sinken die Zahlen weiter.",
            ),
        ),
        Page(
            "reise/staedte.html",
            "Fünf Reiseziele, die sich im Frühjahr lohnen",
            (
                "Günstige Bahnverbindungen und leere Museen: Vor der Saison reist es sich entspannter.",
                "Wir haben fünf Ziele ausgewählt, die ohne Flugzeug zu erreichen sind.",
            ),
        ),
        Page(
            "genuss/kueche.html",
            "Obst im Winter: Was jetzt schmeckt",
            (
                "Zitrusfrüchte haben Hochsaison. Worauf man beim Einkauf achten sollte, sagt eine Händlerin.",
                "Dazu drei Rezepte, die in einer halben Stunde fertig sind.",
            ),
        ),
    ),
)

WALLPAPERS = Site(
    host="www.kacheln.example",
    name="Kacheln – free wallpapers",
    language="en",
    motto="Thousands of backgrounds for your desktop",
    colour="#4b3fb0",
    paper="#14151c",
    font="Verdana, sans-serif",
    columns=3,
    owner=("Kacheln Media Ltd.", "Director: A. Brown", "7 Harbour Road", "Dublin 2, Ireland"),
    contact="abuse@kacheln.example",
    pages=(
        Page(
            "nature.html",
            "Nature wallpapers",
            ("Fresh nature backgrounds, free to download.", "Click a picture to get it in full size."),
        ),
        Page(
            "animals.html",
            "Animal wallpapers",
            ("The cutest animals for your screen.", "New pictures every week, chosen by our community."),
        ),
        Page(
            "cities.html",
            "City wallpapers",
            ("Skylines, bridges and castles from all over the world.", "Uploaded by our users."),
        ),
        Page(
            "colours.html",
            "Colourful wallpapers",
            ("Strong colours for grey days.", "All pictures were adjusted for wide screens."),
        ),
    ),
)

PORTAL = Site(
    host="portal.stadtleben.example",
    name="Stadtleben",
    language="de",
    motto="Das Portal für unsere Stadt",
    colour="#0d5c9e",
    paper="#eef4f9",
    font="Helvetica, sans-serif",
    columns=2,
    owner=("Stadtleben Portal UG (haftungsbeschränkt)", "Vertreten durch: Jens Otto", "Am Ring 3", "50667 Köln"),
    contact="kontakt@stadtleben.example",
    pages=(
        Page(
            "ausfluege.html",
            "Ausflüge am Wochenende",
            (
                "Raus aus der Stadt, rein ins Grüne: Unsere Tipps sind alle mit dem Regionalzug zu erreichen.",
                "Für Familien gibt es an vielen Zielen ermäßigte Karten.",
            ),
        ),
        Page(
            "tierpark.html",
            "Neues aus dem Tierpark",
            (
                "Der Tierpark öffnet ab sofort wieder täglich um neun Uhr.",
                "Die Patinnen und Paten treffen sich am ersten Sonntag des Monats.",
            ),
        ),
        Page(
            "kultur.html",
            "Kultur und Kurse",
            (
                "Malkurse für Anfänger beginnen im März. Material wird gestellt.",
                "Die lange Nacht der Museen findet in diesem Jahr Ende August statt.",
            ),
        ),
    ),
)

AGENCY = Site(
    host=FORBIDDING_HOST,
    name="Formatwerk",
    language="de",
    motto="Gestaltung für Marken",
    colour="#111111",
    paper="#fafafa",
    font="'Helvetica Neue', Arial, sans-serif",
    columns=2,
    owner=("Formatwerk Designagentur GmbH", "Geschäftsführerin: Lea Kern", "Hofgasse 9", "80331 München"),
    contact="buero@formatwerk.example",
    pages=(
        Page(
            "referenzen.html",
            "Referenzen",
            (
                "Kampagnen, Verpackungen und Messestände: eine Auswahl unserer Arbeiten.",
                "Gerne zeigen wir Ihnen mehr bei einem Kaffee.",
            ),
        ),
        Page(
            "leistungen.html",
            "Leistungen",
            (
                "Wir begleiten Marken von der ersten Skizze bis zum fertigen Auftritt.",
                "Unsere Schwerpunkte sind Plakat, Verpackung und digitale Medien.",
            ),
        ),
    ),
)

CUSTOMER = Site(
    host=LICENSED_HOST,
    name="Kundenfirma AG",
    language="de",
    motto="Wir machen das für Sie",
    colour="#2b6d3a",
    paper="#ffffff",
    font="Arial, sans-serif",
    columns=2,
    owner=("Kundenfirma AG", "Vorstand: Martin Vogel", "Industriestraße 55", "70565 Stuttgart"),
    contact="info@kundenfirma.example",
    pages=(
        Page(
            "unternehmen.html",
            "Unser Unternehmen",
            (
                "Seit vierzig Jahren liefern wir Verlässlichkeit.",
                "Das Titelbild haben wir ordnungsgemäß lizenziert.",
            ),
        ),
        Page(
            "karriere.html",
            "Karriere",
            ("Wir suchen Menschen, die gerne mit anpacken.", "Bewerben Sie sich mit einem formlosen Schreiben."),
        ),
    ),
)

COURIER = Site(
    host=CLIENT_HOST,
    name="Nordkurier",
    language="en",
    motto="Letters from the north",
    colour="#234a66",
    paper="#f7f9fa",
    font="Palatino, Georgia, serif",
    columns=1,
    owner=("Nordkurier Publishing", "Editor: Signe Dahl", "Harbour Street 1", "25980 Westerland, Germany"),
    contact="editor@nordkurier.example",
    pages=(
        Page(
            "travel.html",
            "Three journeys worth the train fare",
            (
                "Our reporter took slow trains only, and came back with more stories than luggage.",
                "Tickets are cheapest when you book six weeks ahead.",
            ),
        ),
        Page(
            "outdoors.html",
            "Outdoors: the season begins",
            (
                "The paths are dry again, and the huts open next week.",
                "Take a map: reception is poor beyond the second ridge.",
            ),
        ),
        Page(
            "readers.html",
            "Pictures from our readers",
            ("You sent us hundreds of pictures. These are the ones we liked best.", "Keep them coming."),
        ),
    ),
)

SITES = (SHOP, BLOG, NEWS, WALLPAPERS, PORTAL, AGENCY, CUSTOMER, COURIER)
HOSTS = tuple(site.host for site in SITES)

# Sites that test obedience (`traps.py`): reservations, Crawl-delay, a locked one, and two that have no time at first.
QUIET_HOST = "www.stillhalten.example"
SLOW_HOST = "www.langsam.example"
LOCKED_HOST = "www.verschlossen.example"
PAUSING_HOST = "www.wartung.example"
BUSY_HOST = "bilder.atempause.example"
TRAP_HOSTS = (QUIET_HOST, SLOW_HOST, LOCKED_HOST, PAUSING_HOST, BUSY_HOST)
# The user's own site (`scripts/up --site`): it has a front page even if its folder has none.
OWN_HOST = "www.mysite.example"
ALL_HOSTS = (*HOSTS, *TRAP_HOSTS, OWN_HOST)
