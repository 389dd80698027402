# SPDX-License-Identifier: MIT
"""Run a command and print its wall time and processor time in seconds, and its peak memory in MiB.

It is a small process of its own: on Linux a child starts with the peak memory of its parent.
"""

import resource
import subprocess
import sys
import time

began = time.perf_counter()
result = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)
seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
sys.exit(result.returncode)
