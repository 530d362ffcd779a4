"""The command line of Maeumgok (마음곡); `main.py --help` lists the commands."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

# What answers people needs no more than this; each command imports what it uses, so that all start at once.
from bot.settings import Settings, SettingsError, read_settings
from model.files import ModelFileError
from model.labels import EMOTIONS
from recommender.catalogue import CatalogueError


class InputError(ValueError):
    """Input of a command that cannot be used; the message is the one line the person sees."""


WRONG_INPUT = (InputError, SettingsError, ModelFileError, CatalogueError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, 2 for wrong input, 1 for a failure of ours."""
    if sys.stdin is None:  # closed, as under some service managers
        sys.stdin = open(os.devnull)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")
        os.dup2(sys.stderr.fileno(), 2)  # native libraries write there too
    for stream in filter(None, (sys.stdin, sys.stdout, sys.stderr)):
        stream.reconfigure(encoding="utf-8", errors="replace")
    options = argparse.Namespace(debug=False)
    try:
        options = _parser().parse_args(arguments)
        logging.basicConfig(
            format="%(levelname)s %(name)s: %(message)s", level=logging.INFO if options.debug else logging.WARNING
        )
        logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold the token
        return options.run(options, read_settings(vars(options))) or 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as problem:
        if options.debug:
            raise
        print(f"main.py: {' '.join(str(problem).split()) or type(problem).__name__}", file=sys.stderr)
        return 2 if isinstance(problem, WRONG_INPUT) else 1


# --- conversation -------------------------------------------------------------------


def chat(options: argparse.Namespace, settings: Settings) -> None:
    """A conversation in the terminal, or over a pipe one message a line."""
    from bot import app, terminal

    terminal.chat(app.build_bot(settings), options.user)


def telegram(options: argparse.Namespace, settings: Settings) -> None:
    """The Telegram bot, by long polling."""
    if not settings.telegram_token:
        raise InputError("TELEGRAM_BOT_TOKEN is not set; put the token from @BotFather into the environment or .env")
    from bot import app
    from bot import telegram as adapter
    from bot.desk import Desk

    adapter.run(Desk(app.build_bot(settings)), settings.telegram_token, settings.telegram_api_base)


def serve(options: argparse.Namespace, settings: Settings) -> None:
    """One HTTP server: KakaoTalk skill, Telegram webhook, health, metrics, preview page."""
    from bot import server
    from bot.preview import Audience

    preview = Audience(options.preview) if options.preview else None
    server.serve(settings, host=options.host, port=options.port, workers=options.workers, preview=preview)


def start(options: argparse.Namespace, settings: Settings) -> None:
    """What `make run` starts: Telegram when a token is set, else the terminal."""
    (telegram if settings.telegram_token else chat)(options, settings)


# --- one thing at a time ----------------------------------------------------------------


def emotion(options: argparse.Namespace, settings: Settings) -> None:
    """The emotion of each line."""
    from model.classifier import LiteRTClassifier

    classifier = LiteRTClassifier(settings.model)
    for text in _lines(options.file):
        read = classifier.predict([text])
        probabilities = read.probabilities[0]
        line = {
            "text": text,
            "emotion": _named(probabilities),
            "neutral": round(float(read.neutral[0]), 4),
            "top": EMOTIONS[int(probabilities.argmax())],
            "sure": bool(probabilities.max() >= classifier.files.sure and read.neutral[0] < 0.5),
        }
        _print(line)


def care(options: argparse.Namespace, settings: Settings) -> None:
    """The care level of each line."""
    from bot.care import level

    for text in _lines(options.file):
        _print({"text": text, "level": level(text)})


def search(options: argparse.Namespace, settings: Settings) -> None:
    """Songs that a query may mean."""
    from bot.app import build_search
    from recommender.catalogue import Catalogue

    hits = build_search(Catalogue(settings.catalogue))(options.query, options.n)
    found = [
        {
            "id": hit.song.id,
            "title": hit.song.title,
            "artist": hit.song.artist,
            "score": round(hit.score, 1),
            "kind": hit.kind,
        }
        for hit in hits
    ]
    if options.json:
        return _print(found)
    for hit in found:
        print(f"{hit['score']:5.1f} {hit['kind']:6} {hit['title']} – {hit['artist']}")


def recommend(options: argparse.Namespace, settings: Settings) -> None:
    """Songs like up to three favourites that match a mood."""

    from bot import links
    from bot.app import build_search
    from recommender.catalogue import Catalogue
    from recommender.engine import Recommender

    catalogue = Catalogue(settings.catalogue)
    find = build_search(catalogue) if options.song else None
    seeds = [_seed(catalogue, find, title, artist) for title, artist in _pairs(options.song or [])]
    mood = _mood(options, settings)
    try:
        songs = Recommender(catalogue).recommend(seeds, mood, k=options.n, mode=options.mode, profile=options.profile)
    except ValueError as problem:
        raise InputError(str(problem)) from problem
    answer = {
        "seeds": [_fact(seed) for seed in seeds],
        "emotion": _named(mood),
        "songs": [
            _fact(one.song) | {"similarity": one.similarity, "emotion_match": one.emotion_match, "reason": one.reason}
            for one in songs
        ],
    }
    if options.json:
        return _print(answer)
    for number, one in enumerate(songs, 1):
        print(f"{number}. {one.song.title} – {one.song.artist}\n   {one.reason}\n   {links.youtube_music(one.song)}")


def similar(options: argparse.Namespace, settings: Settings) -> None:
    """The songs most like each song of a file, by likeness alone."""
    import csv

    from recommender.catalogue import Catalogue, repaired
    from recommender.engine import Recommender

    catalogue = Catalogue(settings.catalogue)
    recommender = Recommender(catalogue)
    rows = csv.DictReader(_lines(options.pairs, strip=False))
    if not {"title", "artist"} <= set(rows.fieldnames or ()):
        columns = ", ".join(rows.fieldnames or ()) or "none"
        raise InputError(f"{options.pairs}: has the columns {columns}; needed are title and artist")
    for row in _readable(rows, options.pairs):
        title, artist = row["title"] or "", row["artist"] or ""
        seed = catalogue.by_name.get((title, artist)) or catalogue.by_name.get(repaired(title, artist))
        near = recommender.similar(seed, options.n, options.profile) if seed else []
        songs = [{"title": song.title, "artist": song.artist, "score": round(score, 4)} for song, score in near]
        _print({"title": title, "artist": artist, "similar": songs})


# --- catalogue -----------------------------------------------------------------------------


def songs(options: argparse.Namespace, settings: Settings) -> None:
    """Every song of the catalogue, one JSON object a line."""
    from recommender.catalogue import Catalogue

    catalogue = Catalogue(settings.catalogue)
    for song in catalogue.songs:
        if options.jsonl:
            _print(_fact(song) | {"emotion": _named(catalogue.emotion[song.index])})
        else:
            print(f"{song.id}  {song.title} – {song.artist}")


def catalogue_build(options: argparse.Namespace, settings: Settings) -> None:
    """Build a catalogue from song files, or with --shard read a part of their lyrics for `catalogue merge`."""
    with _extra("catalogue"):
        from recommender.build import build, read_shard
        from recommender.cluster import executor
    paths, output = [Path(name) for name in options.csv], Path(options.output)
    reader, model = _reader(settings)
    with _extra("dask"), executor(options.workers, options.dask) as running:
        if options.shard:
            count = read_shard(paths, output, reader, model=model, shard=options.shard, executor=running)
            print(f"{output}: what {count} songs say; bring all shards together with `main.py catalogue merge`")
            return
        readings = Path(options.readings) if options.readings else None
        themes = Path(options.themes) if options.themes else None
        build(
            paths,
            output,
            reader,
            model=model,
            retag=options.retag,
            learnt=themes,
            readings=readings,
            executor=running,
        )
    _index(output)
    _describe(output)


def catalogue_merge(options: argparse.Namespace, settings: Settings) -> None:
    """Build a catalogue from song files whose lyrics were read in shards."""
    with _extra("catalogue"):
        from recommender.build import build, merge
    output, paths = Path(options.output), [Path(name) for name in options.csv]
    reader, model = _reader(settings)
    themes = Path(options.themes) if options.themes else None
    missing = merge(output, paths, [Path(name) for name in options.shards], model=model)
    if missing:
        print(f"{missing} songs are in no shard; what they say is read here", file=sys.stderr)
    build(paths, output, reader, model=model, retag=options.retag, learnt=themes)
    _index(output)
    _describe(output)


def catalogue_learn(options: argparse.Namespace, settings: Settings) -> None:
    """Learn from lists of songs by theme what emotion songs have; a build with --themes uses it."""
    import numpy as np

    from recommender import themes
    from recommender.catalogue import Catalogue

    catalogue = Catalogue(settings.catalogue)
    lists = themes.read_lists(catalogue, Path(options.labels))
    facts, artist, work = themes.facts_of(catalogue), np.asarray(catalogue.artist), np.asarray(catalogue.work)
    with _extra("catalogue"):
        learnt = themes.learn(facts, lists, lists.rows, artist, work)
    learnt.save(Path(options.output))
    print(f"{options.output}: learnt from {len(lists.rows)} songs")


def _reader(settings: Settings):
    """(what reads lyrics in any process, what the manifest tells of its model)."""
    from model.files import open_mood_model
    from recommender.tagging import Reader

    files = open_mood_model(settings.model)
    return Reader(settings.model.resolve()), {"name": settings.model.name, "sha256": files.manifest["sha256"]}


def catalogue_info(options: argparse.Namespace, settings: Settings) -> None:
    """Describe a catalogue."""
    _describe(Path(options.folder) if options.folder else settings.catalogue)


def catalogue_index(options: argparse.Namespace, settings: Settings) -> None:
    """Write the search index of a catalogue anew."""
    _index(Path(options.folder) if options.folder else settings.catalogue)


def _index(folder: Path) -> None:
    from recommender.catalogue import Catalogue
    from recommender.songnames import write_index

    write_index(Catalogue(folder))


def catalogue_aliases(options: argparse.Namespace, settings: Settings) -> None:
    """Other spellings found in a catalogue's own brackets, as rows of data/aliases.csv to look through."""
    import csv

    from bot.app import ALIASES
    from recommender.aliases import proposed
    from recommender.catalogue import Catalogue
    from recommender.search import read_aliases

    catalogue = Catalogue(Path(options.folder) if options.folder else settings.catalogue)
    csv.writer(sys.stdout, lineterminator="\n").writerows(proposed(catalogue.songs, read_aliases(ALIASES)))


def _describe(folder: Path) -> None:
    from recommender.catalogue import Catalogue
    from recommender.describe import describe

    print("\n".join(describe(Catalogue(folder))))


# --- training and measuring ------------------------------------------------------------------


def train(options: argparse.Namespace, settings: Settings) -> None:
    """Train a recipe and export a model folder."""
    from training import devices

    try:
        devices.choose_backend(options.device)
        with _extra("train"):
            from training.command import run
            from training.corpora import CorpusError
    except devices.DeviceError as problem:
        raise InputError(str(problem)) from problem
    try:
        run(options)
    except (CorpusError, devices.DeviceError) as problem:
        raise InputError(str(problem)) from problem


def evaluate_emotion(options: argparse.Namespace, settings: Settings) -> None:
    """Measure the model on labelled rows."""
    from model.classifier import LiteRTClassifier
    from model.evaluate import evaluate, read_rows

    try:
        texts, labels = read_rows(Path(options.csv), options.split)
    except ValueError as problem:
        raise InputError(str(problem)) from problem
    _print(evaluate(LiteRTClassifier(settings.model, threads=os.cpu_count() or 1), texts, labels))


def evaluate_similarity(options: argparse.Namespace, settings: Settings) -> None:
    """Measure likeness on songs that stand side by side in lists."""
    from recommender.catalogue import Catalogue
    from recommender.evaluate import similarity

    _print(similarity(Catalogue(settings.catalogue), Path(options.pairs)))


def evaluate_songs(options: argparse.Namespace, settings: Settings) -> None:
    """Measure the emotions of songs on lists by theme, with songs and artists that were not learnt from."""
    from model.classifier import LiteRTClassifier
    from model.evaluate import read_rows
    from recommender.catalogue import Catalogue
    from recommender.evaluate import songs

    catalogue, labels = Catalogue(settings.catalogue), Path(options.labels)
    classifier = messages = None
    if options.messages:
        try:
            messages = read_rows(Path(options.messages), options.split)
        except ValueError as problem:
            raise InputError(str(problem)) from problem
        classifier = LiteRTClassifier(settings.model, threads=os.cpu_count() or 1)
    with _extra("catalogue"):
        measured = songs(catalogue, labels, classifier, messages)
    _print(measured)


def evaluate_search(options: argparse.Namespace, settings: Settings) -> None:
    """Measure how often the search finds the song."""
    from bot.app import build_search
    from recommender.catalogue import Catalogue
    from recommender.evaluate_search import evaluate, written

    catalogue, lists = Catalogue(settings.catalogue), {Path(name).stem: written(Path(name)) for name in options.list}
    _print(evaluate(build_search(catalogue), catalogue.songs, lists, options.n))


def check(options: argparse.Namespace, settings: Settings) -> int:
    """Show the settings and open every part; one line for each problem."""
    from bot.store import open_store
    from model.classifier import LiteRTClassifier
    from recommender.catalogue import Catalogue, verify

    for name, shown in settings.shown().items():
        print(f"{name}: {shown}")
    if settings.kakao_secret and not settings.kakao_bot_id:
        print("warning: KAKAO_BOT_ID is not set; skill requests of any bot are answered")

    def open_catalogue() -> None:
        verify(settings.catalogue)
        Catalogue(settings.catalogue)

    def open_kept() -> None:
        with closing(open_store(settings.store, settings.user_key())) as store:
            store.verify()

    parts = {
        "model": lambda: LiteRTClassifier(settings.model).predict(["안녕하세요"]),
        "catalogue": open_catalogue,
        "store": open_kept,
    }
    problems = 0
    for name, opened in parts.items():
        try:
            opened()
        except Exception as problem:
            if options.debug:
                raise
            problems += 1
            print(f"{name}: {' '.join(str(problem).split())}", file=sys.stderr)
        else:
            print(f"{name}: ok")
    return 1 if problems else 0


# --- the store ----------------------------------------------------------------------------------


def backup(options: argparse.Namespace, settings: Settings) -> None:
    """Write the store to a new file, while the bot runs."""
    from bot.store import open_store

    with closing(open_store(settings.store, settings.user_key())) as store:
        store.backup(Path(options.file))


def restore(options: argparse.Namespace, settings: Settings) -> None:
    """Put a backup back; what the store held is kept in a new file beside the backup."""
    from datetime import datetime

    from bot.store import open_store

    file = Path(options.file)
    old = file.with_name(f"{file.name}.replaced-{datetime.now():%Y%m%d-%H%M%S}")
    with closing(open_store(settings.store, settings.user_key())) as store:
        store.restore(file, old)
    print(f"what the store held until now: {old}")


# --- parts -------------------------------------------------------------------------------------


def _lines(name: str | None, strip: bool = True) -> Iterator[str]:
    """The lines of a file, or of standard input for None and «-», without their ends."""
    if name in (None, "-"):
        for number, line in enumerate(sys.stdin):
            line = line if number else line.removeprefix("\ufeff")
            yield line.rstrip("\n") if strip else line
        return
    try:
        with open(name, encoding="utf-8-sig", newline="\n" if strip else "") as file:
            yield from (line.rstrip("\r\n") if strip else line for line in file)
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise InputError(
            f"{name}: cannot be read ({reason}); give a UTF-8 text file, or - for standard input"
        ) from problem


def _readable(rows: Iterable[dict], name: str) -> Iterator[dict]:
    """The rows of a CSV file. Raises InputError where it cannot be read as CSV."""
    import csv

    try:
        yield from rows
    except csv.Error as problem:
        raise InputError(f"{name}: cannot be read as CSV ({problem}); save it as UTF-8 CSV") from problem


def _pairs(songs: Iterable[list[str]]) -> Iterator[tuple[str, str | None]]:
    for title, *artist in songs:
        yield title, artist[0] if artist else None


def _seed(catalogue, find, title: str, artist: str | None):
    """The one song that title and artist name. Raises InputError when none or several are."""
    from recommender.normal import normal
    from recommender.search import Found, Several, Unknown, decide

    spelt = [song for song in catalogue.titled(title) if artist is None or song.artist == artist]
    if len({(song.work, normal(song.artist)) for song in spelt}) == 1:
        return spelt[0]
    found = decide(find(f"{title} {artist}" if artist else title))
    match found:
        case Found(song=song):
            return song
        case Unknown(nearest=hits):
            near = ", ".join(f"{hit.song.title} – {hit.song.artist}" for hit in hits)
            raise InputError(
                f"--song {title}: no such song in the catalogue" + (f"; nearest are {near}" if near else "")
            )
        case other:
            kind = "several songs of that title" if isinstance(other, Several) else "not sure which song is meant"
            near = ", ".join(f"{hit.song.title} – {hit.song.artist}" for hit in other.hits)
            raise InputError(f"--song {title}: {kind}: {near}; name one with --artist")


def _mood(options: argparse.Namespace, settings: Settings):
    """float [4] of --emotion or --mood; uniform, which stands for none, without either."""
    import numpy as np

    if options.emotion is not None:
        try:
            given = np.array([float(part) for part in options.emotion.split(",")])
        except ValueError:
            given = np.empty(0)
        if given.shape != (4,) or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
            raise InputError(
                f"--emotion {options.emotion}; give four numbers from 0, for {', '.join(EMOTIONS)}: 0.1,0,0.8,0.1"
            )
        return given / given.sum()
    if options.mood is not None:
        from model.classifier import LiteRTClassifier

        return LiteRTClassifier(settings.model).predict([options.mood]).probabilities[0]
    return np.full(4, 0.25)


def _fact(song) -> dict:
    return {"id": song.id, "title": song.title, "artist": song.artist, "genre": song.genre, "year": song.year}


def _named(probabilities) -> dict[str, float]:
    return {name: round(float(p), 4) for name, p in zip(EMOTIONS, probabilities, strict=True)}


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


class _extra:
    """Turns a missing package of an optional extra into the line that installs it."""

    def __init__(self, name: str):
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, problem, trace) -> None:
        if isinstance(problem, ModuleNotFoundError):
            raise InputError(
                f"{problem.name} is not installed; install it with .venv/bin/pip install -e '.[{self.name}]'"
            ) from problem


# --- arguments -----------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Tells a wrong argument in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")


class _Song(argparse.Action):
    """Keeps each --song with the --artist that follows it."""

    def __call__(self, parser, namespace, value, option_string=None):
        songs = list(getattr(namespace, "song", None) or [])
        if option_string == "--artist":
            if not songs or len(songs[-1]) == 2:
                parser.error("--artist belongs behind a --song")
            songs[-1] = [*songs[-1], value]
        else:
            songs.append([value])
        namespace.song = songs


def _count(most: int, least: int = 1) -> Callable[[str], int]:
    """The argument type of a number from `least` to `most`."""

    def count(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text}; allowed are {least} to {most}")
        return int(text)

    return count


def _shard(text: str) -> tuple[int, int]:
    """The argument type of «2/8»."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text}; give for example 2/8")
    return int(number), int(count)


def _parser() -> argparse.ArgumentParser:
    from recommender.emotion import MODES
    from recommender.similarity import PROFILES

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show tracebacks and logs")
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", metavar="DIR", help="model folder (MAEUMGOK_MODEL)")
    catalogue = argparse.ArgumentParser(add_help=False)
    catalogue.add_argument("--catalogue", metavar="DIR", help="catalogue folder (MAEUMGOK_CATALOGUE)")
    store = argparse.ArgumentParser(add_help=False)
    store.add_argument("--store", metavar="FILE", help="SQLite file or postgresql://… (MAEUMGOK_STORE)")
    parser = _Parser(prog="main.py", description="마음곡: tell the day, get five songs")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(to, name: str, run, *parents) -> argparse.ArgumentParser:
        command = to.add_parser(name, help=run.__doc__, description=run.__doc__, parents=[common, *parents])
        command.set_defaults(run=run)
        return command

    for name, run in (("chat", chat), ("start", start)):
        add(commands, name, run, model, catalogue, store).add_argument("--user", default="me", help="whose session")
    add(commands, "telegram", telegram, model, catalogue, store)
    command = add(commands, "serve", serve, model, catalogue, store)
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    command.add_argument("--port", type=_count(65535, least=0), default=8080, help="0 takes a free one (default: 8080)")
    command.add_argument("--workers", type=_count(64), default=1, metavar="N", help="processes, 1 to 64 (default: 1)")
    command.add_argument(
        "--preview",
        nargs="?",
        const="loopback",
        choices=("loopback", "anyone"),
        help="a chat page at /, for this machine alone or for anyone who reaches the server",
    )
    for name, run, parents in (("emotion", emotion, [model]), ("care", care, [])):
        command = add(commands, name, run, *parents)
        command.add_argument(
            "file", nargs="?", metavar="FILE", help="one text a line; standard input without it or with -"
        )
    command = add(commands, "search", search, catalogue)
    command.add_argument("query")
    command.add_argument("-n", type=_count(100), default=5, help="at most so many hits, 1 to 100")
    command.add_argument("--json", action="store_true")
    command = add(commands, "recommend", recommend, model, catalogue)
    command.add_argument("--song", action=_Song, metavar="TITLE", help="a favourite song; up to three times")
    command.add_argument("--artist", action=_Song, dest="song", metavar="A", help="the artist of the --song before it")
    mood = command.add_mutually_exclusive_group()
    mood.add_argument("--mood", metavar="TEXT", help="about the day, in words")
    mood.add_argument("--emotion", metavar="A,B,C,D", help=f"four numbers for {', '.join(EMOTIONS)}")
    command.add_argument("--mode", default="match", choices=MODES)
    command.add_argument("--profile", default="default", choices=PROFILES)
    command.add_argument("-n", type=_count(100), default=5, help="so many songs, 1 to 100")
    command.add_argument("--json", action="store_true")
    command = add(commands, "similar", similar, catalogue)
    command.add_argument("--pairs", required=True, metavar="FILE", help="CSV with title and artist")
    command.add_argument("-n", type=_count(1000), default=100, help="so many songs, 1 to 1000")
    command.add_argument("--profile", default="default", choices=PROFILES)
    add(commands, "songs", songs, catalogue).add_argument("--jsonl", action="store_true")
    parts = commands.add_parser("catalogue", help="build or describe a catalogue").add_subparsers(required=True)
    command = add(parts, "build", catalogue_build, model)
    command.add_argument("csv", nargs="+", metavar="CSV", help="song files; see README")
    command.add_argument("-o", "--output", required=True, metavar="DIR")
    command.add_argument("--retag", action="store_true", help="read emotions anew where a file brings its own")
    command.add_argument("--themes", metavar="FILE", help="what `catalogue learn` wrote (default: data/themes.json)")
    command.add_argument("--readings", metavar="FILE", help="keep what was read of the lyrics, for the next build")
    command.add_argument("--workers", type=_count(256), default=1, help="processes that read lyrics")
    command.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler to read on, or local")
    command.add_argument("--shard", type=_shard, metavar="I/N", help="only read the I-th of N parts, into the file -o")
    command = add(parts, "merge", catalogue_merge, model)
    command.add_argument("csv", nargs="+", metavar="CSV", help="the song files the shards were read from")
    command.add_argument("--shards", nargs="+", required=True, metavar="FILE", help="what `build --shard` wrote")
    command.add_argument("-o", "--output", required=True, metavar="DIR")
    command.add_argument("--retag", action="store_true", help="read emotions anew where a file brings its own")
    command.add_argument("--themes", metavar="FILE", help="what `catalogue learn` wrote (default: data/themes.json)")
    command = add(parts, "learn", catalogue_learn, catalogue)
    command.add_argument("--labels", required=True, metavar="CSV", help="title, artist, label: songs of theme lists")
    command.add_argument("-o", "--output", required=True, metavar="FILE")
    for name, run in (("info", catalogue_info), ("index", catalogue_index), ("aliases", catalogue_aliases)):
        add(parts, name, run).add_argument("folder", nargs="?", metavar="DIR")
    command = add(commands, "train", train)
    command.add_argument("--recipe", required=True, metavar="R", help="its name; see docs/training.md")
    command.add_argument("--data", required=True, nargs="+", metavar="FILE", help="labelled tables and plain text")
    command.add_argument("--backbone", metavar="B", help="skt/kobert-base-v1, or a folder with a BERT checkpoint")
    command.add_argument("-o", "--output", metavar="DIR", help="model folder to write (default: runs/RECIPE/model)")
    command.add_argument("--device", default="auto", metavar="D", help="auto (default), tpu, gpu or cpu")
    command.add_argument("--class-size", type=int, metavar="N", help="sentiment-undersampled: rows a class at most")
    command.add_argument("--resume", action="store_true", help="go on with the stages of an earlier run")
    measures = commands.add_parser("evaluate", help="measure a part").add_subparsers(required=True)
    command = add(measures, "emotion", evaluate_emotion, model)
    command.add_argument("csv", metavar="CSV", help="columns text and label (0..3 or names)")
    command.add_argument("--split", metavar="NAME", help="only rows whose column split holds this")
    command = add(measures, "similarity", evaluate_similarity, catalogue)
    command.add_argument("--pairs", required=True, metavar="CRAWL", help="playlist_id, position, title, artist")
    command = add(measures, "songs", evaluate_songs, catalogue, model)
    command.add_argument("--labels", required=True, metavar="CSV", help="title, artist, label: songs of theme lists")
    command.add_argument("--messages", metavar="CSV", help="text, label: moods of people to match songs with")
    command.add_argument("--split", metavar="NAME", help="only messages whose column split holds this")
    command = add(measures, "search", evaluate_search, catalogue)
    command.add_argument("--list", nargs="+", default=[], metavar="CSV", help="columns query, title, artist (and kind)")
    command.add_argument("-n", type=_count(100_000), default=1000, help="queries of each generated kind")
    add(commands, "check", check, model, catalogue, store)
    for name, run in (("backup", backup), ("restore", restore)):
        add(commands, name, run, store).add_argument("file", metavar="FILE", help="a SQLite file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
