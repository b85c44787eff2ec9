"""Write constraints.txt: the versions in .venv of everything that the extras book, dev and bench bring in.

Run it by ``make pin`` after updating packages in .venv, then ``make clean test book``. Only names and versions are
written, so the file fits any platform: a package that another platform does not need is simply not asked for.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("book", "dev", "bench", "sklearn")
LEFT_OUT = {"pip", "setuptools", "wheel"}  # each Python brings its own
HEADER = """\
# The versions that `make` installs: everything behind the extras book, dev, bench and sklearn. Written by `make pin`.
"""


def needed(requirements: list[str]) -> dict[str, str]:
    """Return the installed versions of these requirements and of all that they require here."""
    found: dict[str, str] = {}
    queue = [(Requirement(text), "") for text in requirements]
    seen: set[tuple[str, str]] = set()
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        distribution = metadata.distribution(name)
        found[re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()] = distribution.version
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                queue += [(Requirement(text), wanted) for text in distribution.requires or []]
    return found


def main() -> None:
    """Write the file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    extras = project["optional-dependencies"]
    requirements = [*project["dependencies"], *(text for extra in EXTRAS for text in extras[extra])]
    versions = needed(requirements)
    lines = [f"{name}=={version}" for name, version in sorted(versions.items()) if name not in LEFT_OUT]
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(lines) + "\n", "utf8")
    print(f"constraints.txt: {len(lines)} packages")


if __name__ == "__main__":
    main()
