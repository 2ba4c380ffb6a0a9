"""What a call that went well means for the guests and for what moto left out of it."""

import re


def before(place, request):
    """The states of the instances that the call names, since moto changes them at once."""
    return {instance.id: instance.state for instance in place.instances.named(request.listed("InstanceId"))}


def after(place, request, body, states):
    """Carries the call on; gives the answer's body, with the guests' addresses in it."""
    new = place.instances.adopt()
    for instance in new:
        body = _addressed(instance, body)
    _tag_parts(request, new)
    place.instances.show_again(states)
    effect = EFFECTS.get(request.action)
    if effect:
        effect(place, request, body)
    return body


def _addressed(instance, body):
    """moto answered with the address that the instance had before its guest was there."""
    block = re.search(rb"<instanceId>" + instance.id.encode() + rb"</instanceId>.*?(?=<instanceId>|\Z)", body, re.S)
    if not block:
        return body
    changed = re.sub(rb"(<privateIpAddress>)[^<]*", rb"\g<1>" + instance.address.encode(), block.group())
    changed = re.sub(rb"<ipAddress>[^<]*</ipAddress>", b"", changed)
    changed = re.sub(rb"(<privateDnsName>)[^<]*", rb"\g<1>" + instance.address.encode(), changed)
    return body[: block.start()] + changed + body[block.end() :]


def _tag_parts(request, instances):
    """moto tags the instance and its volumes, not its network interfaces."""
    tags = request.tags("network-interface")
    for instance in instances:
        for nic in instance.model.nics.values():
            nic.add_tags(tags)


def _stop(place, request, _body):
    for instance in place.instances.named(request.listed("InstanceId")):
        instance.stop()


def _start(place, request, _body):
    for instance in place.instances.named(request.listed("InstanceId")):
        if instance.state == "stopped":
            instance.launch()


def _reboot(place, request, _body):
    for instance in place.instances.named(request.listed("InstanceId")):
        if instance.state == "running":
            instance.reboot()


def _terminate(place, request, _body):
    for instance in place.instances.named(request.listed("InstanceId")):
        instance.terminate()


def _create_image(place, request, body):
    image = place.backend.amis[_image_id(body)]
    image.ebs_snapshot.add_tags(request.tags("snapshot"))
    for instance in place.instances.named([request.get("InstanceId")]):
        place.images.make(image.id, instance, request.get("NoReboot") == "true")


def _copy_image(place, request, body):
    image = place.backend.amis[_image_id(body)]
    source = place.world.place(place.account, request.get("SourceRegion", place.region))
    if request.get("CopyImageTags") == "true":
        image.add_tags({tag["key"]: tag["value"] for tag in source.backend.amis[request.get("SourceImageId")].get_tags()})
    image.add_tags(request.tags("image"))
    image.ebs_snapshot.add_tags(request.tags("snapshot"))
    image.ebs_snapshot.encrypted = request.get("Encrypted") == "true"
    place.images.copy(image.id, source, request.get("SourceImageId"))


def _modify_image(place, request, _body):
    """moto keeps launch permissions and forgets the rest."""
    image = place.backend.amis[request.get("ImageId")]
    image.description = request.get("Description.Value", image.description)
    if request.get("ImdsSupport.Value"):
        image.imds_support = request.get("ImdsSupport.Value")


def _image_id(body):
    return re.search(rb"<imageId>(ami-[0-9a-f]+)</imageId>", body).group(1).decode()


EFFECTS = {
    "StopInstances": _stop,
    "StartInstances": _start,
    "RebootInstances": _reboot,
    "TerminateInstances": _terminate,
    "CreateImage": _create_image,
    "CopyImage": _copy_image,
    "ModifyImageAttribute": _modify_image,
}
