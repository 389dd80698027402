# SPDX-License-Identifier: MIT
"""Finds IP addresses in all spellings that a resolver accepts, and lets versions, dates, times and prices pass."""

from __future__ import annotations

import ipaddress
import re
import socket

_NUMBER = r"(?:0x[0-9a-f]{1,8}|[0-9]+)"
# A whole run of numbers and points, so that 1.2.3.4.5 holds no address.
_DOTTED = re.compile(rf"(?<![0-9])(?<![0-9]\.){_NUMBER}(?:(?:\.| \. ){_NUMBER}){{1,3}}(?!\.?[0-9])", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(
    r"(?<![\w.,+#/-])(?:0x[0-9a-f]{7,8}|0[0-7]{10,12}|[0-9]{8,10})(?![\w,]|\.[0-9])", re.IGNORECASE
)
_OCTAL = re.compile("0[0-7]+")
_IPV6 = re.compile(r"(?<![0-9A-Fa-f:])[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*")
# Every IPv6 address has two colons as near as this; to look for that first saves time.
_TWO_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
# What says that a number is a version or a chapter, what has versions, and what links them to the number.
_VERSION = (
    r"versi(?:[oó]n|one|e)|vers[aã]o|wersja|ver|v|release|rel|build|firmware|revision|rev|bios|driver|schema"
    r"|chap\w*|kapitel|cap[ií]tulo|hoofdstuk|secti?on|secci[oó]n|sec[cç][aã]o|sec[cç]{2}[aã]o|abschnitt|paragra\w*|arti[ck]\w*|clause|cl[aá]usula|ziffer|§"
)
_PRODUCT = (
    r"java|jdk|jre|openjdk|php|python|perl|ruby|rails|node(?:\.?js)?|\.net|dotnet|plugin|theme|module|library|sdk"
    r"|postgres(?:ql)?|mysql|mariadb|oracle|redis|mongodb|elasticsearch|kibana|nginx|apache|tomcat|haproxy|openssl|openssh"
    r"|kernel|linux|debian|ubuntu|rhel|windows|macos|ios|android|chrome|chromium|firefox|edge|safari|wordpress|drupal|typo3"
    r"|nextcloud|joomla|magento|shopware|gitlab|docker|kubernetes|kuma|grafana|prometheus|exchange|vmware|esxi|vcenter"
    r"|plesk|cpanel|directadmin|proxmox|roundcube|keycloak|k3s|rabbitmq|kafka|zabbix|moodle|matomo|mattermost|jira"
    r"|confluence|dsm|unifi|zoom|teams|outlook|fortios|junos|routeros|asterisk|din|iso|iec|vde|punkt|abs|art\.?|patch(?:ed)?"
    r"|(?:up|down)(?:date|grade)d?|actualizaci[oó]n|atualiza[cç][aã]o|mise [aà] jour|bijgewerkt|aktualisierung"
    r"|passage|migra\w+|wechsel|umstieg|overgang"
)
_LINK = (
    r"number|nummer|num[eé]ro|n[uú]mero|nr\.?|no\.?|is|to|from|auf|von|de|do|da|à|a|au|la|el|the|naar|van|para"
    r"|und|and|et|y|e|en|or|bis|vers|zu"
)
# No word begins with a digit: to leave these out at once saves time where there is one number after the other.
_WORD_BEGINS = r"(?<![^\W_])(?![0-9\s])"
_OTHER_VERSION = r"v?[0-9.]*[0-9](?![0-9.])(?:-?(?:rc|alpha|beta|p)[0-9.]*)?,?"


def _before(words: str) -> re.Pattern[str]:
    """Return what finds words before a place, with words that link them to it, and other versions, in between."""
    between = r"[\s:=\"'(/-]*"
    linked = rf"(?:(?:(?:{_LINK})(?![^\W_])|{_OTHER_VERSION}|→|->){between})*v?\Z"
    return re.compile(rf"{_WORD_BEGINS}(?:{words}){between}{linked}", re.IGNORECASE)


_VERSION_BEFORE, _PRODUCT_BEFORE = _before(_VERSION), _before(_PRODUCT)
_ADDRESS_BEFORE = re.compile(
    rf"(?://|@|{_WORD_BEGINS}(?:ips?|ipv4|addr(?:ess)?|adress?e|adres|direcci[oó]n|endere[cç]o|host|h[oô]te|server|serveur|servidor"
    r"|rechner|node|gateway|router|dns|resolver|ping|ssh|telnet|curl|machine|nameserver|firewall|proxy|peer)[\s:=\"'(]*)\Z",
    re.IGNORECASE,
)
# In other languages than English, 10.500 is a number.
_PLACE_BEFORE = re.compile(r"(?<![^\W_])(?:at|on|via|reach|listens on)\s\Z", re.IGNORECASE)
_COUNTED_BEFORE = re.compile(
    r"(?<![^\W_])(?:tickets?|orders?|cases?|invoice|rechnung|bestellung|ref\w*|no|nr|n[ºo°]|num\w*|id|tel\w*|phone|call|fax)"
    r"[\s.:#]*\Z",
    re.IGNORECASE,
)
_SENTENCE_GOES_ON = re.compile(
    r"\s*(?:[:/,;)!?\"'<\0]|\.(?![0-9])|\Z|(?:is|was|and|or|ist|und|est|et|es|y|down|slow)\b)"
)
# The number of a paragraph begins a line and stands before a capital letter.
_PARAGRAPH = re.compile(r"(?m:^)[1-9](?:\.[1-9][0-9]?){3}\)? +[^\W\d_a-z]")
_DATE = re.compile(r"[0-3]?[0-9]\.[01]?[0-9]\.(?:19|20)?[0-9]{2}\Z")
_PRIVATE = tuple(
    (int(network[0]), int(network[-1]))
    for network in map(ipaddress.ip_network, ("10.0.0.0/8", "127.0.0.0/24", "172.16.0.0/12", "192.168.0.0/16"))
)
# What nearly all private addresses begin with.
_OWN = ("10", "127", "172", "192")
# Versions of products that are named without the word "version" hardly ever have larger parts.
_LARGEST_OF_VERSION = 60
# How far back a word says what a number is.
_BACK = 40


def holds_address(text: str) -> bool:
    """Return whether a text, read, holds an IP address."""
    return (
        ("." in text and any(_is_dotted(text, match) for match in _DOTTED.finditer(text)))
        or any(_is_number(text, match) for match in _WHOLE_NUMBER.finditer(text))
        or (_TWO_COLONS.search(text) is not None and any(_is_ipv6(text, match) for match in _IPV6.finditer(text)))
    )


def _is_dotted(text: str, match: re.Match[str]) -> bool:
    parts = ["0" + part.lstrip("0") if part.startswith("00") else part for part in re.split(r"\.| \. ", match[0])]
    decimal = ".".join(part.lstrip("0") or "0" for part in parts)
    if not (_accepted(".".join(parts)) or (len(parts) == 4 and _accepted(decimal))):
        return False
    before = text[max(0, match.start() - _BACK) : match.start()]
    if not (len(parts) == 4 or "x" in match[0] or _is_short(text, match, parts, before)):
        return False
    if _VERSION_BEFORE.search(before):
        return False
    if parts[0] in _OWN:
        return True
    # A product has versions of small numbers, but a machine of that name has an address.
    is_small = all(part.isdigit() and int(part) <= _LARGEST_OF_VERSION for part in parts)
    return not (
        (is_small and _PRODUCT_BEFORE.search(before))
        or _COUNTED_BEFORE.search(before)
        or _PARAGRAPH.match(text, match.start())
    )


def _is_short(text: str, match: re.Match[str], parts: list[str], before: str) -> bool:
    """Return whether two or three numbers are meant for an address."""
    own, is_in_url = parts[0] in _OWN, before.endswith("//")
    # "lodash@4.17" is a version; "root@10.258" is none.
    is_at = before.endswith("@") and (own or int(parts[1]) > 255)
    if _DATE.match(match[0]) or not (len(parts) == 3 or int(parts[1]) > 255 or is_in_url or is_at):
        return False
    if is_in_url or is_at or ((own or len(parts) == 2) and _ADDRESS_BEFORE.search(before.removesuffix("@"))):
        return True
    return (
        own
        and len(parts) == 2
        and bool(_PLACE_BEFORE.search(before))
        and bool(_SENTENCE_GOES_ON.match(text, match.end()))
    )


def _is_number(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _BACK) : match.start()]
    spelled = match[0].lower()
    octal = _OCTAL.fullmatch(spelled) is not None
    value = int(spelled, 16 if "x" in spelled else 8 if octal else 10)
    if value >= 2**32 or (octal and not _ADDRESS_BEFORE.search(before)):
        return False
    if _ADDRESS_BEFORE.search(before):
        return True
    return not _COUNTED_BEFORE.search(before) and any(first < value <= last for first, last in _PRIVATE)


def _accepted(spelling: str) -> bool:
    try:
        socket.inet_aton(spelling)
    except (OSError, UnicodeError):
        return False
    return True


def _is_ipv6(text: str, match: re.Match[str]) -> bool:
    run = match[0]
    if text[match.end() : match.end() + 1].isalnum():
        return False
    if match.start() and text[match.start() - 1].isalnum():
        # "IPv6:2001:db8::1" is a word and an address; "std::dec" is not.
        _, _, run = run.partition(":")
        if run.startswith(":"):
            return False
    # A colon before or after may belong to the sentence: "at fe80::1: refused".
    trimmed = (run, run.removeprefix(":"), run.removesuffix(":"), run.removeprefix(":").removesuffix(":"))
    return any(_is_address_of_groups(one) for one in trimmed)


def _is_address_of_groups(run: str) -> bool:
    # "Bad::Cafe" and "::dec" are words of a program; an address of so few groups has a digit.
    if not (any(character.isdigit() for character in run) or run.count(":") > 2):
        return False
    try:
        ipaddress.ip_address(run)
    except ValueError:
        return False
    return True
