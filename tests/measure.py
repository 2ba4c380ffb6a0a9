#!/usr/bin/env python3
"""Runs a shell line and prints what it took as JSON: measure.py 'LINE'.

{"seconds": wall time, "mebibytes": the highest sum of all its processes' memory, "processes": the most at a time, "status": …}
Memory is PSS, so what processes share (the program itself) counts once.
"""

import json
import os
import subprocess
import sys
import threading
import time


def descendants(root):
    """The processes that `root` has started, and theirs."""
    found, look = [], [root]
    while look:
        pid = look.pop()
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    children = [int(word) for word in file.read().split()]
                found += children
                look += children
        except OSError:
            pass
    return found


def memory(pid):
    """PSS of a process in KiB, and whether it is a shell, which is not what is measured."""
    try:
        with open(f"/proc/{pid}/comm") as file:
            if file.read().strip() in ("bash", "sh"):
                return None
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return None


def main():
    process = subprocess.Popen(["bash", "-c", f"set -o pipefail; {sys.argv[1]}"], stdout=subprocess.DEVNULL)
    begun = time.monotonic()
    peak = [0, 0]
    ended = threading.Event()

    def sample():
        while not ended.is_set():
            sizes = [size for size in map(memory, descendants(process.pid)) if size is not None]
            peak[0], peak[1] = max(peak[0], sum(sizes)), max(peak[1], len(sizes))
            time.sleep(0.05)

    sampler = threading.Thread(target=sample)
    sampler.start()
    status = process.wait()
    seconds = time.monotonic() - begun
    ended.set()
    sampler.join()
    print(json.dumps({"seconds": round(seconds, 2), "mebibytes": round(peak[0] / 1024, 1), "processes": peak[1], "status": status}))


main()
