"""The conversation in a terminal, or over a pipe: one message a line."""

import sys
from typing import TextIO

from bot import links, texts
from bot.app import Bot
from bot.dialogue import Reply

PROMPT = "나> "


def chat(bot: Bot, user: str, source: TextIO = sys.stdin, output: TextIO = sys.stdout) -> None:
    """Answer each line until the end of the input; greets and prompts only when a person sits there."""
    person = bot.store.person("terminal", user)
    live = source.isatty()
    if live:
        print(texts.START, file=output)
    while True:
        if live:
            print(f"\n{PROMPT}", end="", file=output, flush=True)
        line = source.readline()
        if not line:
            break
        for reply in bot.answer(person, line.rstrip("\n")):
            print(render(reply), file=output, flush=True)


def render(reply: Reply) -> str:
    """A reply as plain text: its words, the songs with reason and links, its data, and what may be typed next."""
    lines = [reply.text, reply.data] if reply.data else [reply.text]
    for number, one in enumerate(reply.songs, 1):
        year = f" ({one.song.year})" if one.song.year else ""
        lines.append(f"{number}. {one.song.title} – {one.song.artist}{year}")
        lines.append(f"   {one.reason}")
        lines += [f"   {name}: {link}" for name, link in links.of(one.song, reply.melon).items()]
    if reply.choices:
        lines.append(" ".join(f"[{choice}]" for choice in reply.choices))
    return "\n".join(lines)
