# SPDX-License-Identifier: MIT
"""A virtual bucket with very many backups: an S3 server, in a process of its own, that lists what would be there.

    python -m tests.benchmarks.large_bucket GROUPS BACKUPS MINUTES HOURS

Each group has a backup every HOURS, of which the last BACKUPS are kept; all groups make theirs within MINUTES. The time
is that of the last PUT /?now=SECONDS. It prints its address; DELETE / answers how many requests there were since the
last one. It only supports the job's requests, and no keys.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

PAGE = 1000
HIGHEST = "\U0010ffff"


class Bucket:
    """The backups that exist `now`, in seconds since 1970."""

    def __init__(self, groups: int, kept: int, minutes: int, hours: int) -> None:
        self.groups, self.kept, self.every = groups, kept, hours * 3600
        self.offsets = [number * 7919 % (minutes * 60) for number in range(groups)]
        self.homes = [f"client-{number:05}/" for number in range(groups)]
        self.now = 0
        # The keys of a group, and the XML of each.
        self.of_group = lru_cache(groups)(self._of_group)

    def keys(self, group: int) -> tuple[list[str], list[str]]:
        return self.of_group(group, (self.now - self.offsets[group]) // self.every)

    def _of_group(self, group: int, last: int) -> tuple[list[str], list[str]]:
        times = [
            datetime.fromtimestamp(number * self.every + self.offsets[group], UTC)
            for number in range(last - self.kept + 1, last + 1)
        ]
        keys = [f"{self.homes[group]}{time:%Y-%m-%dT%H%M%S}.sql.gz" for time in times]
        entries = [
            f"<Contents><Key>{key}</Key><LastModified>{time:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
            "<ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>73400320</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for key, time in zip(keys, times, strict=True)
        ]
        return keys, entries

    def listing(self, prefix: str, after: str, delimiter: str) -> str:
        """Return a page as XML."""
        entries: list[str] = []
        until = ""
        for group in range(max(0, bisect_right(self.homes, max(after, prefix)) - 1), self.groups):
            home = self.homes[group]
            if not home.startswith(prefix) and not prefix.startswith(home):
                continue
            if delimiter == "/":
                if home > after:
                    entries.append(_folded(home))
                    until = home
                if len(entries) == PAGE and group < self.groups - 1:
                    return _page(entries, until)
                continue
            keys, found = self.keys(group)
            place = bisect_right(keys, after)
            while place < len(keys):
                if len(entries) == PAGE:
                    return _page(entries, until)
                cut = keys[place].find(delimiter, len(prefix)) if delimiter else -1
                if cut < 0:
                    entries.append(found[place])
                    until = keys[place]
                    place += 1
                else:
                    until = keys[place][: cut + len(delimiter)]
                    entries.append(_folded(until))
                    place = bisect_left(keys, until + HIGHEST)
        return _page(entries, "")


def _folded(beginning: str) -> str:
    return f"<CommonPrefixes><Prefix>{beginning}</Prefix></CommonPrefixes>"


def _page(entries: list[str], goes_on_after: str) -> str:
    more = f"<NextContinuationToken>{goes_on_after}</NextContinuationToken>" if goes_on_after else ""
    cut = "true" if goes_on_after else "false"
    return f"<ListBucketResult><IsTruncated>{cut}</IsTruncated>{more}{''.join(entries)}</ListBucketResult>"


def main() -> None:
    """Serve until the process ends."""
    bucket = Bucket(*map(int, sys.argv[1:5]))
    requests = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, body: str) -> None:
            data = body.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def date_time_string(self, timestamp: float | None = None) -> str:
            """Date answers by the bucket's own time, with which a run compares its clock."""
            return super().date_time_string(bucket.now if timestamp is None else timestamp)

        def do_GET(self) -> None:
            nonlocal requests
            requests += 1
            query = dict(parse_qsl(urlsplit(self.path).query))
            after = query.get("continuation-token") or query.get("start-after", "")
            self.answer(bucket.listing(query.get("prefix", ""), after, query.get("delimiter", "")))

        def do_PUT(self) -> None:
            bucket.now = int(dict(parse_qsl(urlsplit(self.path).query))["now"])
            self.answer("")

        def do_DELETE(self) -> None:
            nonlocal requests
            counted, requests = requests, 0
            self.answer(str(counted))

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
