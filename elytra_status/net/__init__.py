# SPDX-License-Identifier: MIT
"""HTTP, S3 and threads: one connection pool and one TLS context for a run, and limits on everything."""
