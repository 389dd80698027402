# SPDX-License-Identifier: MIT
"""Backups as objects in a bucket: listing, groups, schedule and search."""
