"""The Kakao side of a conversation: what Kakao would send, and whether it would show the answer.

    caller = KakaoCaller(skill)  # skill: payload → answer, in this process or by HTTP
    seen = caller.says("안녕")
    seen = caller.taps("다른 곡")

Requests grow from tests/kakao/*.json: bodies published in public code, with made-up users, and one merged from the
guide. `check` knows the limits by itself: they come from the guide «응답 타입별 JSON 포맷» unless marked, are counted
in code points, and nothing of bot/kakao.py is asked. Where the guide leaves a choice it takes the stricter reading.
"""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FIXTURES = Path(__file__).parent / "kakao"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))

SECONDS = 5.0  # «AI 챗봇 콜백 개발 가이드»
BYTES = 30_720  # of one bubble («응답 설정»); held for the whole answer here
BUTTON_NEEDS = {
    "webLink": "webLinkUrl",
    "message": "messageText",
    "block": "blockId",
    "phone": "phoneNumber",
    "share": None,
    "operator": None,
}


class NotShown(AssertionError):
    """An answer that Kakao would not show, or not whole."""


# --- what is sent ------------------------------------------------------------------------


def fixture(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def payload(
    utterance: str,
    name: str = "channel_text_2024",
    *,
    user: str | None = None,
    trigger: str | None = None,
    extra: dict | None = None,
    block: str | None = None,
    callback_url: str | None = None,
) -> dict[str, Any]:
    """The request of a fixture with another utterance, and perhaps another user, pressed button and callback."""
    sent = fixture(name)
    request = sent["userRequest"]
    request["utterance"] = utterance
    if user is not None:
        known = request["user"]["properties"]
        request["user"]["id"] = user
        request["user"]["properties"] = known | {key: user for key in known if key in ("botUserKey", "bot_user_key")}
    if block is not None:
        sent["intent"]["id"] = request["block"]["id"] = block
    if extra is not None:
        sent["action"]["clientExtra"] = extra
    if trigger is not None:
        sent["flow"] = {"trigger": {"type": trigger, "referrerBlock": request["block"]}, "lastBlock": request["block"]}
    if callback_url is not None:
        request["callbackUrl"] = callback_url
    return sent


@dataclass(frozen=True)
class Seen:
    """An answer as the person sees it."""

    answer: dict[str, Any]

    def _all(self, component: str) -> list[dict[str, Any]]:
        return [output[component] for output in self.answer["template"]["outputs"] if component in output]

    @property
    def text(self) -> str:
        """Everything in plain bubbles; a line break between two."""
        return "\n".join(bubble["text"] for bubble in self._all("simpleText"))

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for card in self._all("listCard") for item in card["items"]]

    @property
    def buttons(self) -> list[dict[str, Any]]:
        cards = self._all("textCard") + self._all("basicCard") + self._all("listCard")
        return [button for card in cards for button in card.get("buttons", [])]

    @property
    def quick_replies(self) -> list[dict[str, Any]]:
        return self.answer["template"].get("quickReplies", [])

    @property
    def labels(self) -> list[str]:
        """The words on the quick replies."""
        return [one["label"] for one in self.quick_replies]


class KakaoCaller:
    """One person on a channel whose every utterance goes to one skill; every answer is checked and timed."""

    def __init__(
        self,
        skill: Callable[[dict[str, Any]], dict[str, Any]],
        name: str = "channel_text_2024",
        user: str | None = None,
        seconds: float = SECONDS,
    ):
        self._skill, self._name, self._user, self._seconds = skill, name, user, seconds
        self.seen: list[Seen] = []

    def says(self, utterance: str) -> Seen:
        return self._send(utterance, "TEXT_INPUT")

    def taps(self, label: str) -> Seen:
        """Press a quick reply of the last answer: older ones are gone."""
        return self._press("QUICKREPLY_BUTTON", _labelled(self.seen[-1].quick_replies, "label", label))

    def presses(self, label: str) -> Seen:
        """Press a card's button, the newest with this label: the older ones stay in the chat."""
        return self._press("CARD_BUTTON", _labelled(self._stand("buttons"), "label", label))

    def picks(self, title: str) -> Seen:
        """Press an item of a list that says something, the newest with this title."""
        return self._press("LIST_ITEM", _labelled(self._stand("items"), "title", title))

    def _stand(self, kind: str) -> list[dict[str, Any]]:
        return [one for seen in reversed(self.seen) for one in getattr(seen, kind)]

    def _press(self, kind: str, pressed: dict[str, Any]) -> Seen:
        words, extra = pressed.get("messageText"), pressed.get("extra", {})
        if pressed.get("action") == "message":
            return self._send(words, f"{kind}_MESSAGE", extra)
        if pressed.get("action") == "block":
            return self._send(words or pressed["label"], f"{kind}_BLOCK", extra, pressed["blockId"])
        raise LookupError(f"the server is not called by {pressed}")

    def _send(self, utterance: str, trigger: str, extra: dict | None = None, block: str | None = None) -> Seen:
        sent = payload(utterance, self._name, user=self._user, trigger=trigger, extra=extra, block=block)
        begun = time.monotonic()
        answer = self._skill(sent)
        took = time.monotonic() - begun
        _must(took <= self._seconds, f"nothing after {took:.1f} s")
        check(answer)
        self.seen.append(Seen(copy.deepcopy(answer)))
        return self.seen[-1]


def _labelled(pressable: list[dict[str, Any]], key: str, label: str) -> dict[str, Any]:
    for one in pressable:
        if one.get(key) == label:
            return one
    raise LookupError(f"{label} is not there: {[one.get(key) for one in pressable]}")


# --- what is shown ----------------------------------------------------------------------------


def check(answer: dict[str, Any]) -> None:
    """Raise NotShown with the first rule that a SkillResponse breaks."""
    try:
        size = len(json.dumps(answer, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError) as problem:  # UnicodeEncodeError is a ValueError
        raise NotShown(f"no JSON: {problem}") from problem
    _must(size <= BYTES, f"{size} bytes")
    _fields("the answer", answer, {"version"}, {"template", "context", "data", "useCallback"})
    _must(answer["version"] == "2.0", "read as an answer of the old format")
    if answer.get("useCallback"):  # «AI 챗봇 콜백 개발 가이드»
        _must(answer["useCallback"] is True, "useCallback is no boolean")
        _must("template" not in answer, "a template beside useCallback is ignored")
        _text("data.text", answer.get("data", {}).get("text"), 1000)
        return
    _fields("template", answer.get("template"), {"outputs"}, {"quickReplies"})
    outputs = _listed("outputs", answer["template"]["outputs"], 1, 3)
    for output in outputs:
        _must(isinstance(output, dict) and len(output) == 1, "an output is one component")
        ((name, component),) = output.items()
        _must(name in COMPONENTS, f"{name} is no component that we use")
        COMPONENTS[name](component)
    for quick_reply in _listed("quickReplies", answer["template"].get("quickReplies", []), 0, 10):
        _pressable("a quick reply", quick_reply, {"message", "block"}, 14)  # 14: ours, as for buttons


def _simple_text(component: Any) -> None:
    _fields("simpleText", component, {"text"})
    _text("simpleText", component["text"], 1000)


def _simple_image(component: Any) -> None:
    _fields("simpleImage", component, {"imageUrl", "altText"})
    _url("simpleImage", component["imageUrl"])
    _text("altText", component["altText"], 50)


def _text_card(component: Any) -> None:
    _fields("textCard", component, set(), {"title", "description", "buttons", "buttonLayout"})
    title, description = component.get("title"), component.get("description")
    _must(title is not None or description is not None, "a textCard has a title or a description")
    _text("textCard.title", title, 50, optional=True)
    _text("textCard.description", description, 400, optional=True)
    _must(len(title or "") + len(description or "") <= 400, "more than 400 characters on a textCard")
    _buttons("textCard", component)


def _basic_card(component: Any) -> None:
    optional = {"title", "description", "buttons", "buttonLayout", "forwardable"}
    _fields("basicCard", component, {"thumbnail"}, optional)  # without: error 2461, not delivered (observed)
    _fields("thumbnail", component["thumbnail"], {"imageUrl"}, {"altText", "link", "fixedRatio"})
    _url("thumbnail", component["thumbnail"]["imageUrl"])
    _text("basicCard.title", component.get("title"), 50, optional=True)
    _text("basicCard.description", component.get("description"), 230, optional=True)
    _buttons("basicCard", component)


def _list_card(component: Any) -> None:
    _fields("listCard", component, {"header", "items"}, {"buttons", "buttonLayout"})
    _fields("header", component["header"], {"title"})  # a description or an image there does nothing
    _text("header.title", component["header"]["title"], 50)  # ours: as on other cards; the guide has no number
    for item in _listed("items", component["items"], 1, 5):
        known = {"description", "imageUrl", "link", "action", "messageText", "blockId", "extra"}
        _fields("an item", item, {"title"}, known)
        _text("item.title", item["title"], 50)  # ours, as above
        _text("item.description", item.get("description"), 230, optional=True)  # ours: as on a basicCard
        if "link" in item:
            _fields("link", item["link"], set(), {"web", "pc", "mobile"})
            _must(bool(item["link"]), "a link leads somewhere")
            for url in item["link"].values():
                _url("link", url)
        if "action" in item:
            spoken = {key: item[key] for key in ("action", "messageText", "blockId", "extra") if key in item}
            _pressable("an item", {"label": "-"} | spoken, {"message", "block"}, 14)
    _buttons("listCard", component, 2)  # kakao-chatbot 0.4.3 refuses a third


COMPONENTS: dict[str, Callable[[Any], None]] = {
    "simpleText": _simple_text,
    "simpleImage": _simple_image,
    "textCard": _text_card,
    "basicCard": _basic_card,
    "listCard": _list_card,
}


def _buttons(name: str, component: dict[str, Any], most: int = 3) -> None:
    buttons = component.get("buttons", [])
    vertical = component.get("buttonLayout", "horizontal") == "vertical"
    _listed(f"{name}.buttons", buttons, 0, most if vertical or len(buttons) != 2 else 2)
    for button in buttons:
        _pressable(f"a button of {name}", button, set(BUTTON_NEEDS), 8 if len(buttons) == 2 and not vertical else 14)


def _pressable(name: str, one: Any, actions: set[str], longest: int) -> None:
    """A button, a quick reply or what an item says: the field its action needs, and none of another action."""
    _must(isinstance(one, dict) and one.get("action") in actions, f"{name} does nothing that it can: {one}")
    needed = BUTTON_NEEDS[one["action"]]
    spoken = {"messageText"} if one["action"] == "block" else set()
    _fields(name, one, {"label", "action"} | ({needed} if needed else set()), {"extra"} | spoken)
    _text(f"{name}: label", one["label"], longest)
    if needed:
        _text(f"{name}: {needed}", one[needed], 1000)
    if needed == "webLinkUrl":
        _url(name, one[needed])
    if needed == "phoneNumber":
        _must(one[needed].replace("-", "").isdecimal(), f"{one[needed]} is no telephone number")
    _must(isinstance(one.get("extra", {}), dict), f"{name}: extra is no object")


def _listed(name: str, values: Any, least: int, most: int) -> list[Any]:
    _must(isinstance(values, list), f"{name} is no list")
    _must(least <= len(values) <= most, f"{len(values)} in {name}, where {least} to {most} are allowed")
    return values


def _fields(name: str, value: Any, required: set[str], optional: set[str] = frozenset()) -> None:
    """An object with all required fields, no unknown one and no null."""
    _must(isinstance(value, dict), f"{name} is no object")
    _must(required <= value.keys(), f"{name} lacks {required - value.keys()}")
    _must(value.keys() <= required | optional, f"{name} has {value.keys() - required - optional}")
    _must(all(one is not None for one in value.values()), f"{name} holds a null")


def _text(name: str, text: Any, longest: int, optional: bool = False) -> None:
    if optional and text is None:
        return
    _must(isinstance(text, str) and bool(text.strip()), f"{name} is empty")
    _must(len(text) <= longest, f"{len(text)} characters in {name}, where {longest} are allowed")


def _url(name: str, url: Any) -> None:
    _must(isinstance(url, str) and url.isascii() and url.isprintable() and " " not in url, f"{name}: {url!r}")
    _must(urlsplit(url).scheme in ("https", "http") and bool(urlsplit(url).hostname), f"{name}: {url!r} is no address")


def _must(held: bool, rule: str) -> None:
    if not held:
        raise NotShown(rule)
