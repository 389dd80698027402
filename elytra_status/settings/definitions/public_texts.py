# SPDX-License-Identifier: MIT
"""What visitors read: texts, components, and the appearance of the page."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.locale import to_translate
from elytra_status.settings import kinds
from elytra_status.settings.definitions.definition import setting

# The default of INCIDENT_TEXT, which is true of every outage.
DEFAULT_INCIDENT_TEXT = to_translate("Part of the platform is not available.")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class PublicTextSettings:
    """What visitors read: texts, components, and the appearance of the page."""

    language: str = setting(
        kinds.LANGUAGE,
        """Language of everything that elytra-status itself writes for the public: the page, the headline of
        status.json, feed, calendar, card and badges; and of notifications, in which problems and commands stay English,
        as in the journal. Your own texts are published as you write them. The environment variable LANGUAGE belongs to
        gettext and does not count.""",
        """Set it to the language of your visitors.""",
        default="en",
        example="de",
        section="Texts for the public",
        in_environment=False,
    )
    page_language: tuple[str, ...] = setting(
        kinds.LANGUAGES,
        """Languages of the page and of the pages of incidents, if they differ from LANGUAGE. The first is that of
        index.html; each other language has pages of its own, such as de/index.html. The pages link to each other.""",
        """Set it to publish the page in several languages.""",
        default=(),
        unset="the value of LANGUAGE",
        example="en,de",
    )
    backup_policy: str = setting(
        kinds.TEXT,
        """Sentence about the backups for visitors (backups.policy). It is published as it is.""",
        """Set it to say how often you make backups.""",
        default="",
        example="Nightly backups, 7-day retention, off-site object storage.",
        per_language=True,
    )
    infrastructure_model: str = setting(
        kinds.TEXT,
        """Sentence about the platform for visitors (infrastructure.model).""",
        """Set it to say what the platform consists of.""",
        default="",
        example="Dedicated droplet per client + managed database.",
        per_language=True,
    )
    infrastructure_regions: tuple[str, ...] = setting(
        kinds.LIST,
        """Regions that the platform runs in (infrastructure.regions).""",
        """Set it if visitors should know the regions.""",
        default=(),
        example="nyc3",
    )
    infrastructure_notes: str = setting(
        kinds.TEXT,
        """Further sentence about the platform for visitors (infrastructure.notes).""",
        """Set it if visitors should know more.""",
        default="",
        example="All sites behind managed HTTPS and monitored 24/7.",
        per_language=True,
    )
    incident_text: str = setting(
        kinds.NOTICE,
        """Sentence about an outage for visitors, in an incident that a run opens.""",
        """Set it to say it in your own words. It must be true of every outage.""",
        default=DEFAULT_INCIDENT_TEXT,
        per_language=True,
    )
    incident_templates: str = setting(
        kinds.PATH,
        """Directory of templates for `elytra-status incident open --template NAME`: files with the lines Title:,
        Phase:, Impact: and Component:, and Title.de: and Text.de: for a language, each optional, then an empty line and
        the text.""",
        """Set it to keep the templates elsewhere.""",
        default="/etc/elytra-status/incident-templates",
    )
    components: tuple[tuple[str, tuple[str, ...]], ...] = setting(
        kinds.COMPONENTS,
        """Parts of the platform that are shown to visitors one by one, under names of your own, each with its monitors:
        ids of Uptime Kuma, or keys as `elytra-status history --json` shows them. The rules that decide the platform
        status also decide the status of each component, from its own monitors.""",
        """Set it if visitors should see which part is affected.""",
        default=(),
        example="Websites: 1,2,5; Databases: prometheus:ab12cd34",
    )
    component_groups: tuple[tuple[str, tuple[str, ...]], ...] = setting(
        kinds.GROUPS,
        """Groups of components on the page, which visitors open and close. A group is open at first if something in it
        is not operational. Components without a group come first.""",
        """Set it if you have more components than fit on a screen.""",
        default=(),
        example="Hosting: Websites, Databases",
        requires="COMPONENTS",
        per_language=True,
    )
    component_descriptions: tuple[tuple[str, str], ...] = setting(
        kinds.DESCRIPTIONS,
        """Descriptions of components, shown below their names on the page.""",
        """Set it if the name of a component does not say enough.""",
        default=(),
        example="Websites: Sites of all clients; Databases: MySQL",
        requires="COMPONENTS",
        per_language=True,
    )
    badge_style: str = setting(
        kinds.choice("flat", "flat-square"),
        """Style of the badges. flat: with round corners. flat-square: with square corners.""",
        """Set it to match the other badges of your website.""",
        default="flat",
    )
    badge_time: str = setting(
        kinds.choice("no", "yes"),
        """Whether badges show the time of their status. A badge that is no longer renewed seems current without it.""",
        """Set yes if readers keep copies of the badge.""",
        default="no",
    )
    page_title: str = setting(
        kinds.NAME,
        """Name of the platform, in the title of the page, the feed and other documents.""",
        """Set it to your own name.""",
        default="Platform status",
        example="Example Hosting",
        per_language=True,
    )
    page_logo: str | None = setting(
        kinds.PATH,
        """File with a logo for the page, PNG or SVG, of at most 20,000 bytes. It is published beside the page. The user
        elytra-status must be able to read it; the service can see neither /home nor /root.""",
        """Set it to show your logo.""",
        example="/etc/elytra-status/logo.svg",
        per_machine=True,
    )
    page_color: str = setting(
        kinds.COLOUR,
        """Colour of links and marks on the page. It is made darker or lighter where the text would not be legible.""",
        """Set it to the colour of your brand.""",
        default="#0b57d0",
    )
    page_links: tuple[tuple[str, str], ...] = setting(
        kinds.LINKS,
        """Links at the top of the page, to https:// and mailto: addresses. These addresses are public.""",
        """Set it to link your website or your support.""",
        default=(),
        example="Website: https://www.example.com/; Help: mailto:help@example.com",
        per_language=True,
    )
    subscribe_mail_url: str | None = setting(
        kinds.URL,
        """Address of the page of a mailing list or mailing service where visitors subscribe to news by mail. The page
        links to it. elytra-status itself sends no mail to visitors and stores no addresses.""",
        """Set it if you send news by mail, for example with a service that reads feed.atom.""",
        example="https://lists.example.com/status",
        public=True,
    )
    public_words: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of monitors or backup groups that public texts may contain. Secrets, addresses, buckets and hosts are
        never allowed.""",
        """Set it if a text is withheld because a monitor has an ordinary word as its name.""",
        default=(),
        example="Website",
    )
