"""Search links to music services, made from title and artist alone: no key, no network."""

from urllib.parse import quote

from recommender.catalogue import Song


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
