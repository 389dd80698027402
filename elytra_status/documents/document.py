# SPDX-License-Identifier: MIT
"""The values that every document consists of or needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from elytra_status.locale import ENGLISH, Language, to_translate

# The name of the page.
PAGE = "index.html"
# The title of the page if PAGE_TITLE is not set.
DEFAULT_TITLE = to_translate("Platform status")
DEFAULT_COLOUR = "#0b57d0"
# Width and height of the picture for previews, in pixels: what programs that show previews ask for.
PREVIEW_SIZE = (1200, 630)


@dataclass(frozen=True)
class Document:
    """The bytes of a published file, with its name and headers.

    The name may be a path. `own_words` are the fixed words of the document: they are no leak as a field's name or as a
    whole value, even if a monitor has that name. A `local` document stays on this machine, in the state directory. The
    bytes of a `kept` document are saved for later runs, which publish them again while there is no news. `made_from` is
    the checksum of what a page of the archive shows, which a run compares before it renders the page; '' for others.
    `drawn` are the texts that a picture shows; its bytes are not searched for leaks, because it contains no other.
    """

    name: str
    body: bytes
    content_type: str
    cache_control: str
    own_words: frozenset[str]
    local: bool = False
    kept: bool = False
    made_from: str = ""
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subscription:
    """A channel by which visitors get news from a document, as the page lists it.

    The page links to the `document`, with `scheme` in place of https: if a program is to open it. With a `command`, it
    shows that instead, with the address of the document in place of {address}.
    """

    name: str
    document: str
    scheme: str = ""
    command: str = ""


@dataclass(frozen=True)
class PreviewPicture:
    """The PNG that programs show beside a link to the page.

    `drawn_from` is a checksum of what it depends on, in hexadecimal digits; the PNG contains it too.
    """

    body: bytes
    drawn_from: str


@dataclass(frozen=True)
class Texts:
    """The administrator's texts for the public, and how long a publication is valid.

    `address` is where visitors find the documents, with a / at its end; None if it is not known. `other_forms` are
    addresses of other documents, each with the text of its link, and `subscriptions` are channels by which they
    bring news; `status_name` is the name of status.json. `logo` is a data: URL, `colour` is #rrggbb, `links` are
    texts with an address each. `subscribe_mail` is where visitors subscribe to news by mail, '' if there is no such
    page. `badge_style` is flat or flat-square, and `badge_time` says whether badges show the time. `language` is
    that of the program's texts. `folder` is where the page lies, with a / at its end, '' if that is beside the
    other documents. `pages` are the languages of the page, each with its folder.
    """

    title: str = DEFAULT_TITLE
    address: str | None = None
    other_forms: tuple[tuple[str, str], ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    status_name: str = "status.json"
    logo: str = ""
    colour: str = DEFAULT_COLOUR
    links: tuple[tuple[str, str], ...] = ()
    badge_style: str = "flat"
    badge_time: bool = False
    backup_policy: str = ""
    infrastructure_model: str = ""
    infrastructure_regions: tuple[str, ...] = ()
    infrastructure_notes: str = ""
    fresh_for: timedelta = timedelta(minutes=30)
    cache_max_age: timedelta = timedelta(minutes=5)
    subscribe_mail: str = ""
    language: Language = ENGLISH
    folder: str = ""
    pages: tuple[tuple[Language, str], ...] = ()

    @property
    def up(self) -> str:
        """What precedes the name of another document in the page."""
        return "../" * self.folder.count("/")

    @property
    def page_address(self) -> str:
        """The address of the page in its folder, '' if it is not known.

        It ends with the name of the file: a bucket whose listing is restricted answers with an error for its folder.
        """
        return self.address_of(PAGE)

    def address_of(self, name: str) -> str:
        """Return the address of a page in its folder, '' if it is not known."""
        return f"{self.address}{self.folder}{name}" if self.address else ""

    @property
    def cache_control(self) -> str:
        """The Cache-Control header of all documents."""
        return f"public, max-age={int(self.cache_max_age.total_seconds())}"
