# SPDX-License-Identifier: MIT
"""What the machine gives: clock, files, journal, processes and units."""
