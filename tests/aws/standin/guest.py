"""One machine that runs: its files, its namespaces, its power switch.

A guest's mounts live in its own mount namespace, and all its processes die with the server
(setpriv --pdeathsig, unshare --kill-child), so nothing is left even after a kill -9.
"""

import os
import shutil
import signal
import subprocess
import threading

START = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guest", "start")
REBOOT = 10
POWERED_OFF = 11
# A guest that has not ended so many seconds after it was asked to is cut off.
PATIENCE = 10


class Guest:
    """The machine of one instance. `on_exit(status)` is called, by `post`, when its PID 1 has ended."""

    def __init__(self, folder, name, address, layers, post, on_exit):
        self.folder, self.name, self.address, self.layers = folder, name, address, layers
        self._post, self._on_exit = post, on_exit
        self._process = None
        for part in ("upper", "work", "root", "given"):
            os.makedirs(self._path(part), exist_ok=True)

    def _path(self, part):
        return os.path.join(self.folder, part)

    @property
    def upper(self):
        """The folder with everything that differs from the image."""
        return self._path("upper")

    @property
    def is_on(self):
        return self._process is not None

    def give(self, name, content):
        """Puts a file where the guest's first boot looks for it: authorized_keys, user-data."""
        with open(os.path.join(self._path("given"), name), "wb") as file:
            file.write(content)

    def power_on(self):
        """Boots. To be called from a thread that lives as long as the server."""
        if self._process:
            return
        with open(self._path("console.log"), "ab") as console:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--uts", "--pid", "--ipc", "--fork", "--kill-child",
                 START, self.name, self.address, self._path("root"), ":".join(self.layers), self.upper, self._path("work"),
                 self._path("given")],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)  # fmt: skip
        threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()

    def press_power_button(self):
        """Asks the guest to shut down; it is cut off when it does not."""
        if not self._process:
            return
        process = self._process
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        try:
            with open(children) as file:
                for child in file.read().split():
                    os.kill(int(child), signal.SIGTERM)
        except (OSError, ProcessLookupError):
            process.kill()
        timer = threading.Timer(PATIENCE, process.kill)
        timer.daemon = True
        timer.start()

    def cut_power(self):
        """Ends all the guest's processes at once."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def remove(self):
        """Cuts the power and removes the guest's files."""
        self.cut_power()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _watch(self, process):
        status = process.wait()

        def tell():
            if self._process is process:
                self._process = None
                self._on_exit(status)

        self._post(tell)
