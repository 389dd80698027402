# SPDX-License-Identifier: MIT
"""`elytra-status setup`: ask for settings, try and write them, start the service.

One module per question: monitoring, storage, backups, public_address, notifications. Each has `try_answers`, which
tries the answers and returns a result. `draft` holds the settings with the answers, `staging` writes all of them or
none, and `first_run` starts the service and shows the publication.
"""
