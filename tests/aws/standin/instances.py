"""Instances: moto's object for the API, a guest that runs, and the time between states."""

import base64
import os
import time

from .guest import POWERED_OFF, REBOOT, Guest

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


class Instance:
    """One instance. `state` is what the API shows; the guest follows it."""

    def __init__(self, place, model):
        self.place, self.model, self.id = place, model, model.id
        world = place.world
        self.address = world.addresses.take()
        # moto gives a public address where the subnet or the call asks for one.
        self.is_public = model.nics[0].public_ip is not None
        self.guest = Guest(
            os.path.join(world.folder, "instances", model.id), model.id, self.address,
            place.images.layers(model.image_id), self._post, self._guest_ended)  # fmt: skip
        key = place.backend.key_pairs.get(model.key_name)
        self.guest.give("authorized_keys", public_key(key) if key else b"")
        if model.user_data:
            self.guest.give("user-data", base64.b64decode(str(model.user_data)))
        # What happens when the guest has ended: a function, or nothing when nobody asked it to.
        self._then = None
        self._turn = 0
        self.launch()

    @property
    def state(self):
        return self.model._state.name

    def show(self, state):
        """Lets the API say this state and the addresses that go with it."""
        self.model._state.name, self.model._state.code = state, CODES[state]
        nic = self.model.nics[0]
        nic.private_ip_address = self.address
        nic.private_ip_addresses[:1] = [{"Primary": True, "PrivateIpAddress": self.address}]
        nic.public_ip = self.address if self.is_public and state in ("running", "stopping", "shutting-down") else None
        self._turn += 1

    def launch(self):
        """Pending, then running, then a guest that answers."""
        self.show("pending")
        fate = self.place.world.board.scripted(self.place.account, "RunInstances", "outcome")
        if fate:
            return self._later(self.place.knobs.run_delay, lambda: self._die(fate.get("reason", "Server.InternalError")))
        self._later(self.place.knobs.run_delay, self._run)

    def stop(self):
        """Shuts the guest down; stopped when that is done and the delay is over."""
        if self.state in ("stopping", "stopped"):
            return
        self.show("stopping")
        at = time.monotonic() + self.place.knobs.stop_delay
        self._then = lambda: self._later(at - time.monotonic(), lambda: self.show("stopped"))
        if self.guest.is_on:
            self.guest.press_power_button()
        else:
            self._then()

    def reboot(self, meanwhile=None):
        """Shuts the guest down and boots it again; `meanwhile` is called between the two."""

        def boot():
            if meanwhile:
                meanwhile()
            self._later(self.place.knobs.boot_delay, self._boot)

        self._then = boot
        if self.guest.is_on:
            self.guest.press_power_button()
        else:
            boot()

    def terminate(self):
        """Ends the guest and removes its files."""
        if self.state in ("shutting-down", "terminated"):
            return
        self.show("shutting-down")
        self._then = None
        self.guest.remove()
        self._later(self.place.knobs.stop_delay, lambda: self.show("terminated"))

    def _later(self, seconds, function):
        """Calls `function` in `seconds`, unless the state has changed by then."""
        turn = self._turn

        def call():
            if self._turn == turn:
                function()

        self._post(call, seconds)

    def _post(self, function, seconds=0):
        self.place.world.clock.after(seconds, function)

    def _run(self):
        self.show("running")
        self._later(self.place.knobs.boot_delay, self._boot)

    def _boot(self):
        if self.state == "running":
            self.guest.power_on()

    def _die(self, reason):
        self.model.terminate()
        self.model.state_reason.code, self.model.state_reason.message = reason, f"{reason}: Internal error on launch"
        self.show("terminated")
        self.guest.remove()

    def _guest_ended(self, status):
        then, self._then = self._then, None
        if then:
            then()
        elif self.state != "running":
            pass
        elif status == REBOOT:
            self._later(self.place.knobs.boot_delay, self._boot)
        elif status == POWERED_OFF:
            self._powered_off()

    def _powered_off(self):
        """InstanceInitiatedShutdownBehavior says what a shutdown from inside means."""
        if self.model.instance_initiated_shutdown_behavior == "terminate":
            self.model.terminate()
            self.terminate()
        else:
            self.model.stop()
            self.show("running")
            self.stop()


class Instances:
    """The instances of an account in a region."""

    def __init__(self, place):
        self.place = place
        self.known = {}

    def adopt(self):
        """Starts a guest for every instance that moto has made since the last call; gives the new ones."""
        new = []
        for reservation in self.place.backend.reservations.values():
            for model in reservation.instances:
                if model.id not in self.known:
                    self.known[model.id] = Instance(self.place, model)
                    new.append(self.known[model.id])
        return new

    def named(self, ids):
        return [self.known[id] for id in ids if id in self.known]

    def show_again(self, states):
        """Puts back what moto's own handling of a call has overwritten."""
        for id, state in states.items():
            if id in self.known:
                self.known[id].model._state.name, self.known[id].model._state.code = state, CODES[state]

    def users_of_group(self, group_id):
        """The instances that keep a security group from being deleted."""
        return [
            instance.id
            for instance in self.known.values()
            if instance.state != "terminated"
            and group_id in {group.id for group in instance.model.security_groups}
            | {group.id for nic in instance.model.nics.values() for group in nic._group_set}
        ]

    def remove_all(self):
        for instance in self.known.values():
            instance._turn += 1
            instance._then = None
            instance.guest.remove()
        self.known.clear()


def public_key(pair):
    """The OpenSSH public key line of one of moto's key pairs."""
    text = pair.material_public
    text = text.encode() if isinstance(text, str) else text
    return text.strip() + b"\n"
