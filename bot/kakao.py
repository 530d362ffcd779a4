"""The conversation on KakaoTalk: a skill request becomes a message of the dialogue, replies become its answer.

The protocol is Kakao's skill 2.0, as in the guides «응답 타입별 JSON 포맷» (SkillPayload, SkillResponse) and «AI 챗봇
콜백 개발 가이드» at kakaobusiness.gitbook.io. Nothing here opens a connection or keeps anything. Kakao counts
lengths in «자»; here they are code points.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import links, texts
from bot.dialogue import Reply
from recommender.catalogue import Song

OUTPUTS, QUICK_REPLIES, ITEMS = 3, 10, 5
LONGEST_ANSWER = 30_720  # bytes
LONGEST_TEXT, LONGEST_TITLE, LONGEST_LABEL = 1000, 50, 14
# The guide names no limit for these; a phone shows a line or two of a description.
LONGEST_DESCRIPTION, LONGEST_CHOICE = 100, 200

FileAddress = Callable[[bytes, str], str]  # content and kind («png», «json»); "" where it cannot be fetched

# Nothing but the path may vary, so that no two readers can disagree on the host.
_CALLBACK = re.compile(r"https://bot-api\.kakao\.com(?::443)?/[\w!$&'()*+,./:;=@~%?-]*", re.ASCII)


class PayloadError(ValueError):
    """A request that is no skill payload; the message is one line and quotes nothing of it."""


class NoUserError(PayloadError):
    """A skill payload that does not say whose it is; `no_user` answers it, and nothing is kept."""


@dataclass(frozen=True)
class Request:
    """One skill request; what a person wrote, who it was and the callback's token stay out of its repr, so of logs.

    bot_id: without the «!» of a draft bot, "" where it is absent. callback_url: not to be called unless
    `callback_allowed`.
    """

    utterance: str = field(repr=False)
    user_id: str = field(repr=False)
    bot_id: str = ""
    callback_url: str | None = field(default=None, repr=False)

    @property
    def person_key(self) -> str:
        """The user of `Store.person("kakao", …)`, which hashes it; Kakao gives one person another id in every bot."""
        return f"{self.bot_id}:{self.user_id}"


def read(body: bytes | dict[str, Any]) -> Request:
    """The request of a skill payload (SkillPayload of the guide «응답 타입별 JSON 포맷»).

    Only `userRequest.utterance` and `userRequest.user.id` must be there; every other part may be absent, null or of
    another type. Raises NoUserError without the id, PayloadError for anything else that cannot be read.
    """
    payload = body if isinstance(body, dict) else _parsed(body)
    utterance, user = _at(payload, "userRequest", "utterance"), _at(payload, "userRequest", "user", "id")
    if not isinstance(utterance, str):
        raise PayloadError("the request has no text at userRequest.utterance")
    if not isinstance(user, str) or not user.strip():
        raise NoUserError("the request has no text at userRequest.user.id")
    return Request(
        # A lone surrogate, which JSON can spell, could not be written anywhere.
        utterance=utterance.encode("utf-8", "replace").decode().rstrip("\r\n"),
        user_id=user,
        bot_id=_text(_at(payload, "bot", "id")).removesuffix("!"),
        callback_url=_text(_at(payload, "userRequest", "callbackUrl")) or None,
    )


def callback_allowed(url: str) -> bool:
    """True for an address of Kakao's callback host. The request that names it is unsigned: follow no redirect."""
    return _CALLBACK.fullmatch(url) is not None


def nowhere(content: bytes, kind: str) -> str:
    """The address of a file where none can be fetched."""
    return ""


def answer(replies: Sequence[Reply], address: FileAddress = nowhere) -> dict[str, Any]:
    """The SkillResponse of one to three replies, inside every limit of the guide; what does not fit is left out.

    Songs stand on a listCard below their text, the call of a care answer on a textCard below its full text: a
    textCard holds 400 characters, and phone buttons are hidden on a PC. A care answer comes first and alone has no
    quick replies. `address` gives a picture or data an address; where it gives none, the text stands alone.
    """
    replies = sorted(replies, key=lambda reply: not reply.call)
    outputs = [output for reply in replies for output in _outputs(reply, address)][:OUTPUTS]
    if not outputs:
        return failed()
    while len(outputs) > 1 and _size(_response(outputs, _words(replies))) > LONGEST_ANSWER:
        outputs.pop()
    return _response(outputs, _words(replies))


def pending() -> dict[str, Any]:
    """The answer when our own deadline has passed; its quick reply asks for what has been found since."""
    return _response([_simple_text(texts.PENDING)], [texts.COLLECT])


def joined(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Two answers that came too late as one: the later whole, of the earlier what fits above it."""
    bubbles, words = later["template"]["outputs"], later["template"].get("quickReplies", [])
    above = earlier["template"]["outputs"]
    while True:
        outputs = _condensed(above + bubbles)
        both = {"version": "2.0", "template": {"outputs": outputs} | ({"quickReplies": words} if words else {})}
        if not above or (len(outputs) <= OUTPUTS and _size(both) <= LONGEST_ANSWER):
            return both
        above = above[1:]


def nothing_pending() -> dict[str, Any]:
    """The answer to «결과 보기» when nothing has been found so far."""
    return _response([_simple_text(texts.NOTHING_PENDING)], [texts.COLLECT, texts.HELP_WORD])


def failed() -> dict[str, Any]:
    """The answer to a failure of ours: for any status but 200 KakaoTalk shows the person nothing at all."""
    return _response([_simple_text(texts.FAILED)])


def no_user() -> dict[str, Any]:
    """The answer to a request that does not say whose it is."""
    return _response([_simple_text(texts.NO_USER)])


def use_callback(text: str) -> dict[str, Any]:
    """The first of two answers, shown at once («AI 챗봇 콜백 개발 가이드»); the other is posted to callbackUrl."""
    return {"version": "2.0", "useCallback": True, "data": {"text": _cut(text, LONGEST_TEXT)}}


# --- parts of a request --------------------------------------------------------------


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadError("the request is no JSON") from None  # its message quotes the body
    if not isinstance(payload, dict):
        raise PayloadError("the request is no JSON object")
    return payload


def _at(value: Any, *path: str) -> Any:
    """What stands at a path of nested objects, None where it breaks off."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# --- parts of an answer ----------------------------------------------------------------


def _response(outputs: Sequence[dict[str, Any]], words: Iterable[str] = ()) -> dict[str, Any]:
    template: dict[str, Any] = {"outputs": list(outputs)}
    quick_replies = [_message(word) for word in words]
    if quick_replies:
        template["quickReplies"] = quick_replies
    return {"version": "2.0", "template": template}


def _outputs(reply: Reply, address: FileAddress) -> list[dict[str, Any]]:
    """The bubbles of a reply: its text, then its card and its file."""
    text = reply.text
    cards = [_call_card(reply.call)] if reply.call else [_song_card(reply)] if reply.songs else []
    if reply.picture and (url := address(reply.picture, "png")):
        cards.append({"simpleImage": {"imageUrl": url, "altText": texts.PICTURE}})
    if reply.data:
        url = address(reply.data.encode(), "json")
        if url:
            cards.append(_data_card(url))
        else:
            text = f"{text}\n{texts.EXPORT_NO_FILE}"
    return [_simple_text(piece) for piece in _pieces(text, OUTPUTS - len(cards))] + cards


def _condensed(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs with neighbouring texts in one bubble, as far as there are too many and they fit."""
    at = 0
    while len(outputs) > OUTPUTS and at < len(outputs) - 1:
        texts_here = [one["simpleText"]["text"] for one in outputs[at : at + 2] if "simpleText" in one]
        whole = "\n\n".join(texts_here)
        if len(texts_here) == 2 and len(whole) <= LONGEST_TEXT:
            outputs = [*outputs[:at], _simple_text(whole), *outputs[at + 2 :]]
        else:
            at += 1
    return outputs


def _simple_text(text: str) -> dict[str, Any]:
    return {"simpleText": {"text": text}}


def _song_card(reply: Reply) -> dict[str, Any]:
    items = [
        {
            "title": _cut(f"{number}. {one.song.title}", LONGEST_TITLE),
            "description": _cut(f"{one.song.artist} · {one.reason}", LONGEST_DESCRIPTION),
            "link": {"web": _link(one.song, reply.melon)},
        }
        for number, one in enumerate(reply.songs[:ITEMS], 1)
    ]
    buttons = [{"label": texts.SHARE, "action": "share"}, _message(texts.MORE)]
    service = texts.MELON if reply.melon else texts.YOUTUBE
    header = {"title": texts.SONG_LIST.format(count=len(items), service=service)}
    return {"listCard": {"header": header, "items": items, "buttons": buttons}}


def _link(song: Song, melon: bool) -> str:
    """A search for as much of title and artist as is shown: encoded, a character may take twelve bytes."""
    shown = replace(song, title=song.title[:LONGEST_TITLE], artist=song.artist[:LONGEST_TITLE])
    return links.melon(shown) if melon else links.youtube_music(shown)


def _call_card(number: str) -> dict[str, Any]:
    button = {"label": texts.CALL_BUTTON, "action": "phone", "phoneNumber": number}
    return {"textCard": {"title": texts.CALL_TITLE, "description": texts.CALL_HOURS, "buttons": [button]}}


def _data_card(url: str) -> dict[str, Any]:
    button = {"label": texts.EXPORT_BUTTON, "action": "webLink", "webLinkUrl": url}
    return {"textCard": {"title": texts.EXPORT_CARD, "description": texts.EXPORT_CARD_NOTE, "buttons": [button]}}


def _words(replies: Sequence[Reply]) -> list[str]:
    """What may be tapped below an answer: the words of its replies, or commands where there are none."""
    if any(reply.call for reply in replies):
        return []
    words = [choice for reply in replies for choice in reply.words if 0 < len(choice.strip()) <= LONGEST_CHOICE]
    if any(reply.songs for reply in replies):
        words.append(texts.DIARY_WORD)
    return list(dict.fromkeys(words or [texts.SONG_WORD, texts.DIARY_WORD, texts.HELP_WORD]))[:QUICK_REPLIES]


def _message(word: str) -> dict[str, Any]:
    """A button or quick reply that says its word; the message is whole, as it comes back as the next utterance."""
    return {"label": _cut(word.strip(), LONGEST_LABEL), "action": "message", "messageText": word}


def _pieces(text: str, most: int) -> list[str]:
    """A text as at most so many bubbles, broken where a line ends; the last one is cut. None for a blank text."""
    pieces: list[str] = []
    text = text.strip()
    while len(text) > LONGEST_TEXT and len(pieces) < most - 1:
        end = text.rfind("\n", 0, LONGEST_TEXT + 1)
        end = end if end > 0 else LONGEST_TEXT
        pieces.append(text[:end])
        text = text[end:].strip()
    return [*pieces, _cut(text, LONGEST_TEXT)] if text else pieces


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _size(response: dict[str, Any]) -> int:
    return len(json.dumps(response, ensure_ascii=False).encode())
