"""Session Manager: sessions that forward a port of an instance, and EC2 Instance Connect, by AWS's JSON protocol.

`tests/aws/bin/session-manager-plugin` plays Amazon's program of that name: it asks the page `/_sim/sessions/ID`, which stands
for the stream's other end, where the instance is.
"""

import json
import secrets
import threading

from .request import AwsError

DOCUMENT = "AWS-StartPortForwardingSession"


def answer(place, request):
    """The answer as JSON, or nothing where moto is to answer."""
    action = ACTIONS.get((request.service, request.action))
    return json.dumps(action(place, request)).encode() if action else None


def _start(place, request):
    asked = dict(request.json)
    instance = place.instances.known.get(asked.pop("Target", None))
    if asked.pop("DocumentName", None) != DOCUMENT:
        raise AwsError("InvalidDocument", f"only {DOCUMENT} is known here")
    parameters = asked.pop("Parameters", {})
    if asked or set(parameters) != {"portNumber", "localPortNumber"} or not all(map(_is_port, parameters.values())):
        raise AwsError("InvalidParameters", f"not as {DOCUMENT} has them: {request.json}")
    # The agent reports as soon as the instance has booted, and only where a role lets it.
    ready = instance and instance.state == "running" and instance.guest.is_on and instance.model.iam_instance_profile
    if not ready:
        raise AwsError("TargetNotConnected", f"{request.json.get('Target')} is not connected.")
    session = {"id": f"kiln-{secrets.token_hex(8)}", "token": secrets.token_urlsafe(32), "instance": instance,
               "parameters": parameters}  # fmt: skip
    place.sessions[session["id"]] = session
    url = f"ws://{request.environ['HTTP_HOST']}/_sim/sessions/{session['id']}?account={place.account}"
    return {"SessionId": session["id"], "TokenValue": session["token"], "StreamUrl": url}


def _is_port(values):
    return isinstance(values, list) and len(values) == 1 and isinstance(values[0], str) and values[0].isdigit()


def _terminate(place, request):
    session = place.sessions.pop(request.json.get("SessionId"), None)
    if not session:
        raise AwsError("DoesNotExistException", f"Session {request.json.get('SessionId')} does not exist")
    return {"SessionId": session["id"]}


def stream(places, identity, token):
    """Where the session leads, for whoever has its token; nothing when it is over."""
    for place in places:
        session = place.sessions.get(identity)
        if session and session["token"] == token and session["instance"].state == "running":
            return {"address": session["instance"].address, **session["parameters"]}
    return None


def _send_key(place, request):
    """EC2 Instance Connect: a key lets a user in for a minute."""
    asked = dict(request.json)
    instance, user, key = (asked.pop(name, "") for name in ("InstanceId", "InstanceOSUser", "SSHPublicKey"))
    if asked or not user or not key.startswith(("ssh-ed25519 ", "ssh-rsa ")):
        raise AwsError("InvalidArgsException", f"not as SendSSHPublicKey takes it: {request.json}")
    instance = place.instances.known.get(instance)
    if not instance or instance.state != "running":
        raise AwsError("EC2InstanceNotFoundException", "Instance not found")
    instance.guest.give(f"sent_keys.{user}", f"{key}\n".encode())
    forget = threading.Timer(60, instance.guest.give, (f"sent_keys.{user}", b""))
    forget.daemon = True
    forget.start()
    return {"RequestId": "00000000-0000-0000-0000-000000000000", "Success": True}


ACTIONS = {
    ("ssm", "StartSession"): _start,
    ("ssm", "TerminateSession"): _terminate,
    ("ec2-instance-connect", "SendSSHPublicKey"): _send_key,
}
