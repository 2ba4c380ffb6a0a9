"""What can be set, at the start and while the server runs, for all accounts or for one."""

import dataclasses
import random


@dataclasses.dataclass
class Knobs:
    """Delays in seconds, shares of calls between 0 and 1."""

    run_delay: float = 1.0
    boot_delay: float = 0.5
    stop_delay: float = 1.0
    image_delay: float = 2.0
    consistency_delay: float = 0.3
    throttle: float = 0.0
    error: float = 0.0
    reset: float = 0.0
    lost: float = 0.0
    seed: int = 1
    # [{"action": "CreateImage", "code": "…", "message": "…", "status": 400, "times": 1}]: answers in stead
    # of the real ones; code "hang-up" cuts the connection after the work was done.
    # {"action": "RunInstances", "outcome": "terminated"} lets the instance die instead of run, and
    # {"action": "CreateImage", "outcome": "failed"} lets the image fail, once each unless "times" says more.
    fail: list = dataclasses.field(default_factory=list)

    HELP = {
        "run_delay": "pending to running",
        "boot_delay": "running until sshd answers",
        "stop_delay": "stopping to stopped, shutting-down to terminated",
        "image_delay": "an image's pending to available",
        "consistency_delay": "how long a new id is not found",
        "throttle": "share of calls answered with RequestLimitExceeded",
        "error": "share of calls answered with a 500",
        "reset": "share of calls whose connection is closed instead",
        "lost": "share of calls that are done but whose answer is lost",
        "seed": "makes the faults repeatable",
    }

    @classmethod
    def names(cls):
        return [field.name for field in dataclasses.fields(cls)]


class KnobBoard:
    """The knobs of every account: the default ones with what was changed for the account."""

    def __init__(self, defaults):
        self._defaults = defaults
        self._accounts = {}
        self._random = {}

    def of(self, account):
        return self._accounts.get(account, self._defaults)

    def change(self, account, values):
        """Sets knobs by name; a name that is not known is a KeyError."""
        unknown = set(values) - set(Knobs.names())
        if unknown:
            raise KeyError(f"no such knob: {', '.join(sorted(unknown))}; there are {', '.join(Knobs.names())}")
        # A copy of the list, since its entries are counted down.
        values = {name: [dict(entry) for entry in value] if name == "fail" else value for name, value in values.items()}
        changed = dataclasses.replace(self.of(account) if account else self._defaults, **values)
        if account:
            self._accounts[account] = changed
        else:
            self._defaults = changed
        if "seed" in values:
            self._random.pop(account, None)

    def forget(self, account):
        self._accounts.pop(account, None)
        self._random.pop(account, None)

    def draw(self, account):
        """The fault that this call meets: throttle, error, reset, lost or nothing."""
        knobs = self.of(account)
        source = self._random.setdefault(account, random.Random(knobs.seed))
        x = source.random()
        for name in ("throttle", "error", "reset", "lost"):
            share = getattr(knobs, name)
            if x < share:
                return name
            x -= share
        return None

    def scripted(self, account, action, kind):
        """Takes the next scripted failure of this action, if there is one: `kind` is "code" or "outcome"."""
        entries = self.of(account).fail
        for entry in entries:
            if entry.get("action") == action and kind in entry:
                entry["times"] = entry.get("times", 1) - 1
                if entry["times"] <= 0:
                    entries.remove(entry)
                return entry
        return None
