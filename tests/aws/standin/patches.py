"""Where moto's objects show something that a caller of the real service would stumble over."""

from moto.ec2.models.amis import Ami
from moto.ec2.models.instances import Instance


def _mappings(image):
    snapshot = image.ebs_snapshot
    disk = {"SnapshotId": snapshot.id, "VolumeSize": 8, "VolumeType": "gp3", "DeleteOnTermination": True}
    return [{"DeviceName": image.root_device_name, "Ebs": {**disk, "Encrypted": snapshot.encrypted}}]


def apply():
    """Names resolve only where there is a name server for them, so DNS names are addresses here."""
    Instance.public_dns_name = property(lambda instance: instance.public_ip)
    Instance.private_dns_name = property(lambda instance: instance.private_ip)
    Ami.block_device_mappings = property(_mappings)
