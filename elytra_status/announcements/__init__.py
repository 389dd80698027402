# SPDX-License-Identifier: MIT
"""What a person announces to the public: an override, maintenance, incidents.

`store.py` keeps announcements in a file, and `written.py` defines its format. `override.py`, `maintenance.py` and
`incidents.py` hold the rules of each kind: pure functions from announcements to announcements.
"""
