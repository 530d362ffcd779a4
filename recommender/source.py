"""Song files → one table: songs.csv's columns, or the original's two files joined as the original does.

Needs the extra `catalogue` (pandas); nothing that answers people imports this.
"""

import ast
import csv
import html
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from model.labels import EMOTIONS
from model.text import clean
from recommender.catalogue import CatalogueError, repaired

REJECTED_SHOWN = 20
LONGEST_FIELD = 1_000_000  # letters

log = logging.getLogger(__name__)

# Column names of the original's sample_songlist.csv and df_final_lyrics.csv → ours.
_ORIGINAL_NAMES = {
    "Title": "title",
    "Artist": "artist",
    "Genre": "genre",
    "Date": "release_date",
    "Lyric": "lyrics",
    "Lyrics": "lyrics",
    "SongID": "melon_song_id",
    "preprocess_Lyric_ver2": "words",
}
_GENRES = {"아이돌": "댄스", "인디": "인디음악", "POP": "팝"}  # not Melon's names → the nearest that is
COLUMNS = ("title", "artist", "genre", "source_genre", "release_date", "lyrics", "words", "melon_song_id")


def read_songs(paths: Sequence[Path]) -> pd.DataFrame:
    """Every song of the files, in their order, as text columns `COLUMNS`, and EMOTIONS where a file brings them.

    A file with emotion columns and one in the original's naming (Title, Artist, …) without them are joined
    (inner, on title and artist), as the original joins df_final_lyrics.csv to sample_songlist.csv; all others
    follow one another. `words` is the text that the original profile counts words of. Raises CatalogueError
    for a file that cannot be used.
    """
    lists: list[pd.DataFrame] = []
    tagged: list[pd.DataFrame] = []
    others: list[pd.DataFrame] = []
    for path in paths:
        table = _read(Path(path))
        is_tagged = set(EMOTIONS) <= set(table.columns)
        (tagged if is_tagged else lists if table.attrs["original"] else others).append(table)
    if lists and tagged:
        others.append(_joined(pd.concat(lists, ignore_index=True), pd.concat(tagged, ignore_index=True)))
    else:
        others += lists + tagged
    songs = pd.concat(others, ignore_index=True)
    for column in COLUMNS:
        if column not in songs:
            songs[column] = ""
    songs = songs.fillna({column: "" for column in COLUMNS})
    songs["words"] = songs["words"].where(songs["words"].str.strip() != "", songs["lyrics"])
    songs["source_genre"] = songs["genre"].map(_unescaped_genre)
    songs["genre"] = songs["source_genre"].map(_melon_genres)
    names = [repaired(t, a) for t, a in zip(songs["title"], songs["artist"], strict=True)]
    songs["title"], songs["artist"] = zip(*names, strict=True) if names else ((), ())
    if songs.empty:
        raise CatalogueError(f"{', '.join(map(str, paths))}: no songs; give a CSV file with title, artist and lyrics")
    return songs


def _read(path: Path) -> pd.DataFrame:
    try:
        header, rows = _rows(_text(path))
    except FileNotFoundError:
        raise CatalogueError(f"{path}: no such file; give a CSV file with title, artist and lyrics") from None
    except (OSError, ValueError) as problem:
        raise CatalogueError(
            f"{path}: cannot be read as UTF-8 CSV ({clean(str(problem))}); save it as UTF-8 CSV with a header line"
        ) from problem
    given = ", ".join(header)
    titles = [at for at, name in enumerate(header) if _ORIGINAL_NAMES.get(name, name) == "title"][:1]
    kept, rejected = [], []
    for line, row in rows:
        if len(row) != len(header):
            rejected.append(f"line {line}: {len(row)} values where the header names {len(header)}")
        elif any(not clean(row[at]) for at in titles):
            rejected.append(f"line {line}: no title")
        else:
            kept.append(row)
    if rejected:
        shown = "; ".join(rejected[:REJECTED_SHOWN]) + ("; …" if len(rejected) > REJECTED_SHOWN else "")
        log.warning("%s: left out %d of %d rows: %s", path, len(rejected), len(rejected) + len(kept), shown)
    table = pd.DataFrame(kept, columns=header, dtype=str)
    if "Lyrics" in table and "Lyric" in table:
        table = table.drop(columns="Lyric")
    table = table.rename(columns=_ORIGINAL_NAMES)
    table = table.loc[:, ~table.columns.duplicated()]  # a column under both its names: the first
    missing = {"title", "artist", "lyrics"} - set(table.columns)
    if missing:
        raise CatalogueError(
            f"{path}: no column {', '.join(sorted(missing))}; it has {given}. "
            "Needed are title, artist, lyrics (or Title, Artist, Lyric), welcome are genre and release_date"
        )
    table["lyrics"] = table["lyrics"].map(_lines_of_list)
    for emotion in EMOTIONS:
        if emotion in table:
            table[emotion] = pd.to_numeric(table[emotion], errors="coerce")
    table = table[[column for column in table.columns if column in (*COLUMNS, *EMOTIONS)]]
    table.attrs["original"] = "Title" in given.split(", ")
    return table


def _text(path: Path) -> str:
    """The file as text: UTF-8, or what Korean spreadsheets write, which is told. Raises ValueError for others."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        try:
            text = content.decode("cp949")
        except UnicodeDecodeError:
            raise ValueError(f"line {line} is no UTF-8") from None
        log.warning("%s: is not UTF-8 (line %d); read as CP949, the encoding of Korean spreadsheets", path, line)
        return text


def _rows(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """(column names, rows with the line each begins in). Raises ValueError without a header line."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, line = [], 0
    try:
        for row in reader:
            if row:
                rows.append((line + 1, row))
            line = reader.line_num
    except csv.Error as problem:
        raise ValueError(f"the row from line {line + 1}: {problem}") from None
    if not rows:
        raise ValueError("it is empty")
    return rows[0][1], rows[1:]


def _joined(plain: pd.DataFrame, tagged: pd.DataFrame) -> pd.DataFrame:
    """The original's inner join; what both have comes from the plain file, but lyrics with lines from the tagged."""
    tagged = tagged.drop_duplicates(["title", "artist"])
    both = plain.merge(tagged, on=["title", "artist"], how="inner", suffixes=("", "_tagged"))
    if both.empty:
        raise CatalogueError("no song stands in both files; they are joined on title and artist, spelt alike")
    if "words" not in both:
        both["words"] = both["lyrics"]
    both["lyrics"] = both["lyrics_tagged"]
    for column in ("genre", "release_date", "melon_song_id"):
        if f"{column}_tagged" in both and column in both:
            both[column] = both[column].where(both[column] != "", both[f"{column}_tagged"])
    return both.drop(columns=[column for column in both.columns if column.endswith("_tagged")])


def _lines_of_list(lyrics: str) -> str:
    """df_final_lyrics.csv keeps lyrics as a Python list in text: ['line', 'line'] → lines."""
    if lyrics.startswith("[") and lyrics.endswith("]"):
        try:
            lines = ast.literal_eval(lyrics)
        except (ValueError, SyntaxError):
            return lyrics
        if isinstance(lines, list):
            return "\n".join(map(str, lines))
    return lyrics


def _unescaped_genre(genre: str) -> str:
    return clean(html.unescape(genre).replace("R&B;", "R&B"))


def _melon_genres(genre: str) -> str:
    return ", ".join(_GENRES.get(name.strip(), name.strip()) for name in genre.split(",") if name.strip())
