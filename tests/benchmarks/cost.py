# SPDX-License-Identifier: MIT
"""Runs a command and prints its wall time in seconds and its peak memory in MB.

A process of its own, and a small one: on Linux a child begins with the peak memory of whoever starts it.
"""

import resource
import subprocess
import sys
import time

began = time.perf_counter()
result = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)
seconds = time.perf_counter() - began
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
sys.exit(result.returncode)
