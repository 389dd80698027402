# SPDX-License-Identifier: MIT
"""The machine: clock, files, journal, processes and units."""
