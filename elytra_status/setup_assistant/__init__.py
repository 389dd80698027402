# SPDX-License-Identifier: MIT
"""`elytra-status setup`: asks for the settings, tries each answer, writes the settings, starts the service.

One module per question: monitoring, storage, backups, public_address, notifications. Each has `try_answers`, which
tries what the settings say and returns what was found. `draft` holds the settings as they would be, `staging` writes
them all or none, `first_run` starts the service and shows the publication.
"""
