# SPDX-License-Identifier: MIT
"""Prometheus as a source, and servers with the same API."""
