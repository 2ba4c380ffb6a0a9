"""The HTTP server: faults, rules, moto, effects; and the server's own pages under /_sim/."""

import json
import re
import socket
from io import BytesIO
from urllib.parse import parse_qsl

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from . import consistency, effects, extra, rules, sessions, state
from .request import AwsError, Request

STATUS = {200: "200 OK", 400: "400 Bad Request", 404: "404 Not Found", 500: "500 Internal Server Error",
          503: "503 Service Unavailable"}  # fmt: skip
JSON = [("Content-Type", "application/x-amz-json-1.1")]
# Calls whose ClientToken AWS keeps: the same token gives the same answer, and does the work once.
IDEMPOTENT = {"RunInstances", "CopyImage", "CreateFleet", "CreateLaunchTemplate", "CreateVolume"}


class Application:
    """The WSGI application."""

    def __init__(self, world):
        self.world = world
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "/")
        if path.startswith("/_sim/"):
            return send(start_response, *self.control(environ, path.removeprefix("/_sim/")))
        request = Request(environ)
        with self.world.lock:
            fault = self.world.board.draw(request.account)
            status, headers, body, code = self.answer(request, fault)
            self.log(request, fault, status, code)
        if fault in ("reset", "lost") or code == "hang-up":
            # Not close(): the handler's own references would keep the connection open.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        return send(start_response, status, headers, body)

    def answer(self, request, fault):
        """Status, headers, body and error code of a call."""
        try:
            if fault == "throttle":
                raise AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
            if fault == "error":
                raise AwsError("InternalError", "An internal error has occurred", 500)
            if fault == "reset":
                raise AwsError("reset", "")
            scripted = self.world.board.scripted(request.account, request.action, "code")
            if scripted and scripted["code"] != "hang-up":
                raise AwsError(scripted["code"], scripted.get("message", scripted["code"]), scripted.get("status", 400))
            status, headers, body = self.perform(request)
            code = scripted["code"] if scripted else error_code(body) if status[0] != "2" else None
            return status, headers, body, code
        except AwsError as error:
            if request.json is not None:
                return STATUS[error.status], JSON, error.json_body(), error.code
            return STATUS[error.status], [("Content-Type", "text/xml")], error.body(), error.code

    def perform(self, request):
        """Answers a call to EC2 by the rules, moto and the effects; one to another service by moto."""
        if request.service not in ("ec2", ""):
            # A place of its own, so that the account's roles are found by `state`.
            place = self.world.place(request.account, request.region)
            own = sessions.answer(place, request)
            return (STATUS[200], JSON, own) if own else self.ask_moto(request)
        place = self.world.place(request.account, request.region)
        given = asked(request)
        kept = self.same_token(place, request)
        if kept:
            return kept
        known = consistency.names(place)
        with consistency.hidden(place, request.action):
            rules.check(place, request)
            own = extra.answer(place, request)
            if own:
                return STATUS[200], [("Content-Type", "text/xml")], own
            states = effects.before(place, request)
            if request.action in ("CreateImage", "CopyImage"):
                tagged = Request(request.environ | {"wsgi.input": BytesIO(request.raw)})
                request.without_tags({"snapshot"} if request.action == "CreateImage" else {"snapshot", "image"})
            else:
                tagged = request
            status, headers, body = self.ask_moto(request)
            if status[0] == "2" and request.get("DryRun") != "true":
                body = effects.after(place, tagged, body, states)
        consistency.note_new(place, known)
        token = request.get("ClientToken")
        if token and request.action in IDEMPOTENT and status[0] == "2":
            place.tokens[request.action, token] = (given, (status, headers, body))
        return status, headers, body

    def same_token(self, place, request):
        """The answer that this client token got before, if it did."""
        kept = place.tokens.get((request.action, request.get("ClientToken")))
        if not kept or request.action not in IDEMPOTENT:
            return None
        if kept[0] != asked(request):
            raise AwsError("IdempotentParameterMismatch", "The request uses the same client token as a previous, but non-identical request.")
        return kept[1]

    def ask_moto(self, request):
        got = {}

        def keep(status, headers, _exc_info=None):
            got["status"] = status
            got["headers"] = [(name, value) for name, value in headers if name.lower() != "content-length"]
            return lambda _data: None

        body = b"".join(self.moto(request.environ_for_moto(), keep))
        return got["status"], got["headers"], body

    def log(self, request, fault, status, code):
        self.world.calls.add({
            "account": request.account, "region": request.region, "service": request.service, "action": request.action,
            "fault": fault, "status": int(status[:3]), "code": code, "ids": request.ids(),
        })  # fmt: skip

    def control(self, environ, page):
        """Status, headers and body of one of the server's own pages."""
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        account = query.get("account")
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        session = re.fullmatch(r"sessions/(.+)", page)
        image = re.fullmatch(r"images/(ami-[0-9a-f]+)(/.+)", page)
        with self.world.lock:
            if page == "state":
                return as_json(state.of_account(self.world, account))
            if page == "calls":
                return as_json(self.world.calls.of_account(account))
            if page == "faults" and environ["REQUEST_METHOD"] == "POST":
                try:
                    self.world.board.change(account, json.loads(raw))
                except (KeyError, ValueError) as error:
                    return as_json({"error": str(error)}, 400)
                return as_json({})
            if page == "reset" and environ["REQUEST_METHOD"] == "POST":
                self.world.reset(account)
                return as_json({})
            if session and environ["REQUEST_METHOD"] == "POST":
                found = sessions.stream(self.world.of_account(account), session.group(1), raw.decode())
                return as_json(found) if found else as_json({"error": "no such session"}, 404)
            if image:
                for place in self.world.of_account(account):
                    if image.group(1) in place.backend.amis:
                        content = place.images.read(image.group(1), image.group(2))
                        if content is not None:
                            return STATUS[200], [("Content-Type", "application/octet-stream")], content
        return as_json({"error": f"no such page: {page}"}, 404)


def asked(request):
    """The parameters that must be the same for the same client token."""
    return {name: value for name, value in request.form.items() if name not in ("ClientToken", "Version")}


def error_code(body):
    match = re.search(rb"<Code>([^<]*)</Code>", body)
    return match.group(1).decode() if match else "unknown"


def as_json(value, status=200):
    return STATUS[status], [("Content-Type", "application/json")], json.dumps(value).encode()


def send(start_response, status, headers, body):
    start_response(status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


class QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_arguments):
        """Calls are in the call log."""


def serve(world, port):
    """Starts to listen; gives the server, whose `serve_forever` answers."""
    return make_server("127.0.0.1", port, Application(world), threaded=True, request_handler=QuietHandler)
