"""Look for secrets in every file that git tracks, with detect-secrets; part of `make lint`.

    .venv/bin/python -m bench.secrets

Digests and ids look random and made-up passwords look real, so where they are meant only the detectors of real keys
count: tokens of Telegram, clouds and code hosts, private keys and the like.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

ROOT = Path(__file__).parent.parent
GUESSES = {"Hex High Entropy String", "Base64 High Entropy String", "Basic Auth Credentials", "Secret Keyword"}
MEANT = ("tests/", "data/", "model/weights/", "docs/")
BINARY = (".npy", ".npz", ".tflite", ".model", ".db", ".png")


def found() -> Iterator[str]:
    """«file:line: kind» of each finding."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    with default_settings():
        for name in filter(None, tracked.split("\0")):
            if not name.endswith(BINARY) and (ROOT / name).is_file():
                yield from findings(ROOT / name, name.startswith(MEANT))


def findings(path: Path, meant: bool = False) -> Iterator[str]:
    for secret in scan_file(str(path)):
        if not (meant and secret.type in GUESSES):
            yield f"{path}:{secret.line_number}: {secret.type}"


def main() -> None:
    lines = list(found())
    print("\n".join(lines) or "no secrets found")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
