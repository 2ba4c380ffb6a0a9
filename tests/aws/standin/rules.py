"""What AWS checks and moto does not. Each rule raises the error that AWS gives."""

from .request import AwsError


def check(place, request):
    """Runs the rules for a call before moto sees it."""
    rule = RULES.get(request.action)
    if rule:
        rule(place, request)


def _run_instances(place, request):
    image = request.get("ImageId")
    known = place.backend.amis.get(image)
    if image and not known:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")
    if known and known.state != "available":
        raise AwsError("InvalidAMIID.Unavailable", f"The image ID '{image}' is not available")
    key = request.get("KeyName")
    if key and key not in place.backend.key_pairs:
        raise AwsError("InvalidKeyPair.NotFound", f"The key pair '{key}' does not exist")
    if request.get("InstanceType", "").startswith("x-"):
        raise AwsError("InvalidParameterValue", f"Invalid value '{request.get('InstanceType')}' for InstanceType.")


def _stop_instances(place, request):
    for instance in place.instances.named(request.listed("InstanceId")):
        if instance.state in ("pending", "shutting-down", "terminated"):
            raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in a state from which it can be stopped.")


def _start_instances(place, request):
    for instance in place.instances.named(request.listed("InstanceId")):
        if instance.state in ("stopping", "shutting-down", "terminated"):
            raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in a state from which it can be started.")


def _create_image(place, request):
    _image_name_free(place, request)
    for instance in place.instances.named([request.get("InstanceId")]):
        if instance.state not in ("running", "stopped"):
            raise AwsError("IncorrectInstanceState", "Instance is not in state 'running' or 'stopped'.")


def _image_name_free(place, request):
    name = request.get("Name")
    for image in place.backend.amis.values():
        if image.name == name and image.owner_id == place.account:
            raise AwsError("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}")


def _copy_image(place, request):
    source = place.world.place(place.account, request.get("SourceRegion", place.region))
    image = source.backend.amis.get(request.get("SourceImageId"))
    if not image:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{request.get('SourceImageId')}]' does not exist")
    if image.state != "available":
        raise AwsError("InvalidRequest", "The storage for the AMI is not available in the source region.")
    _image_name_free(place, request)


def _deregister_image(place, request):
    image = place.backend.amis.get(request.get("ImageId"))
    if image and getattr(image, "deregistration_protection", "disabled") != "disabled":
        raise AwsError("OperationNotPermitted", f"The AMI {image.id} is protected against deregistration.")


def _delete_security_group(place, request):
    group = request.get("GroupId")
    if group and place.instances.users_of_group(group):
        raise AwsError("DependencyViolation", f"resource {group} has a dependent object")


def _delete_snapshot(place, request):
    snapshot = request.get("SnapshotId")
    for image in place.backend.amis.values():
        if image.ebs_snapshot.id == snapshot:
            raise AwsError("InvalidSnapshot.InUse", f"The snapshot {snapshot} is currently in use by {image.id}")


def _delete_key_pair(place, request):
    """moto takes the name only."""
    for name, pair in place.backend.key_pairs.items():
        if pair.id == request.get("KeyPairId"):
            request.form["KeyName"] = name


RULES = {
    "RunInstances": _run_instances,
    "StopInstances": _stop_instances,
    "StartInstances": _start_instances,
    "CreateImage": _create_image,
    "RegisterImage": _image_name_free,
    "CopyImage": _copy_image,
    "DeregisterImage": _deregister_image,
    "DeleteSecurityGroup": _delete_security_group,
    "DeleteSnapshot": _delete_snapshot,
    "DeleteKeyPair": _delete_key_pair,
}
