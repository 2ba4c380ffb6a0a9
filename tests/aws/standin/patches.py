"""Where moto's objects show something that a caller of the real service would stumble over."""

from moto.ec2.models.amis import Ami
from moto.ec2.models.instances import Instance


def _mappings(image):
    snapshot = image.ebs_snapshot
    disk = {"SnapshotId": snapshot.id, "VolumeSize": 8, "VolumeType": "gp3", "DeleteOnTermination": True}
    return [{"DeviceName": image.root_device_name, "Ebs": {**disk, "Encrypted": snapshot.encrypted}}]


# Filters of DescribeImages that moto refuses, and the attribute that each looks at.
FILTERS = {"root-device-type": "root_device_type", "root-device-name": "root_device_name", "hypervisor": "hypervisor",
           "description": "description", "image-type": "image_type", "boot-mode": "boot_mode"}  # fmt: skip


def _filter_value(moto_filter_value):
    def value(image, name, method=None):
        if name in FILTERS:
            return getattr(image, FILTERS[name])
        if name == "ena-support":
            return str(getattr(image, "ena_support", False)).lower()
        return moto_filter_value(image, name, method)

    return value


def apply():
    """Names resolve only where there is a name server for them, so DNS names are addresses here."""
    Instance.public_dns_name = property(lambda instance: instance.public_ip)
    Instance.private_dns_name = property(lambda instance: instance.private_ip)
    Ami.get_filter_value = _filter_value(Ami.get_filter_value)
    Ami.block_device_mappings = property(_mappings)
