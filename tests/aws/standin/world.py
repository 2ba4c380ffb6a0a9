"""Everything that exists, by account and region, and the one lock around it."""

import fcntl
import json
import os
import shutil
import socket
import threading
import time

from moto.ec2.models import ec2_backends

from .clock import Clock
from .images import Images
from .instances import Instances


class World:
    def __init__(self, folder, base, board):
        self.folder = os.path.abspath(folder)
        self.base = os.path.abspath(base)
        self.board = board
        self.lock = threading.RLock()
        self.places = {}
        self.addresses = Addresses()
        os.makedirs(self.folder, exist_ok=True)
        self._claim()
        self.clock = Clock(self.lock)
        self.calls = CallLog(os.path.join(self.folder, "calls.jsonl"))

    def _claim(self):
        """Takes the folder, with what a killed server may have left there."""
        self._claimed = open(os.path.join(self.folder, "lock"), "w")
        try:
            fcntl.flock(self._claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"{self.folder} belongs to a server that runs; give another --dir") from None
        for name in ("instances", "images"):
            shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)
            os.makedirs(os.path.join(self.folder, name))

    def place(self, account, region):
        """What an account has in a region; the base image is there from the start."""
        if (account, region) not in self.places:
            place = Place(self, account, region)
            self.places[account, region] = place
            place.images.add_base()
        return self.places[account, region]

    def of_account(self, account):
        """All places of an account, or of all accounts."""
        return [place for place in self.places.values() if account in (None, place.account)]

    def reset(self, account):
        """Forgets all that an account (or every account) has made, and its knobs."""
        for place in self.of_account(account):
            place.instances.remove_all()
            place.images.remove_all()
            place.backend.reset()
            del self.places[place.account, place.region]
            self.board.forget(place.account)

    def end(self):
        """Ends every guest and removes their files."""
        with self.lock:
            for place in self.places.values():
                place.instances.remove_all()
            for name in ("instances", "images"):
                shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)


class Place:
    """One account's things in one region."""

    def __init__(self, world, account, region):
        self.world, self.account, self.region = world, account, region
        self.backend = ec2_backends[account][region]
        self.instances = Instances(self)
        self.images = Images(self)
        # Client tokens that were used: (action, token) -> (what was asked, the answer).
        self.tokens = {}
        # Sessions of Session Manager's that are open, by id.
        self.sessions = {}
        # When a thing that was made just now can be found: id -> monotonic time.
        self.visible_at = {}

    @property
    def knobs(self):
        return self.world.board.of(self.account)


class Addresses:
    """Loopback addresses for guests, 127.N.x.y; no two servers on one machine share an N."""

    def __init__(self):
        for number in range(2, 255):
            claim = socket.socket()
            try:
                # Held for as long as this process lives.
                claim.bind((f"127.{number}.255.254", 22))
            except OSError:
                claim.close()
                continue
            claim.listen(1)
            self._claim, self._number, self._next = claim, number, 0
            return
        raise SystemExit("no free network of loopback addresses: too many servers run")

    def take(self):
        self._next += 1
        return f"127.{self._number}.{self._next // 250}.{self._next % 250 + 1}"


class CallLog:
    """One JSON object a line for every call, on disk and in memory."""

    def __init__(self, path):
        self._file = open(path, "w", buffering=1)
        self.entries = []

    def add(self, entry):
        entry = {"time": round(time.time(), 4), **entry}
        self.entries.append(entry)
        self._file.write(json.dumps(entry) + "\n")

    def of_account(self, account):
        return [entry for entry in self.entries if account in (None, entry["account"])]
