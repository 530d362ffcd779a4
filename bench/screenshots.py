"""The preview page as it looks, written to docs/images/.

    .venv/bin/python -m bench.screenshots

Needs Chromium and a font with Hangul: apt-get install -y chromium fonts-noto-cjk
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))

from browser import DESKTOP, INSTALL, PHONE, browser, chromium, served  # noqa: E402

FOLDER = ROOT / "docs" / "images"
SCRIPT = ("시험에 떨어져서 하루 종일 울었어", "/song 밤편지")
VIEWS = {"phone": (PHONE, "light"), "phone-dark": (PHONE, "dark"), "desktop": (DESKTOP, "light")}


def main() -> None:
    if not chromium():
        sys.exit(INSTALL)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "store.db") as address, browser() as chrome:
        for name, (size, scheme) in VIEWS.items():
            page = chrome.new_context(viewport=size, color_scheme=scheme, locale="ko-KR").new_page()
            page.goto(address)
            for words in SCRIPT:
                page.get_by_role("textbox").fill(words)
                page.keyboard.press("Enter")
                page.locator('#talk[aria-busy="false"]').wait_for()
            page.wait_for_timeout(500)  # until the bars have grown
            page.screenshot(path=FOLDER / f"preview-{name}.png")
            print(f"docs/images/preview-{name}.png")


if __name__ == "__main__":
    main()
