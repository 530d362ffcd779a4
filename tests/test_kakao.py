"""KakaoTalk without a server: what is read of a skill request, what is answered, and a conversation over both."""

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from conftest import KeywordClassifier
from hypothesis import given, settings
from hypothesis import strategies as st
from kakao_caller import NAMES, KakaoCaller, NotShown, Seen, check, fixture, payload
from kakao_chatbot import Payload
from kakao_chatbot.response import KakaoResponse, QuickReply
from kakao_chatbot.response.components import Button, Link, ListCardComponent, ListItem
from kakao_chatbot.response.components import SimpleTextComponent as SimpleText
from kakao_chatbot.response.components import TextCardComponent as TextCard
from test_golden import START, bot_over

from bot import kakao, texts
from bot.dialogue import Intent, Reply, State, intent
from bot.kakao import NoUserError, PayloadError, callback_allowed, read
from recommender.catalogue import Song
from recommender.engine import Recommendation

USER = "1f" * 33


# --- what is read ------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_request_is_read_as_another_library_reads_it(name):
    sent = fixture(name)
    ours, theirs = read(json.dumps(sent).encode()), Payload.from_dict(sent)
    assert ours == read(sent)
    assert ours.utterance == theirs.user_request.utterance.rstrip("\n")
    assert ours.user_id == theirs.user_request.user.id
    assert ours.bot_id == theirs.bot.id.rstrip("!")
    assert ours.callback_url == theirs.user_request.callback_url


def test_what_the_recordings_show():
    assert len(NAMES) == 8
    assert read(fixture("bottest_trailing_newline_2021")).utterance == "!과제추가"
    assert read(fixture("bottest_trailing_newline_2021")).bot_id == "61a080c432f1604582d029a6"
    assert read(fixture("channel_slash_command_2024")).utterance == "/ask ㅋㅋㅋ"
    assert callback_allowed(read(fixture("channel_callback_2021")).callback_url)


def test_utterance_and_user_are_enough():
    request = read(b'{"userRequest": {"utterance": "\xec\x95\x88\xeb\x85\x95", "user": {"id": "u"}}}')
    assert request == kakao.Request("안녕", "u")
    assert request.person_key == ":u"


@pytest.mark.parametrize(
    "path",
    [
        ("intent",),
        ("contexts",),
        ("flow",),
        ("bot",),
        ("action",),
        ("action", "clientExtra"),
        ("action", "params"),
        ("action", "detailParams"),
        ("userRequest", "lang"),
        ("userRequest", "timezone"),
        ("userRequest", "block"),
        ("userRequest", "params"),
        ("userRequest", "callbackUrl"),
        ("userRequest", "user", "type"),
        ("userRequest", "user", "properties"),
    ],
)
@pytest.mark.parametrize("odd", [None, [], "null", "", 7, {}, ...], ids=str)
def test_every_other_part_may_be_absent_null_or_odd(path, odd):
    sent = fixture("channel_quickreply_flow_2025")
    *parents, last = path
    place = sent
    for name in parents:
        place = place[name]
    if odd is ...:
        place.pop(last, None)
    else:
        place[last] = odd
    request = read(sent)
    assert (request.utterance, request.user_id) == ("생각 다 끝났나요?", sent["userRequest"]["user"]["id"])


def test_unknown_parts_are_ignored():
    sent = payload("안녕") | {"new": {"of": 2027}}
    sent["userRequest"]["new"] = ["x"]
    assert read(sent) == read(payload("안녕"))


@pytest.mark.parametrize(
    ("utterance", "meant"),
    [
        ("안녕\n", "안녕"),
        ("안녕\r\n", "안녕"),
        ("첫 줄\n둘째 줄\n", "첫 줄\n둘째 줄"),
        (" 안녕 ", " 안녕 "),
        ("", ""),
        ("\n", ""),
        ("🥲\ud83e", "🥲?"),
        ("\udfff" * 3, "???"),
    ],
    ids=ascii,
)
def test_an_utterance_is_kept_but_for_its_last_line_break(utterance, meant):
    assert read(json.dumps(payload(utterance)).encode()).utterance == meant


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"\xff\xfe\x00",
        b"\xec\x95",
        b"[" * 60_000,
        b"{}",
        b'{"userRequest": null}',
        b'{"userRequest": "x"}',
        b'{"userRequest": {"user": {"id": "u"}}}',
        b'{"userRequest": {"utterance": null, "user": {"id": "u"}}}',
        b'{"userRequest": {"utterance": ["x"], "user": {"id": "u"}}}',
        b'{"userRequest": {"utterance": 7, "user": {"id": "u"}}}',
    ],
    ids=lambda body: str(body)[:60],
)
def test_what_is_no_payload_is_refused_in_one_line(body):
    with pytest.raises(PayloadError) as refused:
        read(body)
    assert not isinstance(refused.value, NoUserError)
    assert str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("user", [None, {}, "x", [], {"id": None}, {"id": ""}, {"id": " "}, {"id": 7}, {"id": ["u"]}])
def test_a_payload_that_does_not_say_whose_it_is_is_told_apart(user):
    sent = payload("비밀 이야기")
    sent["userRequest"]["user"] = user
    with pytest.raises(NoUserError, match=r"userRequest\.user\.id") as refused:
        read(sent)
    assert "비밀" not in str(refused.value)


def test_a_refusal_quotes_nothing_of_the_body():
    with pytest.raises(PayloadError) as refused:
        read('{"비밀": '.encode())
    assert "비밀" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_request_in_a_log_names_nobody():
    sent = payload("비밀 이야기", user=USER, extra={"x": "비밀"}, callback_url="https://bot-api.kakao.com/비밀")
    shown = repr(read(sent))
    assert "비밀" not in shown
    assert USER not in shown
    assert "659e3b4a7407e2205bf34eae" in shown


def test_one_person_is_kept_apart_in_every_bot(tmp_path, catalogue):
    store = bot_over(catalogue, KeywordClassifier(), tmp_path / "store.db").store
    sent = payload("안녕", user=USER)
    other = sent | {"bot": {"id": "other"}}
    draft = sent | {"bot": {"id": sent["bot"]["id"] + "!"}}
    people = [store.person("kakao", read(one).person_key) for one in (sent, other, draft)]
    assert people[0] == people[2] != people[1]
    assert people[0] == store.person("kakao", f"659e3b4a7407e2205bf34eae:{USER}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("userRequest", "user", "id", "utterance", "bot", "action", "clientExtra", "params", "flow", "trigger")
            )
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values | st.fixed_dictionaries({"userRequest": json_values, "bot": json_values, "action": json_values}))
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused(value):
    try:
        request = read(json.dumps(value).encode())
    except PayloadError:
        return
    assert request.user_id
    assert not request.utterance.endswith("\n")


@given(st.binary(max_size=40))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(body):
    with pytest.raises(PayloadError):
        read(body)


@pytest.mark.parametrize(
    "utterance",
    [
        f"{before}{slash}{command}{blank}밤편지{after}"
        for before, slash, command, blank, after in itertools.product(
            ("", " "), ("/", "／"), ("song", "노래", "곡"), (" ", "", "  "), ("", "\n")
        )
    ]
    + ["/SONG 밤편지", "/ 노래 밤편지", "／ｓｏｎｇ 밤편지", "/song\n밤편지"],
    ids=ascii,
)
def test_a_slash_command_is_an_ordinary_utterance_and_read_tolerantly(utterance):
    assert intent(State(), read(payload(utterance)).utterance) == (Intent.SONG, "밤편지")


# --- where the second answer may go ---------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://bot-api.kakao.com/v1/bots/5ae9b76d7409b11ec845b746!/callback/-fakeToken",
        "https://bot-api.kakao.com/v1/bots/5ae9b76d7409b11ec845b746/callback/cbtoken:0a1b2c",
        "https://bot-api.kakao.com:443/v1/bots/b/callback/t",
        "https://bot-api.kakao.com/v1/bots/b/callback/t%2B?x=1&y=2",
        "https://bot-api.kakao.com/@elsewhere",  # a path
    ],
)
def test_kakaos_callback_host_is_allowed(url):
    assert callback_allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://bot-api.kakao.com/v1/bots/b/callback/t",
        "https://bot-api.kakao.com.evil.test/v1",
        "https://evil.test/bot-api.kakao.com/",
        "https://evil.test/?https://bot-api.kakao.com/",
        "https://127.0.0.1/v1",
        "https://[::1]/v1",
        "https://2130706433/",
        "https://user:pass@bot-api.kakao.com/v1",
        "https://bot-api.kakao.com@evil.test/v1",
        "https://bot-api.kakao.com:pass@evil.test/v1",
        "https://bot-api.kakao.com:443@evil.test/v1",
        "https://evil.test#@bot-api.kakao.com/v1",
        "https://evil.test\\@bot-api.kakao.com/v1",
        "https://bot-api.kakao.com\\@evil.test/v1",
        "https://bot-api.kakao.com\\.evil.test/v1",
        "https://bot-api.kakao.com:444/v1",
        "https://bot-api.kakao.com:80/v1",
        "https://bot-api.kakao.com:4430/v1",
        "https://bot-api.kakao.com:/v1",
        "https://bot-api.kakao.com:443",
        "https://bot-api.kakao.com",
        "https://bot-api.kakao.com./v1",
        "https://bot-api.kakao.com?x=/v1",
        "https://bot-api.kakao.com#/v1",
        "https://bot-api.kakao.com/v1#x",
        "https://bot-api.kakao.com/v1\n",
        "https://bot-api.kakao.com/v1\r\nHost: evil.test",
        "https://bot-api.kakao.com/v1 x",
        " https://bot-api.kakao.com/v1",
        "https://bot-api.kakao.com\t/v1",
        "https://bot-api.kakao.com\n.evil.test/v1",
        "https://bot-api%2ekakao.com/v1",
        "https://bot-api.kakao.com%2eevil.test/v1",
        "https://botXapi.kakao.com/v1",
        "https://bot-apiXkakao.com/v1",
        "https://xbot-api.kakao.com/v1",
        "https://x.bot-api.kakao.com/v1",
        "https://kakao.com/v1",
        "https://bot-api.kaĸao.com/v1",
        "https://bot-api。kakao.com/v1",
        "https://bot-api.kakao.com/콜백",
        "https:bot-api.kakao.com/v1",
        "https:/bot-api.kakao.com/v1",
        "https:///bot-api.kakao.com/v1",
        "//bot-api.kakao.com/v1",
        "bot-api.kakao.com/v1",
        "file:///etc/passwd",
        "file://bot-api.kakao.com/etc/passwd",
        "gopher://bot-api.kakao.com/v1",
        "javascript:https://bot-api.kakao.com/v1",
    ],
    ids=ascii,
)
def test_no_other_address_is_called_back(url):
    assert not callback_allowed(url)


# --- what is answered ------------------------------------------------------------------------------


def song(title: str, artist: str, reason: str = "같은 발라드 장르") -> Recommendation:
    return Recommendation(Song(0, "0" * 12, title, artist, "발라드", 2020, 0, 10, ""), 0.5, 0.5, reason)


FIVE = tuple(song(f"노래 {number}", f"가수 {number}") for number in range(1, 6))


def simple(text: str, *words: str) -> dict[str, Any]:
    quick_replies = [{"label": word, "action": "message", "messageText": word} for word in words]
    return {
        "version": "2.0",
        "template": {"outputs": [{"simpleText": {"text": text}}]} | ({"quickReplies": quick_replies} if words else {}),
    }


def test_a_text_is_one_bubble_with_the_commands_to_tap():
    assert kakao.answer([Reply("안녕하세요")]) == simple("안녕하세요", "노래 추천", "기분 기록", "도움말")


def test_choices_are_tapped_instead_of_commands():
    assert kakao.answer([Reply("지울까요?", choices=("예", "아니요"))]) == simple("지울까요?", "예", "아니요")


def test_the_words_to_tap_are_understood():
    for word, wanted in (("노래 추천", Intent.SONG), ("기분 기록", Intent.DIARY), ("도움말", Intent.HELP)):
        assert intent(State(), word)[0] is wanted


def test_five_songs_stand_on_a_list_with_links_and_buttons():
    answer = kakao.answer([Reply("이 다섯 곡 어때요?", songs=FIVE, choices=("다른 곡",))])
    text, card = answer["template"]["outputs"]
    assert text == {"simpleText": {"text": "이 다섯 곡 어때요?"}}
    assert card["listCard"]["header"] == {"title": "오늘의 노래 5곡 · 누르면 유튜브 뮤직 검색"}
    assert card["listCard"]["items"][1] == {
        "title": "2. 노래 2",
        "description": "가수 2 · 같은 발라드 장르",
        "link": {"web": "https://music.youtube.com/search?q=%EB%85%B8%EB%9E%98%202%20%EA%B0%80%EC%88%98%202"},
    }
    assert card["listCard"]["buttons"] == [
        {"label": "공유하기", "action": "share"},
        {"label": "다른 곡", "action": "message", "messageText": "다른 곡"},
    ]
    assert Seen(answer).labels == ["좋아요", "별로예요", "다른 곡", "기분 기록"]
    check(answer)


@pytest.mark.parametrize(
    "title", ["(G)I-DLE", "AC/DC", "R&B", "#1", "Love wins all", "비 오는 날", "🥲", "‘따옴표’\"'"]
)
def test_a_link_holds_any_title(title):
    (item,) = Seen(kakao.answer([Reply("?", songs=(song(title, title),))])).items
    check(kakao.answer([Reply("?", songs=(song(title, title),))]))
    assert re.fullmatch(r"https://music\.youtube\.com/search\?q=[\w.~%-]+", item["link"]["web"], re.ASCII)


@pytest.mark.parametrize("letter", ["가", "a", "🥲", "👨‍👩‍👧"])
@pytest.mark.parametrize("more", [0, 1, 5000])
def test_lengths_are_held_to_the_character(letter, more):
    text, title, label = (letter * 6000)[: 1000 + more], (letter * 6000)[: 47 + more], (letter * 6000)[: 14 + more]
    seen = Seen(kakao.answer([Reply(text, songs=(song(title, "가수"),), choices=(label, "2번"))]))
    check(seen.answer)
    assert (more == 0) == (seen.text == text)
    assert (more == 0) == (seen.items[0]["title"] == f"1. {title}")
    assert len(seen.items[0]["title"]) == 50
    assert seen.items[0]["title"].endswith("…") == (more > 0)
    shown = seen.quick_replies[2]  # behind what may be said of songs
    if more == 5000:
        assert shown["messageText"] == "2번"  # such a choice cannot be said at all
    else:
        assert shown["messageText"] == label
        assert shown["label"] == (f"{label[:13]}…" if more else label)


def test_a_long_text_breaks_where_a_line_ends():
    lines = "\n".join(f"{number:03} " + "가" * 95 for number in range(25))
    pieces = [output["simpleText"]["text"] for output in kakao.answer([Reply(lines)])["template"]["outputs"]]
    assert len(pieces) == 3
    assert "\n".join(pieces) == lines
    assert all(re.match(r"\d{3} ", piece) for piece in pieces)


def test_a_text_too_long_for_three_bubbles_is_cut_once():
    outputs = kakao.answer([Reply("나" * 9000)])["template"]["outputs"]
    assert [output["simpleText"]["text"] for output in outputs] == ["나" * 1000, "나" * 1000, "나" * 999 + "…"]


def test_several_replies_are_several_bubbles_and_never_more_than_three():
    assert Seen(kakao.answer([Reply("하나"), Reply("둘")])).text == "하나\n둘"
    answer = kakao.answer([Reply(str(number), choices=(f"{number}번",)) for number in range(5)])
    assert Seen(answer).text == "0\n1\n2"
    check(answer)


def test_more_choices_than_ten_and_repeated_ones():
    words = ("1번", "1번", " ", "", *(f"{number}번" for number in range(30)))
    labels = Seen(kakao.answer([Reply("?", choices=words)])).labels
    assert labels == ["1번", "0번", *(f"{number}번" for number in range(2, 10))]


@pytest.mark.parametrize("replies", [[], [Reply("")], [Reply(" \n")]])
def test_nothing_to_say_is_a_failure_of_ours(replies):
    assert kakao.answer(replies) == kakao.failed()


def test_an_answer_that_is_too_large_loses_its_last_bubbles():
    endless = tuple(song("🥲" * 500, "🥲" * 500, "🥲" * 500) for _ in range(5))
    choices = tuple("🥲" * 199 + str(number) for number in range(10))
    answer = kakao.answer([Reply("", songs=endless, choices=choices)] * 4)
    check(answer)
    assert len(Seen(answer).items) == 10
    said = [one["messageText"] for one in Seen(answer).quick_replies]
    assert said == [texts.LIKE_WORD, texts.DISLIKE_WORD, *choices[:8]]


CARE = (texts.CARE_EXPLICIT, texts.CARE_IMPLIED, texts.CARE_FOR_ANOTHER, texts.CARE_AFTER)


@pytest.mark.parametrize("text", CARE, ids=("explicit", "implied", "another", "after"))
def test_a_care_answer_has_every_number_in_its_text_and_a_button_that_calls(text):
    answer = kakao.answer([Reply(text, call=texts.CALL_NUMBER)])
    check(answer)
    said, card = answer["template"]["outputs"]
    assert said == {"simpleText": {"text": text}}
    assert all(number in said["simpleText"]["text"] for number in ("109", "1577-0199", "1388"))
    assert card["textCard"]["buttons"] == [{"label": "109에 전화하기", "action": "phone", "phoneNumber": "109"}]
    assert "109" in card["textCard"]["title"]
    assert "quickReplies" not in answer["template"]
    assert not re.search(r"1393|1577-?0119", json.dumps(answer))


def test_a_care_answer_is_never_what_is_left_out():
    others = [Reply("가" * 5000, songs=FIVE, choices=("다른 곡",))] * 3
    answer = kakao.answer([*others, Reply(texts.CARE_EXPLICIT, call="109")])
    check(answer)
    assert Seen(answer).text.startswith(texts.CARE_EXPLICIT)
    assert Seen(answer).buttons[0]["phoneNumber"] == "109"
    assert Seen(answer).labels == []


EXPORT = Reply("간추렸어요.", data='{"moods": []}')


def test_data_stand_below_their_summary_where_they_can_be_fetched():
    answer = kakao.answer([EXPORT], lambda content, kind: f"https://x.test/{len(content)}.{kind}")
    check(answer)
    assert answer["template"]["outputs"][1]["textCard"]["buttons"] == [
        {"label": "파일로 받기", "action": "webLink", "webLinkUrl": "https://x.test/13.json"}
    ]
    assert Seen(answer).text.startswith("간추렸어요.")
    assert reread(answer) == answer


def test_data_that_cannot_be_fetched_are_said_to_be_missing():
    answer = kakao.answer([EXPORT])
    check(answer)
    assert Seen(answer).text == f"간추렸어요.\n{texts.EXPORT_NO_FILE}"


def test_two_late_answers_are_one_whole_where_they_fit():
    songs = kakao.answer([Reply("둘", (song("제목", "가수"),)), Reply("셋", choices=("예",))])
    both = kakao.joined(kakao.answer([Reply("하나", choices=("가",))]), songs)
    check(both)
    outputs = both["template"]["outputs"]
    assert [list(output) for output in outputs] == [["simpleText"], ["listCard"], ["simpleText"]]
    assert outputs[0]["simpleText"]["text"] == "하나\n\n둘"
    assert both["template"]["quickReplies"] == songs["template"]["quickReplies"]


def test_of_two_late_answers_the_later_is_whole():
    songs = kakao.answer([Reply("둘", (song("제목", "가수"),)), Reply("셋")])
    assert kakao.joined(kakao.answer([Reply("가" * 999)]), songs) == songs
    assert kakao.joined(songs, songs)["template"]["outputs"][1:] == songs["template"]["outputs"][1:]
    three = kakao.answer([Reply("가" * 600), Reply("나" * 600), Reply("다" * 600)])
    assert kakao.joined(three, kakao.answer([Reply("끝")]))["template"]["outputs"] == [
        *three["template"]["outputs"][:2],
        {"simpleText": {"text": "다" * 600 + "\n\n끝"}},
    ]


def test_melon_is_linked_for_who_wants_it():
    card = kakao.answer([Reply("글", (song("제목", "가수"),), melon=True)])["template"]["outputs"][1]["listCard"]
    assert card["header"]["title"].endswith("멜론")
    assert card["items"][0]["link"]["web"].startswith("https://www.melon.com/")


def test_answers_without_a_reply():
    assert kakao.pending() == simple(texts.PENDING, "결과 보기")
    assert kakao.failed() == simple(texts.FAILED)
    assert kakao.no_user() == simple("사용자 정보를 확인할 수 없어요.")
    callback = kakao.use_callback("15초쯤 걸려요")
    assert callback == {"version": "2.0", "useCallback": True, "data": {"text": "15초쯤 걸려요"}}
    for answer in (kakao.pending(), kakao.failed(), kakao.no_user(), callback, kakao.use_callback("가" * 2000)):
        check(answer)


def test_every_own_sentence_is_shown_whole():
    for name, text in vars(texts).items():
        if name.isupper() and isinstance(text, str):
            answer = kakao.answer([Reply(text)])
            check(answer)
            assert Seen(answer).text == text, name


words = st.one_of(
    st.text(max_size=30),
    st.text(st.sampled_from('가힣ㅋㅠ a\n\t"\\🥲👨\u200d👩\u0301\x00\x1f\u2028'), max_size=30),
    st.sampled_from(("다른 곡", "예", "여기 없어요", texts.HELP, texts.CARE_EXPLICIT)),
)
long_texts = st.builds(lambda piece, times: piece * times, words, st.sampled_from((0, 1, 2, 40, 400)))
any_songs = st.builds(song, long_texts, long_texts, long_texts)
any_replies = st.builds(
    Reply,
    long_texts,
    st.lists(any_songs, max_size=7).map(tuple),
    st.lists(long_texts, max_size=15).map(tuple),
    st.sampled_from(("", "", "109")),
)


@given(st.lists(any_replies, max_size=4))
@settings(max_examples=400, deadline=None)
def test_any_reply_is_an_answer_that_kakao_shows(replies):
    answer = kakao.answer(replies)
    check(answer)
    assert reread(answer) == answer
    choices = {choice for reply in replies for choice in reply.choices}
    ours = {"노래 추천", "기분 기록", "도움말", "좋아요", "별로예요"}
    assert {one["messageText"] for one in Seen(answer).quick_replies} <= choices | ours
    assert answer == kakao.answer(replies)


# --- another library reads it --------------------------------------------------------------------------


def reread(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer taken apart into the objects of kakao-chatbot and written anew by them."""
    made: dict[str, Callable[..., Any]] = {
        "simpleText": SimpleText,
        "textCard": lambda buttons, **rest: TextCard(buttons=[Button(**_snaked(one)) for one in buttons], **rest),
        "listCard": lambda header, items, buttons: ListCardComponent(
            header["title"],
            [ListItem(**one | {"link": Link(**one["link"])}) for one in items],
            [Button(**_snaked(one)) for one in buttons],
        ),
    }
    outputs = [
        made[name](**component) for output in answer["template"]["outputs"] for name, component in output.items()
    ]
    quick_replies = [QuickReply(**_snaked(one)) for one in answer["template"].get("quickReplies", [])]
    return KakaoResponse(outputs, quick_replies).get_dict()


def _snaked(fields: dict[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key): value for key, value in fields.items()}


@pytest.mark.parametrize(
    "reply",
    [
        Reply("안녕하세요"),
        Reply("이 다섯 곡 어때요?", songs=FIVE, choices=("다른 곡",)),
        Reply(texts.CARE_EXPLICIT, call="109"),
    ],
    ids=("text", "songs", "care"),
)
def test_another_library_reads_our_answers(reply):
    answer = kakao.answer([reply])
    assert reread(answer) == answer
    assert reread(kakao.pending()) == kakao.pending()


# --- whole conversations ------------------------------------------------------------------------------------


@pytest.fixture
def skill(catalogue, tmp_path) -> Callable[[dict], dict]:
    """The bot as a skill server would ask it, one message a minute; `skill.later` makes the next one come later."""
    bot = bot_over(catalogue, KeywordClassifier(), tmp_path / "store.db")
    clock = itertools.count(START + 60, 60)

    def answer(sent: dict) -> dict:
        request = read(json.dumps(sent).encode())
        person = bot.store.person("kakao", request.person_key)
        replies = bot.answer(person, request.utterance, next(clock) + answer.later)
        return json.loads(json.dumps(kakao.answer(replies), ensure_ascii=False))

    answer.later = 0
    yield answer
    bot.store.close()


def test_first_minute_with_every_tap(skill):
    caller = KakaoCaller(skill, "channel_quickreply_flow_2025", user=USER)
    assert caller.says("안녕").text == texts.START
    asked = caller.says("오늘 발표 망쳐서 속상해 ㅠㅠ")
    assert asked.text.endswith(texts.ASK_SONG)
    assert asked.labels == ["아무거나", "위로받고 싶어", "신나게 잊고 싶어", "기분이 틀렸어"]

    first = caller.says("/song 첫눈 오는 골목")
    others = caller.presses("다른 곡")
    titles = [item["title"][3:] + item["description"].split(" · ")[0] for item in first.items + others.items]
    assert len(set(titles)) == len(titles) == 10
    title = others.items[1]["title"].removeprefix("2. ")
    named = texts.with_particle(f"「{title}」", "은/는")
    assert caller.says("2번 별로").text == texts.DISLIKED.format(number=2, song=named)
    assert len(caller.taps("다른 곡").items) == 5
    assert caller.taps("좋아요").text == texts.LIKED_ALL.format(count=5)
    assert len(caller.presses("다른 곡").items) == 5  # the button of an older list still stands
    assert caller.taps("별로예요").text == texts.DISLIKED_ALL.format(count=5)

    which = caller.says("/노래소나기")
    assert which.labels == ["1번", "2번", "3번", "여기 없어요"]
    assert caller.taps("2번").text.startswith("「소나기」(서랍밴드) 같은 노래")
    assert caller.says("／song 첫눈 오는 골믁").text.startswith("「첫눈 오는 골믁」 대신 이 제목으로 찾았어요.")
    assert caller.says("/song ㄱㅁㄱㅍㅈ").labels == ["예", "아니요"]
    assert len(caller.taps("예").items) == 5

    assert caller.says("기록 켜기").text == texts.CONSENT_YES
    assert caller.says("기분 기록").text == "최근 30일의 기분이에요.\n11월 22일 – 슬프고 속상한 마음 (1번)"
    assert caller.taps("노래 추천").items
    assert caller.says("도움말").text == texts.HELP
    assert caller.says("데이터 삭제").labels == ["예", "아니요"]
    assert caller.taps("예").text == texts.FORGOTTEN
    assert caller.taps("기분 기록").text == texts.DIARY_EMPTY

    care = caller.says("죽고 싶어")
    assert care.text == texts.CARE_EXPLICIT
    assert care.items == []
    assert care.labels == []
    with pytest.raises(LookupError, match="not called"):
        caller.presses("109에 전화하기")
    after = caller.says("네")
    assert after.text == texts.CARE_AFTER
    assert [button["label"] for button in after.buttons] == ["109에 전화하기"]


def test_two_people_on_one_channel(skill):
    anna, boris = KakaoCaller(skill, user="a" * 66), KakaoCaller(skill, user="b" * 66)
    anna.says("오늘 눈물이 났어")
    assert boris.says("기분 기록").text == texts.DIARY_EMPTY
    assert "슬프고" in anna.says("기분 기록").text


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_caller_is_answered(name, skill):
    sent = fixture(name)
    check(skill(sent))
    assert KakaoCaller(skill, name).says("도움말").text == texts.HELP


# --- the fake itself -----------------------------------------------------------------------------------------


def changed(answer: dict, path: str, value: Any) -> dict:
    """A copy of an answer with another value at a path like «template.outputs.0»; `...` takes the place away."""
    answer = json.loads(json.dumps(answer))
    place: Any = answer
    *parents, last = (int(name) if name.isdigit() else name for name in path.split("."))
    for name in parents:
        place = place[name]
    if value is ...:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return answer


LIST = "template.outputs.1.listCard"
SONGS = kakao.answer([Reply("이 다섯 곡 어때요?", songs=FIVE, choices=("다른 곡",))])
CALL = kakao.answer([Reply(texts.CARE_EXPLICIT, call="109")])
BUTTON = {"label": "처음으로", "action": "message", "messageText": "처음으로"}
BASIC = {"basicCard": {"title": "제목", "thumbnail": {"imageUrl": "https://example.com/a.png"}}}


@pytest.mark.parametrize(
    ("answer", "path", "value"),
    [
        (SONGS, "version", "1.0"),
        (SONGS, "version", ...),
        (SONGS, "template", ...),
        (SONGS, "template", None),
        (SONGS, "extra", 1),
        (SONGS, "data", float("nan")),
        (SONGS, "data", {"x": "\ud800"}),
        (SONGS, "data", {"x": "가" * 10_240}),
        (SONGS, "useCallback", True),
        (SONGS, "template.outputs", []),
        (SONGS, "template.outputs", [{"simpleText": {"text": "가"}}] * 4),
        (SONGS, "template.outputs.0", {}),
        (SONGS, "template.outputs.0", {"simpleText": {"text": "가"}, "textCard": {"title": "가"}}),
        (SONGS, "template.outputs.0", {"unknownCard": {}}),
        (SONGS, "template.outputs.0.simpleText.text", ""),
        (SONGS, "template.outputs.0.simpleText.text", " \n"),
        (SONGS, "template.outputs.0.simpleText.text", None),
        (SONGS, "template.outputs.0.simpleText.text", "가" * 1001),
        (SONGS, "template.quickReplies", SONGS["template"]["quickReplies"] * 3),
        (SONGS, "template.quickReplies.0.label", "가" * 15),
        (SONGS, "template.quickReplies.0.label", ""),
        (SONGS, "template.quickReplies.0.messageText", ...),
        (SONGS, "template.quickReplies.0.action", "phone"),
        (SONGS, "template.quickReplies.0.action", "block"),
        (SONGS, "template.quickReplies.0.extra", "x"),
        (SONGS, f"{LIST}.header", ...),
        (SONGS, f"{LIST}.header.title", "가" * 51),
        (SONGS, f"{LIST}.header.description", "가"),
        (SONGS, f"{LIST}.items", []),
        (SONGS, f"{LIST}.items.5", {"title": "여섯째"}),
        (SONGS, f"{LIST}.items.0.title", ...),
        (SONGS, f"{LIST}.items.0.title", "가" * 51),
        (SONGS, f"{LIST}.items.0.imageUrl", None),
        (SONGS, f"{LIST}.items.0.link", {}),
        (SONGS, f"{LIST}.items.0.link.web", "music.youtube.com"),
        (SONGS, f"{LIST}.items.0.link.web", "https://music.youtube.com/search?q=밤편지"),
        (SONGS, f"{LIST}.items.0.link.web", "https://music.youtube.com/search?q=a b"),
        (SONGS, f"{LIST}.items.0.action", "message"),
        (SONGS, f"{LIST}.buttons.0.label", "가" * 9),
        (SONGS, f"{LIST}.buttons.2", BUTTON),
        (CALL, "template.outputs.1.textCard", {"buttons": []}),
        (CALL, "template.outputs.1.textCard.title", "가" * 51),
        (CALL, "template.outputs.1.textCard.description", "가" * 399),
        (CALL, "template.outputs.1.textCard.thumbnail", {"imageUrl": "https://example.com/a.png"}),
        (CALL, "template.outputs.1.textCard.buttons", [BUTTON] * 4),
        (CALL, "template.outputs.1.textCard.buttons.0.label", "가" * 15),
        (CALL, "template.outputs.1.textCard.buttons.0.phoneNumber", ...),
        (CALL, "template.outputs.1.textCard.buttons.0.phoneNumber", "일공구"),
        (CALL, "template.outputs.1.textCard.buttons.0.messageText", "109"),
        (CALL, "template.outputs.1", {"basicCard": {"title": "제목"}}),
        (CALL, "template.outputs.1", {"basicCard": BASIC["basicCard"] | {"description": "가" * 231}}),
        (CALL, "template.outputs.1", {"simpleImage": {"imageUrl": "https://example.com/a.png", "altText": "가" * 51}}),
    ],
)
def test_the_fake_shows_no_answer_that_breaks_a_rule(answer, path, value):
    check(answer)
    with pytest.raises(NotShown):
        check(changed(answer, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("template.outputs.0.simpleText.text", "가" * 1000),
        ("template.outputs.0", BASIC),
        ("template.outputs.0", {"textCard": {"description": "가" * 400, "buttons": [BUTTON]}}),
        ("template.outputs.0", {"textCard": {"title": "가", "buttons": [BUTTON] * 3}}),
        ("template.quickReplies", SONGS["template"]["quickReplies"] * 2 + SONGS["template"]["quickReplies"][:2]),
        ("template.quickReplies.0", {"label": "처음", "action": "block", "blockId": "b", "extra": {"x": 1}}),
        (f"{LIST}.items.0", {"title": "말하는 항목", "action": "message", "messageText": "1번"}),
        ("context", {"values": []}),
        ("data", {"rec": "r1"}),
    ],
)
def test_the_fake_shows_what_the_rules_allow(path, value):
    check(changed(SONGS, path, value))


def test_the_fake_sends_what_a_pressed_button_says():
    sent = []
    block = {"label": "블록", "action": "block", "blockId": "b7", "extra": {"from": "quick"}}
    shown = changed(SONGS, "template.quickReplies.0", block)
    shown = changed(shown, f"{LIST}.buttons.1.extra", {"rec": "r1"})
    shown = changed(shown, f"{LIST}.items.0", {"title": "첫째", "action": "message", "messageText": "1번"})
    caller = KakaoCaller(lambda request: sent.append(request) or shown)
    caller.says("안녕")
    caller.presses("다른 곡")
    caller.picks("첫째")
    caller.taps("블록")
    caller.taps("별로예요")
    requests = [read(one) for one in sent]
    assert [request.utterance for request in requests] == ["안녕", "다른 곡", "1번", "블록", "별로예요"]
    assert [one["action"].get("clientExtra") or {} for one in sent] == [{}, {"rec": "r1"}, {}, {"from": "quick"}, {}]
    assert [one["flow"]["trigger"]["type"] for one in sent] == [
        "TEXT_INPUT",
        "CARD_BUTTON_MESSAGE",
        "LIST_ITEM_MESSAGE",
        "QUICKREPLY_BUTTON_BLOCK",
        "QUICKREPLY_BUTTON_MESSAGE",
    ]
    assert sent[3]["userRequest"]["block"]["id"] == "b7"
    for press, label in ((caller.presses, "공유하기"), (caller.taps, "없는 말"), (caller.picks, "2. 노래 2")):
        with pytest.raises(LookupError):
            press(label)


def test_the_fake_waits_no_longer_than_kakao():
    with pytest.raises(NotShown, match="nothing after"):
        KakaoCaller(lambda request: kakao.failed(), seconds=-1).says("안녕")


def test_the_fake_gives_each_person_a_key_everywhere():
    sent = payload("안녕", user=USER)
    assert sent["userRequest"]["user"]["properties"]["botUserKey"] == USER
    assert (
        "botUserKey"
        not in payload("안녕", "skilltest_tool_accountid_2024", user="7")["userRequest"]["user"]["properties"]
    )
