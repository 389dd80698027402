# SPDX-License-Identifier: MIT
"""Try what the answers change, in the order of the questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from elytra_status import alerts
from elytra_status.doctor.finding import Context
from elytra_status.net.s3 import Bucket
from elytra_status.publish.s3_bucket import status_bucket
from elytra_status.setup_assistant import backups, monitoring, notifications, public_address, storage
from elytra_status.setup_assistant.draft import Draft
from elytra_status.setup_assistant.found import TrialResult, merged_trials
from elytra_status.setup_assistant.regions import region_of
from elytra_status.system.clock import Clock

_FROM_NAME = "name of the endpoint"


@dataclass(frozen=True)
class Tryout:
    """How answers are tried.

    With `writes`, objects may be written and a notification sent, which others can see.
    """

    draft: Draft
    clock: Clock
    state_directory: Path
    writes: bool = True

    def changed(self) -> Iterator[Callable[[], TrialResult]]:
        """Yield the trials of all questions whose answers change something."""
        for names, try_it in (
            (monitoring.NAMES, self.monitoring),
            ((*storage.NAMES, *public_address.NAMES), self.storage),
            ((*backups.NAMES, *storage.NAMES), self.backups),
            (notifications.NAMES, self.notifications),
        ):
            if self.draft.touches(names):
                yield try_it

    def _context(self) -> Context:
        return self.draft.context(self.clock, self.state_directory)

    def monitoring(self) -> TrialResult:
        """Query the monitoring systems."""
        return monitoring.try_answers(self._context())

    def storage(self) -> TrialResult:
        """Write to the storage and read from it, and compare its CORS rules.

        If the address alone has changed, only read that.
        """
        bucket = self._bucket()
        if bucket is None:
            return self.address()
        found = self._trial(bucket)
        if found.faults:
            return found
        return merged_trials((found, storage.cors_state(self.draft.settings, applies=self.writes)))

    def address(self) -> TrialResult:
        """Read the public address: what the storage holds, or any answer without storage."""
        settings = self.draft.settings
        address = settings.status_url
        if not address or (settings.status_bucket and not self.writes):
            return TrialResult()
        bucket = self._bucket()
        if bucket is None:
            return public_address.try_answers(settings, address)
        found = self._trial(bucket)
        line = f"{address}: visitors read the object in the bucket there"
        return found if found.faults else replace(found, lines=(line,))

    def _bucket(self) -> Bucket | None:
        """Return the bucket of the answers, in the region that its endpoint names."""
        if self.draft.settings.status_bucket:
            self.guess_region()
        return status_bucket(self.draft.settings)

    def _trial(self, bucket: Bucket) -> TrialResult:
        """Write a trial object, and use the settings that it reveals."""
        found = storage.try_answers(self.draft.settings, bucket, writes=self.writes)
        self.draft.answers.update(found.discovered)
        return found

    def guess_region(self) -> None:
        """Take the region from the endpoint's name, unless it is set."""
        draft, name = self.draft, "SPACES_REGION"
        present = draft.present.settings
        is_chosen = draft.is_set(name) and present.spaces_region != region_of(present.spaces_endpoint or "")
        is_answered = name in draft.answers and draft.origins.get(name) != _FROM_NAME
        region = region_of(draft.settings.spaces_endpoint or "")
        if region and not is_chosen and not is_answered:
            draft.answers[name], draft.origins[name] = region, _FROM_NAME

    def backups(self) -> TrialResult:
        """List the backups."""
        return backups.try_answers(self._context())

    def notifications(self) -> TrialResult:
        """Send a test notification by each channel whose settings change."""
        names_of = notifications.NAMES_OF
        channels = frozenset(channel for channel in alerts.CHANNELS if self.draft.touches(names_of[channel]))
        return notifications.try_answers(self.draft.settings, self.clock, channels, sends=self.writes)
