"""Eventual consistency: what was made a moment ago is not found yet, by id, by name or by filter."""

import contextlib
import time

# Calls that see everything at once: they make things, and a name that is taken is taken from the first moment;
# or they delete by name, which AWS answers the same way whether the thing is there or not.
SEE_ALL = {
    "CreateKeyPair", "ImportKeyPair", "DeleteKeyPair", "CreateSecurityGroup", "CreateImage", "RegisterImage",
    "CopyImage", "CreateLaunchTemplate", "DeleteLaunchTemplate",
}  # fmt: skip


def _shelves(backend):
    """The dictionaries that hold what can be hidden."""
    yield backend.reservations
    yield backend.amis
    yield backend.key_pairs
    yield backend.snapshots
    yield backend.launch_templates
    yield from list(backend.groups.values())


def note_new(place, before):
    """Lets everything that was made since `before` (from `names`) be found only after the delay."""
    now = time.monotonic()
    place.visible_at = {key: at for key, at in place.visible_at.items() if at > now}
    for key in names(place) - before:
        place.visible_at[key] = now + place.knobs.consistency_delay


def names(place):
    """The keys of everything that exists."""
    return {key for shelf in _shelves(place.backend) for key in shelf}


@contextlib.contextmanager
def hidden(place, action):
    """Takes what cannot be found yet off its shelf while a call is answered."""
    now = time.monotonic()
    taken = []
    if action not in SEE_ALL:
        for shelf in _shelves(place.backend):
            for key in [key for key in shelf if place.visible_at.get(key, 0) > now]:
                taken.append((shelf, key, shelf.pop(key)))
    try:
        yield
    finally:
        for shelf, key, thing in taken:
            shelf[key] = thing
