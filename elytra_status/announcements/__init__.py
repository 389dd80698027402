# SPDX-License-Identifier: MIT
"""What the public is told beside what was measured: an override, maintenance, incidents.

`store.py` keeps it, `written.py` is how it is written there. `override.py`, `maintenance.py` and
`incidents.py` say what each of them is: pure functions from announcements to announcements.
"""
