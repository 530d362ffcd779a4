"""Search links to music services, made from title and artist alone: no key, no network."""

from urllib.parse import quote

from bot import texts
from recommender.catalogue import Song


def of(song: Song, melon_first: bool = False) -> dict[str, str]:
    """Where a song may be heard, by the name of the service."""
    services = {texts.YOUTUBE: youtube_music(song), texts.MELON: melon(song)}
    return dict(reversed(services.items())) if melon_first else services


def youtube_music(song: Song) -> str:
    """A YouTube Music search for title and artist."""
    return f"https://music.youtube.com/search?q={_query(song)}"


def melon(song: Song) -> str:
    """The song's page on Melon where its number is known, else a search for title and artist."""
    if song.melon_id.isdigit():
        return f"https://www.melon.com/song/detail.htm?songId={song.melon_id}"
    return f"https://www.melon.com/search/total/index.htm?q={_query(song)}"


def _query(song: Song) -> str:
    return quote(f"{song.title} {song.artist}", safe="")
