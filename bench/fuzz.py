"""Hostile input: what comes from people and platforms, and what must hold for any of it.

    .venv/bin/python -m bench.fuzz TARGET [-runs=1000000] [folder of a corpus ...]
    .venv/bin/python -m bench.fuzz all [-runs=150000]

Coverage-guided by atheris (libFuzzer); options with one dash are libFuzzer's. What it finds of interest is kept in
runs/fuzz/TARGET, the seeds stand in tests/fuzz. Each target is also a hypothesis test in tests/test_fuzz.py.
"""

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

if __name__ == "__main__":
    import atheris

    seen = atheris.instrument_imports(include=["bot", "model", "recommender"])  # whose coverage guides
else:
    seen = nullcontext()
with seen:
    from bot import care, kakao
    from bot.dialogue import Reply, Stage, State, intent
    from model.text import clean, has_letters
    from recommender.search import Hit, decide

ROOT = Path(__file__).parent.parent
# atheris' tracing of a search takes 60 kB a run and gives nothing back (the search itself takes none: 32,000 queries
# without atheris leave 89 MB as they were); what was found is on the disk, so a new process goes on.
ONE_PROCESS = 20_000
SEEDS, KEPT = ROOT / "tests" / "fuzz", ROOT / "runs" / "fuzz"


def text_cleaning(data: bytes) -> None:
    """Cleaning ends, is the same when done twice, and leaves no control characters for a terminal or a log."""
    once = clean(_text(data))
    assert clean(once) == once
    assert has_letters(once) in (True, False)
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in once)


def care_rules(data: bytes) -> None:
    """Any text has a level or none; spaces around it change nothing."""
    text = _text(data)
    found = care.level(text)
    assert found in (None, care.Level.A, care.Level.B)
    assert care.level(f"  {text}  ") is found
    assert found is not None or not care.about_another(text)


def song_search(data: bytes) -> None:
    """Any query gives songs of the catalogue, best first, and a decision."""
    hits = _search()(_text(data), 5)
    assert len(hits) <= 5
    assert all(isinstance(hit, Hit) and 0 <= hit.score <= 100 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    decide(hits)


def kakao_request(data: bytes) -> None:
    """Any body is a request or one PayloadError in one line that quotes nothing; a callback goes to Kakao alone."""
    try:
        request = kakao.read(data)
    except kakao.PayloadError as problem:
        if "\n" in str(problem):
            raise
        return
    assert request.user_id not in repr(request) or len(request.user_id) < 12
    request.utterance.encode()
    if request.callback_url and kakao.callback_allowed(request.callback_url):
        _goes_to_kakao(request.callback_url)
    json.dumps(kakao.answer([Reply(request.utterance)]))


def callback_address(data: bytes) -> None:
    """What is allowed as a callback has one host for every reader: nothing inside our network (SSRF)."""
    for url in (_text(data), "https://bot-api.kakao.com" + _text(data)):
        if kakao.callback_allowed(url):
            _goes_to_kakao(url)


def button_data(data: bytes) -> None:
    """Any callback data at any stage of a conversation is a wish that the dialogue knows."""
    text = _text(data)
    for stage in Stage:
        wanted, argument = intent(State(stage=stage, offered=("a",), listed=("a", "b")), text)
        assert isinstance(argument, str)
        assert wanted in type(wanted)


def telegram_html(data: bytes) -> None:
    """What people and catalogues bring is shown as text: no tag but ours, at most 4096 characters."""
    from bot.telegram import render

    text = _text(data)
    shown = render(Reply(text))
    assert len(shown) <= 4096 or len(text) > 600
    _Tags().feed(shown)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        text_cleaning,
        care_rules,
        song_search,
        kakao_request,
        callback_address,
        button_data,
        telegram_html,
    )
}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _goes_to_kakao(url: str) -> None:
    parts = urlsplit(url)
    assert (parts.scheme, parts.hostname, parts.port or 443) == ("https", "bot-api.kakao.com", 443)
    assert parts.username is None
    assert "\\" not in url
    assert url.isascii()


class _Tags(HTMLParser):
    """Refuses every tag: a reply of text alone has none."""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        raise AssertionError(f"<{tag}> in a text")

    handle_startendtag = handle_starttag


@functools.cache
def _search():
    from bot.app import build_search
    from recommender.catalogue import BUNDLED, Catalogue

    return build_search(Catalogue(BUNDLED))


def main() -> None:
    name, *options = sys.argv[1:] or ["all"]
    if name == "all":
        runs = int(dict(option.split("=") for option in options).get("-runs", ONE_PROCESS))
        for target in TARGETS:
            for begun in range(0, runs, ONE_PROCESS):
                now = min(ONE_PROCESS, runs - begun)
                subprocess.run([sys.executable, "-m", "bench.fuzz", target, f"-runs={now}"], cwd=ROOT, check=True)
        return
    kept = KEPT / name
    kept.mkdir(parents=True, exist_ok=True)
    target = atheris.instrument_func(TARGETS[name])
    atheris.Setup([f"bench.fuzz {name}", f"-artifact_prefix={kept}.", *options, str(kept), str(SEEDS / name)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
