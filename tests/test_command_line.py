"""`main.py` as people and scripts run it: JSON keys, exit codes, and one line for each mistake.

The bundled model is used as it is; what it reads is asserted nowhere, since it may be exchanged.
"""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from bot import texts
from model.files import BUNDLED
from model.labels import EMOTIONS

REPOSITORY = Path(__file__).parent.parent


class Run:
    """One process of main.py."""

    def __init__(self, folder: Path, *arguments: object, given: str | bytes = b"", environment: dict | None = None):
        """folder: holds the store. given: standard input. environment: variables added to a bare one."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "main.py", *map(str, arguments)],
            cwd=REPOSITORY,
            env=kept | {"MAEUMGOK_STORE": str(folder / "store.db"), "TELEGRAM_BOT_TOKEN": ""} | (environment or {}),
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            timeout=60,
        )
        self.code, self.output = done.returncode, done.stdout.decode()
        self.errors = done.stderr.decode()

    @property
    def objects(self) -> list:
        """Each line of the output as JSON, when all went well."""
        assert (self.code, self.errors) == (0, "")
        return [json.loads(line) for line in self.output.splitlines()]


# Runs commands one after the other as main.py would, so that the many refusals need not each start Python.
_WORKER = """
import io, json, logging, os, sys
import main
real = sys.stdin, sys.stdout
for line in real[0]:
    asked = json.loads(line)
    os.environ.update(asked["environment"])
    streams = [io.TextIOWrapper(io.BytesIO(text.encode())) for text in (asked["given"], "", "")]
    sys.stdin, sys.stdout, sys.stderr = streams
    logging.root.handlers.clear()
    code = main.main(asked["arguments"])
    for stream in streams[1:]:
        stream.flush()
    output, errors = (stream.buffer.getvalue().decode() for stream in streams[1:])
    print(json.dumps({"code": code, "output": output, "errors": errors}), file=real[1], flush=True)
"""


class Answered:
    """What one command of the worker gave."""

    def __init__(self, code: int, output: str, errors: str):
        self.code, self.output, self.errors = code, output, errors


@pytest.fixture(scope="module")
def worker():
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("MAEUMGOK", "TELEGRAM"))}
    command = [sys.executable, "-c", _WORKER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, encoding="utf-8", **pipes) as process:
        yield process
        assert process.communicate(timeout=60) == ("", "")


@pytest.fixture
def quick(worker, tmp_path):
    """Like `run`, in a process that is already there."""

    def ask(*arguments: object, given: str = "", environment: dict | None = None) -> Answered:
        variables = {"MAEUMGOK_STORE": str(tmp_path / "store.db"), "TELEGRAM_API_BASE": ""} | (environment or {})
        asked = {"arguments": [*map(str, arguments)], "given": given, "environment": variables}
        print(json.dumps(asked), file=worker.stdin, flush=True)
        return Answered(**json.loads(worker.stdout.readline()))

    return ask


@pytest.fixture
def run(tmp_path):
    return lambda *arguments, **options: Run(tmp_path, *arguments, **options)


@pytest.fixture
def with_songs(run, catalogue_folder):
    return lambda *arguments, **options: run(*arguments, "--catalogue", catalogue_folder, **options)


def refused(done: Run | Answered, *words: str, code: int = 2) -> None:
    """The run printed nothing but one line on stderr, which holds the words, and ended with the code."""
    lines = done.errors.splitlines()
    assert (done.code, len(lines), done.output) == (code, 1, ""), done.errors
    assert lines[0].startswith("main.py: ")
    assert "Traceback" not in lines[0]
    for word in words:
        assert word in lines[0]


def _is_mood(emotion: dict) -> bool:
    return list(emotion) == list(EMOTIONS) and abs(sum(emotion.values()) - 1) < 0.01


# --- answers ------------------------------------------------------------------------------------


def test_emotion_gives_one_object_a_line(run):
    said = ["오늘 발표를 망쳤어", "", "🙂🙂", "English only", "가" * 10_000]
    answers = run("emotion", given="\n".join(said) + "\n").objects
    assert [answer["text"] for answer in answers] == said
    for answer in answers:
        assert list(answer) == ["text", "emotion", "neutral", "top", "sure"]
        assert _is_mood(answer["emotion"])
        assert answer["top"] in EMOTIONS
        assert 0 <= answer["neutral"] <= 1
    for silent in answers[1:3]:
        assert set(silent["emotion"].values()) == {0.25}
        assert (silent["neutral"], silent["sure"]) == (1.0, False)


def test_emotion_reads_a_file_as_it_reads_standard_input(run, tmp_path):
    (tmp_path / "day.txt").write_bytes("\ufeff기쁜 날\r\n안\x00녕\n".encode())
    from_file = run("emotion", tmp_path / "day.txt").objects
    assert [answer["text"] for answer in from_file] == ["기쁜 날", "안\x00녕"]
    assert from_file == run("emotion", "-", given="기쁜 날\n안\x00녕").objects


def test_care_gives_a_level_or_none_a_line(run):
    answers = run("care", given="죽고 싶어\n사라지고 싶다\n배고파 죽겠다\n\n").objects
    assert [list(answer) for answer in answers] == [["text", "level"]] * 4
    assert [answer["level"] for answer in answers] == ["A", "B", None, None]


def test_search_gives_hits_best_first(with_songs):
    (hits,) = with_songs("search", "소나기", "--json").objects
    assert [list(hit) for hit in hits] == [["id", "title", "artist", "score", "kind"]] * 3
    assert {(hit["title"], hit["score"], hit["kind"]) for hit in hits} == {("소나기", 100.0, "exact")}
    assert {hit["artist"] for hit in hits} == {"서랍밴드", "민들레", "파랑새 합창단"}


def test_recommend_gives_seeds_emotion_and_songs(with_songs):
    asked = ("--song", "소나기", "--artist", "민들레", "--song", "막차", "--emotion", "0,0,3,1", "-n", "3")
    (answer,) = with_songs("recommend", *asked, "--json").objects
    assert list(answer) == ["seeds", "emotion", "songs"]
    fact = ["id", "title", "artist", "genre", "year"]
    assert [list(seed) for seed in answer["seeds"]] == [fact] * 2
    assert [(seed["title"], seed["artist"]) for seed in answer["seeds"]] == [("소나기", "민들레"), ("막차", "민들레")]
    assert answer["emotion"] == dict(zip(EMOTIONS, (0, 0, 0.75, 0.25), strict=True))
    assert [list(song) for song in answer["songs"]] == [[*fact, "similarity", "emotion_match", "reason"]] * 3
    assert {song["id"] for song in answer["songs"]}.isdisjoint(seed["id"] for seed in answer["seeds"])


def test_recommend_reads_a_mood_in_words(with_songs):
    (answer,) = with_songs("recommend", "--mood", "오늘은 정말 힘들었어", "--json").objects
    assert answer["seeds"] == []
    assert _is_mood(answer["emotion"])
    assert len(answer["songs"]) == 5


def test_similar_matches_names_exactly_and_answers_every_row(with_songs, tmp_path):
    pairs = "title,artist\n소나기,민들레\n소나기,아무도\n소나긔,민들레\n안\x00녕,하\x00나\n"
    (tmp_path / "pairs.csv").write_text(pairs, encoding="utf-8")
    answers = with_songs("similar", "--pairs", tmp_path / "pairs.csv", "-n", "4").objects
    assert [list(answer) for answer in answers] == [["title", "artist", "similar"]] * 4
    assert [len(answer["similar"]) for answer in answers] == [4, 0, 0, 0]
    similar = answers[0]["similar"]
    assert [list(song) for song in similar] == [["title", "artist", "score"]] * 4
    scores = [song["score"] for song in similar]
    assert scores == sorted(scores, reverse=True)
    assert ("소나기", "민들레") not in {(song["title"], song["artist"]) for song in similar}


def test_songs_gives_every_song(with_songs):
    songs = with_songs("songs", "--jsonl").objects
    with (Path(__file__).parent / "songs.csv").open(encoding="utf-8", newline="") as file:
        assert len(songs) == len(list(csv.DictReader(file)))
    for song in songs:
        assert list(song) == ["id", "title", "artist", "genre", "year", "emotion"]
        assert _is_mood(song["emotion"])


def test_evaluate_emotion_gives_the_measures(run, tmp_path):
    (tmp_path / "rows.csv").write_text("text,label\n속상해,슬픔\n안\x00녕,0\n좋아,3\n", encoding="utf-8-sig")
    (measured,) = run("evaluate", "emotion", tmp_path / "rows.csv").objects
    assert {"rows", "accuracy", "macro_f1", "ece", "labels"} <= set(measured)
    assert (measured["rows"], measured["labels"]) == (3, list(EMOTIONS))
    assert all(0 <= measured[name] <= 1 for name in ("accuracy", "macro_f1", "ece"))


def test_catalogue_info_describes_a_folder(run, catalogue_folder):
    done = run("catalogue", "info", catalogue_folder)
    assert (done.code, done.errors) == (0, "")
    lines = done.output.splitlines()
    assert lines[0] == f"folder: {catalogue_folder}"
    for name in ("songs", "artists", "years", "with emotion", "digest"):
        assert sum(line.startswith(f"{name}: ") for line in lines) == 1
    assert "songs: 38 " in done.output


def test_check_shows_settings_without_secrets_and_opens_every_part(with_songs, tmp_path):
    done = with_songs("check", environment={"TELEGRAM_BOT_TOKEN": "123:hidden", "MAEUMGOK_SECRET": "hidden too"})
    assert (done.code, done.errors) == (0, "")
    shown = dict(line.split(": ", 1) for line in done.output.splitlines())
    assert shown["telegram_token"] == shown["secret"] == "set"
    assert "hidden" not in done.output
    assert shown["store"] == "ok"
    assert shown["model"] == shown["catalogue"] == "ok"


def test_check_has_one_line_for_each_problem(run, tmp_path):
    (tmp_path / "model").mkdir()
    done = run("check", "--model", tmp_path / "model", "--catalogue", tmp_path / "nowhere")
    assert done.code == 1
    assert [line.split(": ")[0] for line in done.errors.splitlines()] == ["model", "catalogue"]
    assert "store: ok" in done.output


# --- chat over a pipe ------------------------------------------------------------------------------


def test_chat_answers_over_a_pipe(with_songs):
    done = with_songs("chat", given="/song 소나기\n2\n기분 기록\n죽고 싶어\n")
    assert (done.code, done.errors) == (0, "")
    asked, chosen = done.output.index("2. 소나기 – 서랍밴드"), done.output.index("「소나기」(서랍밴드)")
    assert asked < chosen < done.output.index("109")
    songs = [line for line in done.output[chosen:].splitlines() if line[:3] in {f"{n}. " for n in range(1, 6)}]
    assert len(songs) == 5
    assert "music.youtube.com/search?q=" in done.output
    assert "나>" not in done.output


def test_a_restart_keeps_the_session_of_each_user(with_songs):
    with_songs("chat", "--user", "one", given="/song 소나기\n")
    assert texts.NO_SUCH_OPTION.format(count=3) not in with_songs("chat", "--user", "two", given="9번\n").output
    assert with_songs("chat", "--user", "one", given="9번\n").output.startswith(texts.NO_SUCH_OPTION.format(count=3))


def test_chat_survives_any_input(with_songs):
    said = [
        b"",
        b" \t ",
        "가나다 ".encode() * 2_500,
        "🙂🎵".encode(),
        b"just english words",
        bytes(range(1, 10)) + bytes(range(11, 32)),
        b"nul \x00 inside",
        unicodedata.normalize("NFD", "/song 소나기").encode(),
        "여기 없어요".encode(),
        b"\xff\xfe\xed\xa0\x80 invalid",
        "/song \ud800".encode(errors="surrogatepass"),
        b"/song \xff\xff",
        "/song ㅋㅋㅋ".encode(),
        b"/" + b"x" * 5_000,
        "\u202e뒤집힌\u200b 글".encode(),
        b"line with \x85 and \x0c and \x1c",
        b"last line without an end",
    ]
    done = with_songs("chat", "--user", "빈\udcff이름", given=b"\n".join(said))
    assert (done.code, done.errors) == (0, "")
    assert "1. 소나기 – 민들레" in done.output
    assert done.output.count(texts.NO_LETTERS) == 4
    assert texts.FAILED not in done.output


def test_a_closed_standard_input_is_an_empty_one(catalogue_folder, tmp_path):
    command = f'exec "{sys.executable}" main.py chat --catalogue "{catalogue_folder}" --store "{tmp_path}/s.db" <&-'
    done = subprocess.run(["/bin/sh", "-c", command], cwd=REPOSITORY, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


# --- wrong input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--song", "소나기"), ("several songs", "소나기 – 민들레", "--artist")),
        (("--emotion", "1,2,3"), ("--emotion 1,2,3", "four numbers", *EMOTIONS)),
        (("--emotion", "a,b,c,d"), ("--emotion a,b,c,d",)),
        (("--emotion", "0,0,0,0"), ("--emotion",)),
        (("--emotion", "nan,0,0,1"), ("--emotion",)),
        (("--emotion=-1,0,0,1",), ("--emotion",)),
        (("-n", "0"), ("0",)),
        (("--song", "막차", "--song", "지각", "--song", "옥상", "--song", "주먹"), ("at most 3",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_recommend_refuses_what_it_cannot_use(quick, catalogue_folder, arguments, words):
    refused(quick("recommend", *arguments, "--json", "--catalogue", catalogue_folder), *words)


def test_an_unknown_song_is_refused(with_songs):
    refused(with_songs("recommend", "--song", "세상에 없는 제목"), "--song 세상에 없는 제목", "no such song")


def _edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _foreign(folder: Path) -> None:
    _edit(folder / "manifest.json", format=99)


def _other_order(folder: Path) -> None:
    _edit(folder / "manifest.json", labels=list(reversed(EMOTIONS)))


def _labels_no_list(folder: Path) -> None:
    _edit(folder / "manifest.json", labels="행복")


def _damaged(folder: Path) -> None:
    with (folder / "model.tflite").open("ab") as file:
        file.write(b"more")


def _truncated(folder: Path) -> None:
    """Cut short, with a manifest that names the digest of the cut file: only the network itself is wrong."""
    network = folder / "model.tflite"
    network.write_bytes(network.read_bytes()[:5000])
    digests = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    digests["model.tflite"] = hashlib.sha256(network.read_bytes()).hexdigest()
    _edit(folder / "manifest.json", sha256=digests)


def _no_text(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"\xff\x00{")


def _no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.model").unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_empty, "no manifest.json"),
        (_foreign, "model format 99"),
        (_other_order, "labels 행복"),
        (_labels_no_list, "labels"),
        (_damaged, "not the file the manifest names"),
        (_truncated, "cannot be loaded"),
        (_no_text, "manifest.json: cannot be read"),
        (_no_tokenizer, "tokenizer.model is missing"),
    ],
)
def test_a_model_folder_that_cannot_be_used_is_refused(quick, tmp_path, spoil, words):
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder)
    spoil(folder)
    refused(quick("emotion", "--model", folder, given="안녕\n"), str(folder), words)


def _no_json(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")


def _no_database(folder: Path) -> None:
    (folder / "songs.db").write_bytes(b"\x00\xff" * 500)


def _no_arrays(folder: Path) -> None:
    for path in (folder / "terms").glob("*.npy"):
        path.write_bytes(b"\x93NUMPY")


@pytest.mark.parametrize("spoil", [_empty, _foreign, _no_json, _no_database, _no_arrays])
def test_a_catalogue_folder_that_cannot_be_used_is_refused(quick, tmp_path, catalogue_folder, spoil):
    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue_folder, folder)
    spoil(folder)
    refused(quick("search", "소나기", "--catalogue", folder), str(folder))


_FIELD_TOO_LONG = b'title,artist\n"' + b"x" * 200_000 + b'",b\n'


@pytest.mark.parametrize(
    ("command", "content", "words"),
    [
        (("similar", "--pairs"), b"title\nx\n", "needed are title and artist"),
        (("similar", "--pairs"), b"title\n", "needed are title and artist"),
        (("similar", "--pairs"), b"", "needed are title and artist"),
        (("similar", "--pairs"), b"title,artist\n\xff\xfe,x\n", "cannot be read"),
        (("similar", "--pairs"), _FIELD_TOO_LONG, "cannot be read as CSV"),
        (("similar", "--pairs"), None, "No such file"),
        (("evaluate", "emotion"), b"text,other\nx,0\n", "no column label"),
        (("evaluate", "emotion"), b"text,label\nx,9\n", "line 2: unknown label '9'"),
        (("evaluate", "emotion"), b"text,label\n", "no rows"),
        (("evaluate", "emotion"), b"text,label\n\xff,0\n", "cannot be read as UTF-8 CSV"),
        (("evaluate", "emotion"), None, "cannot be read"),
        (("emotion",), b"\xff\xfe\n", "cannot be read"),
        (("care",), None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(quick, catalogue_folder, tmp_path, command, content, words):
    path = tmp_path / "given.csv"
    if content is not None:
        path.write_bytes(content)
    options = ("--catalogue", catalogue_folder) if command[0] == "similar" else ()
    refused(quick(*command, path, *options), str(path), words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"title,artist\na,b\n", "no column lyrics"),
        (b"title,artist,lyrics\n\xff,b,c\n", "cannot be read as UTF-8 CSV"),
        (None, "no such file"),
    ],
)
def test_a_song_file_that_cannot_be_used_builds_nothing(quick, tmp_path, content, words):
    if content is not None:
        (tmp_path / "songs.csv").write_bytes(content)
    refused(quick("catalogue", "build", tmp_path / "songs.csv", "-o", tmp_path / "new"), "songs.csv", words)
    assert not (tmp_path / "new").exists()


def test_telegram_without_a_token_says_where_to_put_it(run):
    refused(run("telegram"), "TELEGRAM_BOT_TOKEN", "@BotFather", ".env")


@pytest.mark.parametrize(
    ("variable", "value"), [("MAEUMGOK_STORE", "mysql://host/db"), ("TELEGRAM_API_BASE", "localhost")]
)
def test_a_setting_that_cannot_be_used_is_named(quick, variable, value):
    refused(quick("chat", environment={variable: value}), variable)


def test_a_store_that_cannot_be_used_is_a_failure_of_one_line(with_songs, tmp_path):
    (tmp_path / "text.db").write_text("no database " * 100)
    refused(with_songs("chat", "--store", tmp_path / "text.db"), "text.db", "MAEUMGOK_STORE", code=1)


def test_debug_shows_the_traceback(with_songs):
    done = with_songs("recommend", "--song", "세상에 없는 제목", "--debug")
    assert "Traceback" in done.errors
    assert "InputError" in done.errors


def test_a_backup_is_put_back(run, with_songs, tmp_path):
    def said(*lines: str) -> str:
        done = with_songs("chat", given="".join(f"{line}\n" for line in lines))
        assert done.code == 0
        return done.output

    said("/song 첫눈 오는 골목")
    assert run("backup", tmp_path / "backup.db").code == 0
    said("/forget", "예")
    assert texts.SONG_FIRST in said("다른 곡")
    done = run("restore", tmp_path / "backup.db")
    assert done.code == 0
    assert "backup.db.replaced-" in done.output
    assert texts.SONG_FIRST not in said("다른 곡")
    refused(run("backup", tmp_path / "backup.db"), "backup.db", "new file", code=1)
    refused(run("restore", tmp_path / "nothing.db"), "nothing.db", "main.py backup", code=1)


def test_postgresql_needs_a_secret_of_its_own_and_hides_its_password(run, tmp_path):
    address = "postgresql://bot:hidden-word@127.0.0.1:1/maeumgok"
    refused(run("backup", tmp_path / "b.db", environment={"MAEUMGOK_STORE": address}), "MAEUMGOK_SECRET")
    environment = {"MAEUMGOK_STORE": address, "MAEUMGOK_SECRET": "key"}
    done = run("check", environment=environment)
    assert "postgresql://bot:***@127.0.0.1:1/maeumgok" in done.output
    assert "hidden-word" not in done.output + done.errors
    refused(run("backup", tmp_path / "b.db", environment=environment), "127.0.0.1", "MAEUMGOK_STORE", code=1)
