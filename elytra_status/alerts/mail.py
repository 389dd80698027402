# SPDX-License-Identifier: MIT
"""What mails have in common, however they are sent."""

from __future__ import annotations

from elytra_status.alerts.channel import Message


def headers(message: Message, sender: str) -> dict[str, str]:
    """Return the headers that a mail has beside its addresses, date and subject."""
    return {
        # No holiday notices in return (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        # Mail programs show the mails of one incident together.
        "References": f"<{message.incident}@{domain(sender)}>",
    }


def domain(address: str) -> str:
    """Return the part of a mail address behind its @."""
    return address.rpartition("@")[2]
