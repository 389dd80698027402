# SPDX-License-Identifier: MIT
"""Uptime Kuma as a source, by its API and its status page, and its database."""
