"""What exists now: GET /_sim/state."""

from moto.iam.models import iam_backends


def tags(thing):
    return {tag["key"]: tag["value"] for tag in thing.get_tags()}


def of_account(world, account):
    """Everything that an account has, by kind and id: all regions together, and each alone.

    The images, groups and networks that an account has from its first moment are left out, so an account
    in which nothing is left shows empty objects only.
    """
    regions = {}
    for place in world.of_account(account):
        things = regions.setdefault(place.region, {})
        for kind, found in of_place(place).items():
            things.setdefault(kind, {}).update(found)
    together = {kind: {} for kind in KINDS}
    for things in regions.values():
        for kind, found in things.items():
            together[kind].update(found)
    together.update(identities({place.account for place in world.of_account(account)}))
    return {**together, "regions": regions}


def of_place(place):
    return {kind: view(place) for kind, view in KINDS.items()}


def _instances(place):
    return {
        instance.id: {"state": instance.state, "address": instance.address, "image": instance.model.image_id,
                      "key": instance.model.key_name, "tags": tags(instance.model)}
        for instance in place.instances.known.values() if instance.state != "terminated"
    }  # fmt: skip


def _key_pairs(place):
    return {pair.id: {"name": name, "tags": tags(pair)} for name, pair in place.backend.key_pairs.items()}


def _security_groups(place):
    return {
        group.id: {"name": group.name, "tags": tags(group)}
        for groups in place.backend.groups.values() for group in groups.values() if group.name != "default"
    }  # fmt: skip


def _images(place):
    return {
        image.id: {"name": image.name, "state": image.state, "description": image.description,
                   "snapshot": image.ebs_snapshot.id, "permissions": image.launch_permissions,
                   "deprecation": getattr(image, "deprecation_time", None), "tags": tags(image)}
        for image in place.backend.amis.values() if image.owner_id == place.account
    }  # fmt: skip


def _snapshots(place):
    return {
        snapshot.id: {"state": snapshot.status, "encrypted": snapshot.encrypted, "tags": tags(snapshot)}
        for snapshot in place.backend.snapshots.values() if snapshot.owner_id == place.account
    }  # fmt: skip


def _volumes(place):
    return {volume.id: {"state": volume.status, "tags": tags(volume)} for volume in place.backend.volumes.values()}


def _sessions(place):
    """A session ends with its instance."""
    return {
        id: {"instance": session["instance"].id}
        for id, session in place.sessions.items() if session["instance"].state == "running"
    }  # fmt: skip


def _launch_templates(place):
    return {template.id: {"name": template.name} for template in place.backend.launch_templates.values()}


def _ended(place, instance):
    known = place.instances.known.get(getattr(instance, "id", None))
    return known is not None and known.state in ("shutting-down", "terminated")


def _spot_requests(place):
    """A request whose instance is gone is closed on AWS; moto leaves it open."""
    return {
        request.id: {"state": request.state, "tags": tags(request)}
        for request in place.backend.spot_instance_requests.values()
        if request.state in ("open", "active") and not _ended(place, getattr(request, "instance", None))
    }


def _fleets(place):
    """An instant fleet whose instances are gone is deleted on AWS; moto keeps it."""
    found = {}
    for fleet in place.backend.fleets.values():
        instances = [request.instance for request in fleet.spot_requests]
        instances += [item["instance"] for item in fleet.on_demand_instances]
        if fleet.state == "active" and not all(_ended(place, instance) for instance in instances):
            found[fleet.id] = {"tags": tags(fleet)}
    return found


def identities(accounts):
    """The IAM roles and instance profiles of accounts."""
    roles, profiles = {}, {}
    for account in accounts:
        for backend in iam_backends[account].values() if account in iam_backends else ():
            roles.update({role.name: {"tags": role.tags} for role in backend.roles.values()})
            profiles.update({name: {"tags": profile.tags} for name, profile in backend.instance_profiles.items()})
    return {"roles": roles, "instance_profiles": profiles}


KINDS = {
    "instances": _instances,
    "key_pairs": _key_pairs,
    "security_groups": _security_groups,
    "images": _images,
    "snapshots": _snapshots,
    "volumes": _volumes,
    "launch_templates": _launch_templates,
    "sessions": _sessions,
    "spot_requests": _spot_requests,
    "fleets": _fleets,
}
