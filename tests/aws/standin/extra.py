"""Calls that moto does not have."""

from .request import AwsError


def _image(place, request):
    image = place.backend.amis.get(request.get("ImageId"))
    if not image:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{request.get('ImageId')}]' does not exist")
    return image


def _deprecate(place, request):
    _image(place, request).deprecation_time = request.get("DeprecateAt")
    return "true"


def _do_not_deprecate(place, request):
    _image(place, request).deprecation_time = None
    return "true"


def _protect(place, request):
    state = "enabled-with-cooldown" if request.get("WithCooldown") == "true" else "enabled-without-cooldown"
    _image(place, request).deregistration_protection = state
    return state


def _unprotect(place, request):
    _image(place, request).deregistration_protection = "disabled"
    return "disabled"


def answer(place, request):
    """The answer's body, or nothing where moto is to answer."""
    action = ACTIONS.get(request.action)
    if not action:
        return None
    value = action(place, request)
    return (
        f'<{request.action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<requestId>00000000-0000-0000-0000-000000000000</requestId><return>{value}</return></{request.action}Response>"
    ).encode()


ACTIONS = {
    "EnableImageDeprecation": _deprecate,
    "DisableImageDeprecation": _do_not_deprecate,
    "EnableImageDeregistrationProtection": _protect,
    "DisableImageDeregistrationProtection": _unprotect,
}
