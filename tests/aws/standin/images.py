"""Images: which folders of files lie under an instance that starts from them."""

import datetime
import hashlib
import os
import shutil
import subprocess
import time

from moto.ec2.models.amis import Ami

# Debian's own account, so that a template for the real service works here unchanged.
DEBIAN = "136693071363"
BASE_IMAGES = ["debian-12-amd64-20260210-2384", "debian-12-amd64-20251112-2294"]


class Images:
    """The images of an account in a region."""

    def __init__(self, place):
        self.place = place
        # Image id -> folders, uppermost first, as overlayfs takes them.
        self._layers = {}

    def add_base(self):
        """Adds the public images that everybody finds: Debian's newest, and one before it."""
        backend = self.place.backend
        for name in BASE_IMAGES:
            id = "ami-" + hashlib.sha256(f"{name} {self.place.region}".encode()).hexdigest()[:17]
            date = datetime.datetime.strptime(name.split("-")[3], "%Y%m%d")
            backend.amis[id] = Ami(
                backend, id, name=name, owner_id=DEBIAN, public=True, architecture="x86_64",
                virtualization_type="hvm", hypervisor="xen", creation_date=date, root_device_type="ebs",
                root_device_name="/dev/xvda", image_location=f"amazon/{name}", description="Debian 12 (20260210)",
                region_name=f"{self.place.region}a", boot_mode="legacy-bios")  # fmt: skip
            backend.amis[id].ena_support = True
            self._layers[id] = [self.place.world.base]

    def layers(self, image_id):
        """The folders of an image; an image that nobody has captured is an empty Debian."""
        return self._layers.get(image_id, [self.place.world.base])

    def make(self, image_id, instance, no_reboot):
        """Captures an instance's files as CreateImage does: a running one is rebooted for it."""
        image = self.place.backend.amis[image_id]
        image.root_device_type, image.root_device_name = "ebs", instance.model.root_device_name
        image.hypervisor, image.image_location = "xen", f"{self.place.account}/{image.name}"
        image.ena_support = True
        available_at = self._begin(image)
        kept = os.path.join(self.place.world.folder, "images", image_id)

        def copy():
            subprocess.run(["cp", "-a", "--reflink=auto", "--", instance.guest.upper, kept], check=True)
            self._layers[image_id] = [kept, *instance.guest.layers]
            self._finish(image, available_at)

        if instance.state == "running" and not no_reboot:
            instance.reboot(meanwhile=copy)
        else:
            copy()

    def copy(self, image_id, source_place, source_id):
        """Copies an image's files as CopyImage does."""
        image = self.place.backend.amis[image_id]
        source = source_place.backend.amis[source_id]
        image.root_device_type, image.root_device_name = "ebs", source.root_device_name
        image.hypervisor, image.image_location = "xen", f"{self.place.account}/{image.name}"
        image.ena_support = getattr(source, "ena_support", True)
        self._layers[image_id] = source_place.images.layers(source_id)
        self._finish(image, self._begin(image))

    def _begin(self, image):
        image.state = image.ebs_snapshot.status = "pending"
        return time.monotonic() + self.place.knobs.image_delay

    def _finish(self, image, at):
        fate = self.place.world.board.scripted(self.place.account, "CreateImage", "outcome")

        def available():
            image.state = "failed" if fate else "available"
            image.ebs_snapshot.status = "error" if fate else "completed"
            if fate:
                image.state_reason = {"Code": "Server.InternalError", "Message": "Internal error while creating the image"}

        self.place.world.clock.after(max(0.0, at - time.monotonic()), available)

    def read(self, image_id, path):
        """The content of a file in an image, or nothing when it is not there."""
        for folder in self.layers(image_id):
            full = os.path.join(folder, path.lstrip("/"))
            if os.path.isfile(full) and os.path.realpath(full).startswith(os.path.realpath(folder)):
                with open(full, "rb") as file:
                    return file.read()
        return None

    def remove_all(self):
        for image_id in self._layers:
            shutil.rmtree(os.path.join(self.place.world.folder, "images", image_id), ignore_errors=True)
        self._layers.clear()
