"""One call to the API, as it came in."""

import json
import re
from io import BytesIO
from urllib.parse import parse_qsl, urlencode


class AwsError(Exception):
    """An answer of the API that is an error."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def json_body(self):
        return json.dumps({"__type": self.code, "message": self.message}).encode()

    def body(self):
        text = self.message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return (
            '<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error>'
            f"<Code>{self.code}</Code><Message>{text}</Message></Error></Errors>"
            "<RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>"
        ).encode()


class Request:
    """Service, region, account, action and parameters of a call."""

    DEFAULT_ACCOUNT = "123456789012"

    def __init__(self, environ):
        self.environ = environ
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self.raw = environ["wsgi.input"].read(length) if length else b""
        self.form = {}
        if "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
            self.form = dict(parse_qsl(self.raw.decode(), keep_blank_values=True))
        # AWS's JSON protocol names the action in a header.
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        self.json = json.loads(self.raw) if target else None
        self.action = target.rpartition(".")[2] or self.form.get("Action", f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '/')}")
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        key, self.region, self.service = scope.groups() if scope else ("", "us-east-1", "")
        digits = re.search(r"\d{12}$", key)
        self.account = digits.group() if digits else self.DEFAULT_ACCOUNT

    def get(self, name, default=None):
        return self.form.get(name, default)

    def listed(self, prefix):
        """The values of a list parameter: InstanceId.1, InstanceId.2, …"""
        return [value for key, value in self.form.items() if re.fullmatch(re.escape(prefix) + r"\.\d+", key)]

    def tags(self, kind):
        """The tags that TagSpecification gives to things of this kind."""
        tags = {}
        for key, value in self.form.items():
            match = re.fullmatch(r"TagSpecification\.(\d+)\.ResourceType", key)
            if match and value == kind:
                prefix = f"TagSpecification.{match.group(1)}.Tag."
                names = {k.removeprefix(prefix).split(".")[0]: v for k, v in self.form.items()
                         if k.startswith(prefix) and k.endswith(".Key")}  # fmt: skip
                tags.update({name: self.form.get(f"{prefix}{number}.Value", "") for number, name in names.items()})
        return tags

    def without_tags(self, kinds):
        """Drops the TagSpecifications for kinds that moto refuses."""
        for key, value in list(self.form.items()):
            match = re.fullmatch(r"TagSpecification\.(\d+)\.ResourceType", key)
            if match and value in kinds:
                prefix = f"TagSpecification.{match.group(1)}."
                self.form = {k: v for k, v in self.form.items() if not k.startswith(prefix)}

    def environ_for_moto(self):
        """What moto is to see: the account in a header, the parameters as they are now."""
        environ = dict(self.environ)
        raw = urlencode(self.form).encode() if self.form else self.raw
        environ["wsgi.input"] = BytesIO(raw)
        environ["CONTENT_LENGTH"] = str(len(raw))
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account
        return environ

    def ids(self):
        """The ids of things that the call names."""
        pattern = re.compile(r"(i|ami|sg|snap|vol|key|lt|sir|fleet)-[0-9a-f]+")
        return sorted({value for value in self.form.values() if pattern.fullmatch(value)})
