# SPDX-License-Identifier: MIT
"""The headers of all mails, however they are sent."""

from __future__ import annotations

from elytra_status.alerts.channel import Message


def mail_headers(message: Message, sender: str) -> dict[str, str]:
    """Return the headers of a mail except for addresses, date and subject."""
    return {
        # Prevent replies by vacation responders (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        # Mail programs then show the mails of one incident together.
        "References": f"<{message.incident}@{domain(sender)}>",
    }


def domain(address: str) -> str:
    """Return the domain of a mail address."""
    return address.rpartition("@")[2]
