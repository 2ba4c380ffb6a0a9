#!/usr/bin/env python3
"""upgrade.py FIXTURES [VALIDATE]: holds `validate --hcl2`, and the pairs of Packer's own upgrade, against the plans of the JSON templates.

FIXTURES is `command/test-fixtures/hcl2_upgrade` of Packer: folders with input.json and expected.pkr.hcl, which `packer hcl2_upgrade` makes of it. Of each are planned
input.json, expected.pkr.hcl and what `validate --hcl2` makes of input.json; all three must plan the same. Most pairs are no whole templates: what is missing is added to both
(COMPLETE). Where Packer's upgrade does not say what the template said, the pair is mended first, and the reason is printed (MENDED, and docs/hcl2.md). Exit status 1 when a plan differs.
"""
import json
import pathlib
import re
import sys
import tempfile

from plans import Refused, Validate, difference

HERE = pathlib.Path(__file__).resolve().parent
# What the pairs leave out, and every builder needs.
COMPLETE = {
    "amazon-ebs": {"region": "us-east-1", "ami_name": "web", "ssh_username": "admin", "source_ami": "ami-12345678", "instance_type": "t3.micro", "iam_instance_profile": "web"},
    "null": {"ssh_host": "host", "ssh_username": "admin", "ssh_password": "x"},
}
INSTEAD = {"source_ami": ["source_ami_filter"], "instance_type": ["spot_instance_types"], "iam_instance_profile": ["temporary_iam_instance_profile_policy_document"]}
# What stands in expected.pkr.hcl, what the template says, and why.
MENDED = [
    (r'regex_replace\(timestamp\(\), "\[- TZ:\]", ""\)', "rfc3339_parse(timestamp()).unix", "{{timestamp}} gives seconds since 1970, Packer's upgrade a date"),
    (r"\$\{path\.root\}", "${abspath(path.root)}", "{{template_dir}} is a whole path, path.root the folder as it was given"),
    (r'(iso_datetime\s+= )"\$\{local\.timestamp\}"', r'\1legacy_isotime("2006-01-02T15:04:05Z07:00")', "the layout of {{isotime `…`}} is lost"),
    (r"(\{\{ replace `[^`]*` `[^`]*`) (`[^`]*`) (\d+) \}\}", r"\1 \3 \2 }}", "the arguments of {{replace}} stand in another order, which Packer refuses"),
    (r"\$\{build\.name\}", "${source.name}", "{{build_name}} is the source's name, build.name the build block's, which has none"),
    (r'((?:only|except)\s+= )\["amazon-ebs"\]', r'\1["amazon-ebs.amazon-ebs"]', "only and except keep the names of JSON, which no source has"),
    (r"mybuild-\{\{ clean_resource_name .*? \}\}", "mybuild", "{{clean_resource_name}} is refused outside of amazon-* builders, by Packer too"),
    (r'  other_prop .*\n', "", "the builder has no such option: Packer refuses both"),
]
SECRET = r"\{\{ (aws_secretsmanager [^}]*?) \}\}"


def complete(template, text):
    """Adds to both what is missing."""
    if not template.get("builders"):
        template["builders"] = [{"type": "null", "communicator": "none"}]
        template["provisioners"] = [{"type": "shell-local", "inline": [f"echo {{{{user `{name}`}}}}" for name in template["variables"]]}]
        named = [f'"echo ${{{"var" if f"variable {chr(34)}{name}{chr(34)}" in text else "local"}.{name}}}"' for name in template["variables"]]
        step = f'provisioner "shell-local" {{\n    inline = [{", ".join(named)}]\n  }}'
        text += f'\nsource "null" "null" {{\n  communicator = "none"\n}}\n\nbuild {{\n  sources = ["source.null.null"]\n\n  {step}\n}}\n'
        return template, text
    heads = list(re.finditer(r'^source "[^"]*" "[^"]*" \{\n', text, re.MULTILINE))
    for builder, head in reversed(list(zip(template["builders"], heads))):
        wanted = COMPLETE.get(builder["type"], {}) if builder.get("communicator") != "none" else {}
        added = {key: value for key, value in wanted.items() if not any(one in builder for one in [key, *INSTEAD.get(key, [])])}
        builder.update(added)
        lines = "".join(f"  {key} = {json.dumps(value)}\n" for key, value in added.items())
        text = text[: head.end()] + lines + text[head.end() :]
    for step in template.get("provisioners", []):
        if step["type"] == "ansible-local":
            step["playbook_file"] = "playbook.yml"
            text = text.replace('provisioner "ansible-local" {\n', 'provisioner "ansible-local" {\n    playbook_file = "playbook.yml"\n')
    return template, text


def mended(template, text):
    """The pair as Packer's upgrade should have made it, and why that is not what it is."""
    reasons = []
    for pattern, right, reason in MENDED:
        text, count = re.subn(pattern, right, text)
        reasons += [reason] if count else []
    for builder in template["builders"]:
        builder.pop("other_prop", None)
    steps = json.dumps(template.get("provisioners", []), ensure_ascii=False).replace("mybuild-{{isotime | clean_resource_name}}", "mybuild")
    for number, call in enumerate(re.findall(SECRET, steps)):
        template["variables"][f"secret_{number}"] = f"{{{{ {call} }}}}"
        steps = steps.replace(f"{{{{ {call} }}}}", f"{{{{user `secret_{number}`}}}}", 1)
        reasons += ["{{aws_secretsmanager}} is known in variables only; Packer refuses the template"] if number == 0 else []
    if template.get("provisioners"):
        template["provisioners"] = json.loads(steps)
    # Packer's upgrade calls a source without a name autogenerated_1; its name in JSON is its type.
    text = re.sub(r'^source "(.*?)" "autogenerated_\d+"', r'source "\1" "\1"', text, flags=re.MULTILINE)
    return template, re.sub(r"source\.([\w-]+)\.autogenerated_\d+", r"source.\1.\1", text), reasons


def compare(validate, pair, work):
    """What differs in a pair: in Packer's configuration, and in ours; and why Packer's had to be mended."""
    template, text = complete(json.loads((pair / "input.json").read_text()), (pair / "expected.pkr.hcl").read_text())
    template, text, reasons = mended(template, text)
    for name, content in [("input.json", json.dumps(template, ensure_ascii=False, indent=2)), ("expected.pkr.hcl", text), ("playbook.yml", ""), ("script.sh", "")]:
        (work / name).write_text(content)
    given = ["--allow-unknown"]
    # No tool here has this one; left out on both sides, the rest can be compared.
    given += ["-except=googlecompute-import"] if "googlecompute-import" in text else []
    for name in sorted(set(re.findall(r"user\s+[`\"\\]*(\w+)", json.dumps(template)))):
        if template.get("variables", {}).get(name) is None:
            given.append(f"-var={name}={ {'communicator_type': 'ssh', 'scriptpath': 'script.sh'}.get(name, 'us-east-1')}")
    said = validate.upgrade(work, "input.json", "ours.pkr.hcl")
    if said:
        return [], [said], reasons
    return difference(validate, work, "input.json", "expected.pkr.hcl", *given), difference(validate, work, "input.json", "ours.pkr.hcl", *given), reasons


def main():
    program = sys.argv[2] if len(sys.argv) > 2 else HERE.parent / "target/debug/validate"
    pairs = sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/expected.pkr.hcl"))
    wrong, why = 0, {}
    with tempfile.TemporaryDirectory() as beside:
        validate = Validate(program, beside)
        for pair in pairs:
            with tempfile.TemporaryDirectory() as work:
                packer, ours, reasons = compare(validate, pair, pathlib.Path(work))
            wrong += bool(packer or ours)
            verdict = "differs" if packer or ours else f"all refused: {'; '.join(packer.reasons)}" if isinstance(packer, Refused) else "the same plan"
            print(f"{pair.name}: {verdict}{f' (mended: {len(reasons)})' if reasons else ''}")
            for who, lines in [("Packer's", packer), ("ours", ours)]:
                print("".join(f"  {who}: {line}\n" for line in lines), end="")
            for reason in reasons:
                why.setdefault(reason, []).append(pair.name)
    print(f"\n{len(pairs)} pairs, {wrong} with another plan. Mended first, since Packer's upgrade is not what the template says:")
    for reason, names in why.items():
        print(f"- {reason} ({', '.join(names)})")
    sys.exit(1 if wrong or not pairs else 0)


main()
