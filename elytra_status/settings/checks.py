# SPDX-License-Identifier: MIT
"""Rules about several settings: required settings, and values that must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from elytra_status.net.hosts import crosses_in_clear, is_this_machine
from elytra_status.secret import Secret
from elytra_status.settings import kinds, secret_kinds
from elytra_status.settings.definitions import CONNECTIVITY_KINDS, DEFINITIONS, OF_KIND, SHARED, Definition, Settings
from elytra_status.settings.definitions.backups import BACKUP_STORAGE
from elytra_status.settings.definitions.definition import Requirement

# The seconds of a run that must remain for requests and publishing. The confirmation poll gets a quarter of them; with
# less, every source would seem to be unreachable in that poll.
LEAST_TIME_BESIDE_WAITING = 60
# The control panel of Spaces shows endpoints with the name of the bucket before the region.
SPACES_DOMAIN = ".digitaloceanspaces.com"


class Fault(NamedTuple):
    """A fault in several settings: their names, the problem and the remedy.

    The last name is that of the setting that cannot be used as it is.
    """

    names: tuple[str, ...]
    problem: str
    remedy: str


def check_together(settings: Settings) -> Iterator[Fault]:
    """Yield the faults between settings, except in sources with a name."""
    yield from check_requirements(settings, DEFINITIONS)
    yield from check_source(settings)
    yield from _encryption(settings)
    yield from _storage(settings)
    yield from _pair(settings)
    if settings.backup_failed_age_hours < settings.backup_max_age_hours:
        yield Fault(
            ("BACKUP_FAILED_AGE_HOURS", "BACKUP_MAX_AGE_HOURS"),
            "BACKUP_FAILED_AGE_HOURS is less than BACKUP_MAX_AGE_HOURS",
            "Increase BACKUP_FAILED_AGE_HOURS",
        )
    yield from _components(settings)
    if settings.uptime_degraded_percent > settings.uptime_operational_percent:
        yield Fault(
            ("UPTIME_DEGRADED_PERCENT", "UPTIME_OPERATIONAL_PERCENT"),
            "UPTIME_DEGRADED_PERCENT is more than UPTIME_OPERATIONAL_PERCENT",
            "Reduce UPTIME_DEGRADED_PERCENT",
        )
    least = settings.confirm_after_seconds + LEAST_TIME_BESIDE_WAITING
    if settings.run_deadline_seconds < least:
        yield Fault(
            ("RUN_DEADLINE_SECONDS", "CONFIRM_AFTER_SECONDS"),
            "RUN_DEADLINE_SECONDS leaves no time for the confirmation poll",
            f"Set RUN_DEADLINE_SECONDS to {least} or more, which is CONFIRM_AFTER_SECONDS and"
            f" {LEAST_TIME_BESIDE_WAITING} s",
        )


def _pair(settings: Settings) -> Iterator[Fault]:
    """Yield a fault if the private objects of a pair could be public."""
    if settings.publishers != "pair":
        return
    if settings.status_acl == "none" and settings.pair_bucket in (None, settings.status_bucket):
        yield Fault(
            ("PAIR_BUCKET", "PUBLISHERS"),
            "PUBLISHERS=pair with STATUS_ACL=none: what makes STATUS_BUCKET public would make the objects of the pair"
            " public too",
            "Set PAIR_BUCKET to a private bucket",
        )


def _components(settings: Settings) -> Iterator[Fault]:
    """Yield a fault for each setting that names a component outside COMPONENTS."""
    there = {name for name, _ in settings.components}
    named: dict[str, set[str]] = {}
    for code, own in (("", settings), *settings.translated):
        end = f".{code}" if code else ""
        if not code or own.component_groups != settings.component_groups:
            named[f"COMPONENT_GROUPS{end}"] = {name for _, members in own.component_groups for name in members}
        if not code or own.component_descriptions != settings.component_descriptions:
            named[f"COMPONENT_DESCRIPTIONS{end}"] = {name for name, _ in own.component_descriptions}
    for setting_name, names in named.items():
        if there and not names <= there:
            yield Fault(
                ("COMPONENTS", setting_name),
                f"{setting_name} names a component that COMPONENTS does not name",
                "Write the names as in COMPONENTS",
            )


def usable(settings: Settings) -> Settings:
    """Return settings without those that lack another or send a secret in clear.

    They get their defaults, so that they count as not set.
    """
    # The last name of a fault is the setting that cannot be used.
    left_out = {fault.names[-1] for fault in check_together(settings)}
    return replace(settings, **{one.attribute: one.default for one in DEFINITIONS if one.name in left_out})


def check_requirements(
    settings: Settings, definitions: Iterable[Definition], name_of: Callable[[str], str] = str
) -> Iterator[Fault]:
    """Yield a fault for each required setting that is not set, each once.

    `name_of` returns the full name of a setting: in a source with a name, it begins with that name.
    """
    reported = set()
    for one in definitions:
        if getattr(settings, one.attribute) == one.default:
            continue
        for needed in _requirements(one):
            if needed not in reported and not _is_any_set(settings, needed):
                reported.add(needed)
                yield _without(one.name, needed, name_of)


def _requirements(definition: Definition) -> Iterator[Requirement]:
    """Yield what a setting requires: by its definition, and the start of its source."""
    starts = tuple(OF_KIND[kind][0].name for kind in definition.of)
    if starts and definition.name not in starts:
        yield starts
    yield from definition.requires


def _is_any_set(settings: Settings, names: Requirement) -> bool:
    return any(getattr(settings, name.lower()) for name in names)


def _without(name: str, needed: Requirement, name_of: Callable[[str], str] = str) -> Fault:
    """Return the fault of a setting that is set without a required one."""
    names = tuple(map(name_of, needed))
    remedy = f"Set {names[0]}" if len(names) == 1 else "Set one of them"
    return Fault((*names, name_of(name)), f"{name_of(name)} is set without {' or '.join(names)}", remedy)


def check_source(settings: Settings, name_of: Callable[[str], str] = str) -> Iterator[Fault]:
    """Yield the faults between the settings of one source of each kind."""
    yield from _connectivity(settings, name_of)
    unwatched = set(settings.critical_monitor_ids) - set(settings.monitor_ids)
    if settings.monitor_ids and unwatched:
        names = name_of("MONITOR_IDS"), name_of("CRITICAL_MONITOR_IDS")
        yield Fault(names, f"{names[1]} names a monitor that {names[0]} does not name", f"Add it to {names[0]}")


def _connectivity(settings: Settings, name_of: Callable[[str], str]) -> Iterator[Fault]:
    """Yield a fault if CONNECTIVITY_URL is an address of a source itself.

    A source on this machine responds without the network.
    """
    address = (settings.connectivity_url or "").rstrip("/")
    for kind in CONNECTIVITY_KINDS if address else ():
        for one in OF_KIND[kind] if getattr(settings, OF_KIND[kind][0].attribute) else ():
            if one in SHARED or address not in _addresses(one, settings):
                continue
            names = name_of(one.name), name_of("CONNECTIVITY_URL")
            yield Fault(
                names,
                f"{names[1]} is an address of {names[0]}, and shows nothing about the network",
                "Name an address that responds only while the machine that makes the checks can reach the network",
            )


def _addresses(definition: Definition, settings: Settings) -> tuple[str, ...]:
    """Return the addresses in the value of a setting, none if its kind is another."""
    value = getattr(settings, definition.attribute)
    if not value or definition.kind not in (kinds.URL, kinds.ADDRESSES, secret_kinds.ADDRESS):
        return ()
    if isinstance(value, Secret):
        value = value.reveal()
    return tuple(one.rstrip("/") for one in ((value,) if isinstance(value, str) else value))


def _encryption(settings: Settings) -> Iterator[Fault]:
    """Yield a fault for each address that would carry a secret in clear."""
    for one in DEFINITIONS:
        value = getattr(settings, one.attribute)
        if not one.https_only or not value or is_encrypted(value.reveal() if isinstance(value, Secret) else value):
            continue
        if one.https_only is True:
            yield Fault((one.name,), f"{one.name} is not an address that begins with https://", "Copy it again")
        elif getattr(settings, one.https_only.lower()):
            yield Fault(
                (one.name, one.https_only),
                f"{one.name} begins with http://, which would send {one.https_only} in clear",
                "Use https://",
            )
    if settings.smtp_password and settings.smtp_security == "none" and not is_this_machine(settings.smtp_host or ""):
        yield Fault(
            ("SMTP_SECURITY", "SMTP_PASSWORD"),
            "SMTP_SECURITY=none would send SMTP_PASSWORD in clear",
            "Set SMTP_SECURITY to starttls or tls",
        )


def is_encrypted(address: str) -> bool:
    """Whether requests to an address are encrypted, or stay on this machine."""
    try:
        parts = urlsplit(address)
        is_request = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        return is_request and not crosses_in_clear(address)
    except ValueError:
        return False


def _storage(settings: Settings) -> Iterator[Fault]:
    if kinds.in_bucket(settings.backup_manifest or ""):
        missing = (needed for needed in BACKUP_STORAGE if not _is_any_set(settings, needed))
        yield from (_without("BACKUP_MANIFEST", needed) for needed in missing if not settings.backup_bucket)
    if settings.backup_groups == "prefix" and settings.backup_prefix and not settings.backup_prefix.endswith("/"):
        yield Fault(
            ("BACKUP_PREFIX", "BACKUP_GROUPS"),
            "BACKUP_PREFIX does not end with /, but BACKUP_GROUPS=prefix is set",
            "Add / at the end of BACKUP_PREFIX",
        )
    pairs = (
        ("SPACES_ENDPOINT", settings.spaces_endpoint, settings.status_bucket),
        ("BACKUP_ENDPOINT", settings.backup_endpoint, settings.backup_bucket),
    )
    for name, endpoint, bucket in pairs:
        parts = urlsplit(endpoint or "")
        host = parts.hostname or ""
        is_amazons = host.startswith(f"{bucket}.s3") and host.endswith(".amazonaws.com")
        if is_amazons or (host.endswith(SPACES_DOMAIN) and "." in host.removesuffix(SPACES_DOMAIN)):
            remedy = f"Write the host of the region, such as nyc3{SPACES_DOMAIN}"
            yield Fault((name,), f"{name} contains the name of a bucket", remedy)
        elif parts.path:
            yield Fault((name,), f"{name} contains a path", "Write the host name alone, without the bucket")
