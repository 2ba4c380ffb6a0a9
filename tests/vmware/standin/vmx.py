"""The .vmx file, read as VMware reads it: one `key = "value"` a line, keys without regard to case."""

import re
from pathlib import Path

LINE = re.compile(r'^\s*([A-Za-z0-9_.:]+)\s*=\s*(?:"((?:[^"|]|\|[0-9A-Fa-f]{2})*)"|(\S*))\s*$')


class Refused(Exception):
    """What the program says before it exits with an error."""


class Vmx:
    """A configuration: the keys in their order, found by their lower-case names."""

    def __init__(self, path):
        self.path = Path(path)
        self.keys = {}
        try:
            text = self.path.read_text()
        except OSError:
            raise Refused(f"Error: Cannot open VM: {path}, the virtual machine cannot be found")
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            found = LINE.match(line)
            if not found:
                raise Refused(f'Error: {path}: line {number} is not of the form key = "value": {line}')
            key, quoted, bare = found.groups()
            if key.lower() in self.keys:
                raise Refused(f"Error: {path}: line {number}: {key} is defined twice")
            self.keys[key.lower()] = (key, quoted if quoted is not None else bare)
        for key, wanted in (("config.version", r"8"), ("virtualhw.version", r"\d{1,2}"), ("guestos", r"[A-Za-z0-9-]+")):
            if not re.fullmatch(wanted, self.get(key)):
                raise Refused(f"Error: {path}: {key} is '{self.get(key)}'")

    def get(self, key, default=""):
        """The value of a key, or the default."""
        return self.keys.get(key.lower(), (key, default))[1]

    def is_true(self, key, default=False):
        """A boolean."""
        value = self.get(key).upper()
        if value not in ("TRUE", "FALSE", ""):
            raise Refused(f"Error: {self.path}: {key} is '{self.get(key)}'; it must be TRUE or FALSE")
        return value == "TRUE" if value else default

    def number(self, key, default):
        """A whole number."""
        value = self.get(key) or str(default)
        if not value.isdigit():
            raise Refused(f"Error: {self.path}: {key} is '{value}'; it must be a number")
        return int(value)

    def set(self, key, value):
        """Sets a key in its place, or appends it."""
        written = self.keys.get(key.lower(), (key, ""))[0]
        self.keys[key.lower()] = (written, value)

    def remove(self, key):
        """Takes a key out."""
        self.keys.pop(key.lower(), None)

    def file(self, key):
        """The path that a key names, relative to the configuration's folder."""
        return self.path.parent / self.get(key)

    def save(self, path=None):
        """Writes the file."""
        text = "".join(f'{key} = "{value}"\n' for key, value in self.keys.values())
        Path(path or self.path).write_text(text)
