"""Things that happen later, in one thread of their own.

The thread lives as long as the server. Guests are started from it, since a guest dies with the
*thread* that started it (PR_SET_PDEATHSIG).
"""

import heapq
import itertools
import sys
import threading
import time
import traceback


class Clock:
    """Runs functions at given times, one at a time, holding the world's lock."""

    def __init__(self, lock):
        self._lock = lock
        self._wake = threading.Condition()
        self._heap = []
        self._order = itertools.count()
        threading.Thread(target=self._run, daemon=True, name="clock").start()

    def after(self, seconds, function):
        """Calls `function` in `seconds`."""
        with self._wake:
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._order), function))
            self._wake.notify()

    def _next(self):
        with self._wake:
            while True:
                if not self._heap:
                    self._wake.wait()
                    continue
                wait = self._heap[0][0] - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._heap)[2]
                self._wake.wait(wait)

    def _run(self):
        while True:
            function = self._next()
            try:
                with self._lock:
                    function()
            except Exception:
                traceback.print_exc(file=sys.stderr)
