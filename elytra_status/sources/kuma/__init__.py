# SPDX-License-Identifier: MIT
"""Uptime Kuma as a source, by its API, its status page and its database."""
