"""What `validate` plans of a JSON template and of an HCL2 configuration, in a form that can be compared.

AWS is played by a program that makes its answers of the questions, so nothing is asked of anybody.
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

# Stands beside validate as `build-ec2`, for `build-ec2 --data`: a secret has one key, so its value is the same with the key and without.
AWS = r"""#!/usr/bin/env python3
import hashlib, json, sys
KEYS = {"sample/app/passwords": "api_key", "some_secret": "with_key"}
for line in sys.stdin:
    asked = json.loads(line)
    options = asked["options"]
    if asked["type"] == "amazon-ami":
        chosen = [options.get(key) for key in ("filters", "owners", "most_recent")]
        value = {"id": "ami-" + hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:17]}
    else:
        secret = "secret-" + hashlib.sha256(options["name"].encode()).hexdigest()[:8]
        value = {"value": secret, "secret_string": json.dumps({KEYS.get(options["name"], "value"): secret})}
    print(json.dumps({"value": value, "secrets": [] if "id" in value else [secret]}), flush=True)
"""
ACTION = re.compile(r"\{\{\s*(\.[\w.]+)\s*\}\}")
HIDDEN = re.compile(r"\S*<sensitive>\S*")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
USER = re.compile(r"\{\{-?\s*user\s+(?:`([^`]*)`|\\\"([^\"\\]*)\\\")\s*-?\}\}")


class Validate:
    """The program, with the player of AWS beside it in a folder of its own."""

    def __init__(self, program, folder):
        self.program = str(pathlib.Path(folder) / "validate")
        shutil.copy(program, self.program)
        aws = pathlib.Path(folder) / "build-ec2"
        aws.write_text(AWS)
        aws.chmod(0o755)

    def run(self, folder, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_REGION": "us-east-1"}
        return subprocess.run([self.program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)

    def records(self, folder, *arguments):
        """The records of what is planned; nothing where there are errors."""
        ran = self.run(folder, "--json", *arguments)
        return [json.loads(line) for line in ran.stdout.splitlines()] if ran.returncode == 0 else None

    def errors(self, folder, *arguments):
        """The errors, as code and message."""
        ran = self.run(folder, "--format", "json", *arguments)
        found = [json.loads(line) for line in ran.stdout.splitlines()]
        return [one for one in found if one["severity"] == "error"]

    def upgrade(self, folder, template, to):
        """Writes what --hcl2 makes of a template; gives what it says where it makes nothing."""
        ran = self.run(folder, "--hcl2", template)
        (pathlib.Path(folder) / to).write_text(ran.stdout)
        return ran.stderr if ran.returncode else None


def looked_up(builder):
    """A builder whose image is looked up already: the answer of the one who plays AWS."""
    image = builder.pop("source_ami_filter", None)
    if image is not None:
        chosen = [image.get(key) for key in ("filters", "owners", "most_recent")]
        builder["source_ami"] = "ami-" + hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:17]
    return builder


def uniform(value):
    """An object and a list of it as one thing, as Packer reads them."""
    if isinstance(value, list):
        return uniform(value[0]) if len(value) == 1 and isinstance(value[0], dict) else [uniform(item) for item in value]
    return {key: uniform(item) for key, item in value.items()} if isinstance(value, dict) else value


def filled(options):
    """The options without those that are empty texts: they are as if they were not set."""
    if isinstance(options, list):
        return [filled(one) for one in options]
    return {key: value for key, value in options.items() if value != ""} if isinstance(options, dict) else options


def moment(record):
    """Seconds since 1970 at which the record was made, which is what `{{timestamp}}` gives: its id is a ULID."""
    number = 0
    for letter in record["id"][:10]:
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    return number // 1000


def planned(record, folder):
    """What a record plans, with what the tools would still render of the run itself. Keys that are rendered later may stand in another order."""
    parts = [record["type"], looked_up(dict(record["builder"]))]
    parts += [record.get(key) for key in ("provisioners", "error_cleanup_provisioner", "post_processors")]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    known = {"build_name": record["build"].removeprefix(record["type"] + "."), "build_type": record["type"], "template_dir": record["template"]["folder"], "timestamp": "TIME", "pwd": str(folder)}
    for name, value in known.items():
        text = re.sub(r"\{\{\s*%s\s*\}\}" % name, lambda _: json.dumps(value, ensure_ascii=False)[1:-1], text)
    variables = record["variables"]
    text = USER.sub(lambda found: json.dumps(variables.get(found[1] or found[2], ""), ensure_ascii=False)[1:-1], text)
    # What stands in a larger action is put in as a text.
    text = re.sub(r"\buser\s+`([^`]*)`(?=[^{}]*\}\})", lambda found: json.dumps("`" + variables.get(found[1], "") + "`", ensure_ascii=False)[1:-1], text)
    for time in (str(moment(record)), datetime.datetime.fromtimestamp(moment(record), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")):
        text = text.replace(time, "TIME")
    parts = json.loads(UUID.sub("UUID", ACTION.sub(r"{{\1}}", text)))
    return json.dumps([uniform(filled(part)) for part in parts], ensure_ascii=False, sort_keys=True, indent=1)


class Refused(list):
    """No difference between two templates that are refused for the same reasons."""

    def __init__(self, reasons):
        super().__init__()
        self.reasons = reasons


def difference(validate, folder, old, new, *arguments):
    """Where two templates plan something different: the lines, at most ten. Both are planned again where a second has passed between them."""
    for _ in range(4):
        records = [validate.records(folder, *arguments, path) for path in (old, new)]
        if records == [None, None] and (refused := messages(validate.errors(folder, *arguments, old))) == messages(validate.errors(folder, *arguments, new)):
            return Refused(refused)
        if None in records:
            return [f"{path} is refused: " + "; ".join(messages(validate.errors(folder, *arguments, path)))
                    for path, planned_ones in zip((old, new), records) if planned_ones is None]
        texts = [[line for record in side for line in planned(record, folder).splitlines()] for side in records]
        if texts[0] == texts[1]:
            return plan_difference(validate, folder, old, new, arguments)
    lines = [f"- {one}" for one in texts[0] if one not in texts[1]] + [f"+ {one}" for one in texts[1] if one not in texts[0]]
    return lines[:10] or ["the order differs"]


def plan_difference(validate, folder, old, new, arguments):
    """The same of what `--plan` says, but for the builds' names. An image that one of them looks up, and the other has looked up already, is the same image."""
    texts = [validate.run(folder, "--plan", *arguments, path).stdout for path in (old, new)]
    if ("source_ami_filter" in texts[0]) != ("source_ami_filter" in texts[1]):
        plans = [[json.loads(line) for line in validate.run(folder, "--plan", "--json", *arguments, path).stdout.splitlines()] for path in (old, new)]
        for step in (step for side in plans for plan in side for step in plan["steps"]):
            looked_up(step["options"])
        texts = ["".join(json.dumps(plan["steps"], sort_keys=True, indent=1) for plan in side) for side in plans]
    texts = [[line for line in shown(text).splitlines() if not line.startswith(("build:", "group:"))] for text in texts]
    if texts[0] == texts[1]:
        return []
    lines = [f"plan: - {one}" for one in texts[0] if one not in texts[1]] + [f"plan: + {one}" for one in texts[1] if one not in texts[0]]
    return lines[:10] or ["the order of the plan differs"]


def shown(plan):
    """A plan with all that differs from run to run, and that is hidden, told by its kind."""
    return HIDDEN.sub("<sensitive>", ACTION.sub(r"{{\1}}", UUID.sub("UUID", plan)))


def messages(errors):
    return [f"[{one['code']}] {one['message']}" for one in errors]
