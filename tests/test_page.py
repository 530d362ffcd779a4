"""The preview page in a real headless Chromium, as a person with eyes, a keyboard or a screen reader meets it."""

import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator
from urllib.error import HTTPError

import pytest
from browser import DESKTOP, INSTALL, PHONE, browser, chromium, served

from bot import texts

if not chromium():
    if os.environ.get("MAEUMGOK_NO_SKIP"):
        raise RuntimeError(INSTALL)
    pytest.skip(INSTALL, allow_module_level=True)


@pytest.fixture(scope="module")
def address(tmp_path_factory, catalogue_folder) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("page") / "store.db", "--catalogue", str(catalogue_folder)) as address:
        yield address


@pytest.fixture(scope="module")
def chrome() -> Iterator:
    with browser() as opened:
        yield opened


@pytest.fixture
def page_of(chrome, address) -> Iterator[Callable]:
    """Opens the page for a new person; in the end it has asked no other host and made no error."""
    contexts, asked, errors = [], [], []

    def own(said: str) -> bool:
        return not said.startswith("Failed to load resource")  # what a test has refused

    def opened(size: dict, **options):
        context = chrome.new_context(viewport=size, locale="ko-KR", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" and own(said.text) else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []
    assert asked
    assert all(url.startswith((f"{address}/", "data:")) for url in asked)


def say(page, words: str) -> None:
    page.get_by_role("textbox").fill(words)
    page.get_by_role("button", name="보내기").click()
    answered(page)


def answered(page) -> None:
    page.locator('#talk[aria-busy="false"]').wait_for()


@pytest.mark.parametrize("size", [PHONE, DESKTOP, {"width": 320, "height": 568}], ids=["phone", "desktop", "small"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_conversation_with_mood_bars_and_five_cards(page_of, size, scheme):
    page = page_of(size, color_scheme=scheme)
    assert page.locator("aside").is_hidden()
    say(page, "오늘 시험에 떨어져서 하루 종일 울었어")
    assert page.locator("#mood li").count() == 4
    widths = [fill.bounding_box()["width"] for fill in page.locator(".fill").all()]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > widths[-1]
    say(page, "/song 첫눈 오는 골목")
    cards = page.locator(".songs li")
    assert cards.count() == 5
    for card in cards.all():
        assert card.locator("h3").inner_text()
        hrefs = [link.get_attribute("href") for link in card.get_by_role("link").all()]
        assert hrefs[0].startswith("https://music.youtube.com/search?q=")
        assert hrefs[1].startswith("https://www.melon.com/")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    box = page.get_by_role("button", name="보내기").bounding_box()
    assert box["y"] + box["height"] <= size["height"]  # without scrolling the page
    assert box["height"] >= 44
    words = page.locator("#choices button").all_inner_texts()
    assert words[:3] == ["좋아요", "별로예요", "다른 곡"]
    assert words[-2:] == [texts.CONSENT_ON, texts.CONSENT_OFF]  # of the question below the songs
    assert len(words) == len(set(words))


def test_everything_works_by_keyboard(page_of):
    page = page_of(DESKTOP)
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("/song 소나기")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    answered(page)
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == texts.NOT_HERE
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "2번"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.locator(".songs li").nth(4).wait_for()
    assert page.evaluate("document.activeElement.id") == "text"


def test_a_screen_reader_is_told_everything(page_of):
    page = page_of(PHONE)
    talk = page.get_by_role("log", name="대화")
    assert talk.get_attribute("aria-live") == "polite"
    say(page, "/song 첫눈 오는 골목")
    told = page.locator("body").aria_snapshot()
    assert 'textbox "오늘 하루 이야기, 또는 /song 노래 제목"' in told
    assert 'button "보내기"' in told
    assert 'list "추천 노래"' in told
    assert len(re.findall(r"heading .* \[level=3\]", told)) == 5
    assert 'group "눌러서 답하기"' in told
    assert "나: /song 첫눈 오는 골목" in told
    assert page.locator("html").get_attribute("lang") == "ko"


def test_what_is_typed_is_never_taken_for_html(page_of):
    page = page_of(PHONE)
    markup = "/<img/src=x/onerror=document.title='broken'>"
    say(page, markup)
    assert page.title() == "마음곡"
    assert page.locator("#talk img").count() == 0
    assert markup in page.locator(".me").inner_text()


def test_care_is_answered_with_a_number_to_call_and_no_songs(page_of):
    page = page_of(PHONE)
    say(page, "죽고 싶어")
    assert page.get_by_role("link", name="109에 전화하기").get_attribute("href") == "tel:109"
    assert page.locator(".songs").count() == 0


def test_everything_kept_can_be_saved_as_a_file(page_of):
    page = page_of(PHONE)
    say(page, "오늘 시험에 떨어져서 하루 종일 울었어")
    say(page, "/mydata")
    with page.expect_download() as saved:
        page.get_by_role("link", name="전체를 파일로 받기").click()
    assert saved.value.suggested_filename == texts.EXPORT_FILE
    assert len(json.loads(saved.value.path().read_text())["session"]["state"]["moods"]) == 1


def test_a_lost_connection_is_told_and_the_words_are_kept(page_of, address):
    page = page_of(PHONE)
    page.route("**/say", lambda route: route.fulfill(status=503))
    page.get_by_role("textbox").fill("오늘은 좋았어")
    page.get_by_role("button", name="보내기").click()
    page.get_by_text("연결이 끊겼어요").wait_for()
    assert page.get_by_role("textbox").input_value() == "오늘은 좋았어"
    page.unroute("**/say")
    page.get_by_role("button", name="보내기").click()
    answered(page)
    assert page.locator(".bot").count() >= 2


def test_a_session_outlives_a_reload_and_belongs_to_one_browser(page_of):
    page = page_of(PHONE)
    say(page, "/song 소나기")
    page.reload()
    say(page, "2번")
    assert page.locator(".songs li").count() == 5
    other = page_of(PHONE)
    say(other, "2번")
    assert other.locator(".songs li").count() == 0
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


# --- without a browser ---------------------------------------------------------------------------


def asked(address: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, bytes]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address + path, body, given)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers), refused.read()


def test_the_page_is_guarded_by_headers(address):
    status, headers, body = asked(address, "/")
    assert status == 200
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert not re.search(rb"https?://|style=|onclick", body)


@pytest.mark.parametrize("path", ["/", "/page.js", "/page.css"])
def test_other_machines_and_other_names_are_refused(address, path):
    assert asked(address, path)[0] == 200
    assert asked(address, path, X_Forwarded_For="203.0.113.7")[0] == 403
    assert asked(address, path, Host="evil.test")[0] == 403
    assert asked(address, path, Host="127.0.0.1.evil.test")[0] == 403


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"text": "x"}', {"Content_Type": "text/plain"}, 415),
        (b'{"text": "x"}', {"Content_Type": "application/json", "Host": "evil.test"}, 403),
        (b"{", {"Content_Type": "application/json"}, 400),
        (b"[]", {"Content_Type": "application/json"}, 400),
        (b'{"text": 1}', {"Content_Type": "application/json"}, 400),
        (b'{"text": "%s"}' % (b"x" * 70_000), {"Content_Type": "application/json"}, 413),
        (b'{"text": "\\ud800"}', {"Content_Type": "application/json", "Cookie": "maeumgok=../../x"}, 200),
    ],
)
def test_odd_requests_of_the_page(address, body, headers, status):
    answered = asked(address, "/say", body, **headers)
    assert answered[0] == status
    if status == 200:
        assert json.loads(answered[2])["replies"]
        assert re.search(r"maeumgok=[0-9a-f]{32};", answered[1]["set-cookie"])


def test_anyone_may_open_the_page_where_the_operator_says_so(tmp_path, catalogue_folder):
    arguments = ("--preview", "anyone", "--catalogue", str(catalogue_folder))
    with served(tmp_path / "store.db", *arguments) as address:
        assert asked(address, "/", X_Forwarded_For="203.0.113.7")[0] == 200
        assert asked(address, "/", Host="bot.example.org")[0] == 200
