# SPDX-License-Identifier: MIT
"""HTTP, S3 and threads, with limits on everything.

A run uses one connection pool and one TLS context.
"""
