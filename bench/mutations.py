"""Take each protection out and see its test fail; a test that passes all the same protects nothing.

    .venv/bin/python -m bench.mutations [NAME ...]

Works on a copy of the tracked files. Exit 1 when a mutated program passes its test.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Mutation:
    """What is taken out of a file, and the test that must see it; `into` stands in its place."""

    name: str
    file: str
    out: str
    into: str
    test: str


STORE, POSTGRES, APP, DIALOGUE = "bot/store.py", "bot/postgres.py", "bot/app.py", "bot/dialogue.py"
MUTATIONS = (
    Mutation(
        "a request's answer in a transaction of its own",
        APP,
        "self.store.save(person, before, after, request, answer)",
        "self.store.save(person, before, after); answer and self.store.keep_answer(person, request, answer, time)",
        "tests/test_trust.py -k half_kept",
    ),
    Mutation(
        "no look for an earlier answer",
        APP,
        "if request else None\n                if kept",
        "if False else None\n                if kept",
        "tests/test_trust.py -k repeated_request",
    ),
    Mutation(
        "what a person wrote in the log",
        APP,
        'person=%s letters=%d replies=%d ms=%.1f", person[:8], len(text)',
        'person=%s letters=%s replies=%d ms=%.1f", person[:8], text',
        "tests/test_trust.py -k no_word",
    ),
    Mutation(
        "answers not sealed",
        STORE,
        'self._cipher.encrypt(answer.encode(errors="surrogatepass")).decode()',
        "answer",
        "tests/test_trust.py -k no_word",
    ),
    Mutation(
        "requests not hashed",
        STORE,
        "hmac.new(self._key, name, hashlib.sha256).hexdigest()[:32]\n\n    def _sealed",
        "request\n\n    def _sealed",
        "tests/test_trust.py -k no_word",
    ),
    Mutation(
        "people not hashed",
        STORE,
        "return hmac.new(self._key, name, hashlib.sha256).hexdigest()[:32]",
        "return name.decode()",
        "tests/test_trust.py -k no_word",
    ),
    Mutation(
        "deleted rows not overwritten",
        STORE,
        'secure_delete = on"):',
        'secure_delete = off"):',
        "tests/test_store.py -k no_trace_in_the_file",
    ),
    Mutation(
        "the log not emptied",
        STORE,
        "pragma wal_checkpoint(truncate)",
        "pragma wal_checkpoint(passive)",
        "tests/test_store.py -k no_trace_in_the_file",
    ),
    Mutation(
        "diary kept without consent",
        STORE,
        "            if after.consent:\n",
        "            if True:\n",
        "tests/test_store.py -k without_consent",
    ),
    Mutation(
        "consent withdrawn deletes nothing",
        STORE,
        "            elif withdrawn:\n",
        "            elif False:\n",
        "tests/test_store.py -k consent_withdrawn",
    ),
    Mutation(
        "sessions without consent kept for 90 days",
        STORE,
        "KEPT_WITHOUT_CONSENT = DAY",
        "KEPT_WITHOUT_CONSENT = KEPT_SECONDS",
        "tests/test_store.py -k without_consent",
    ),
    Mutation(
        "feedback forgotten by the export",
        STORE,
        "for song, liked, time in feedback]",
        "for song, liked, time in []]",
        "tests/test_store.py -k every_column",
    ),
    Mutation(
        "answers forgotten by the deletion",
        STORE,
        'TABLES = ("sessions", "moods", "feedback", "answers")',
        'TABLES = ("sessions", "moods", "feedback")',
        "tests/test_store.py -k forgetting",
    ),
    Mutation(
        "turns in one process alone (SQLite)",
        STORE,
        "                _lock_byte(self._turns, fcntl.LOCK_EX, place)\n",
        "                pass\n",
        "tests/test_store.py -k across_stores",
    ),
    Mutation(
        "turns in one process alone (PostgreSQL)",
        POSTGRES,
        "select pg_advisory_lock(%s)",
        "select %s::bigint",
        "tests/test_postgres.py -k across_stores",
    ),
    Mutation(
        "no order within a process",
        STORE,
        "            if queue[0] is mine:\n",
        "            if True:\n",
        "tests/test_store.py -k order_they_were",
    ),
    Mutation(
        "a power cut may lose an answered message",
        STORE,
        "synchronous = full",
        "synchronous = normal",
        "tests/test_store.py -k power_cut",
    ),
    Mutation(
        "a migration without its backup",
        STORE,
        "                self._connection.backup(old)\n",
        "                pass\n",
        "tests/test_store.py -k older_file",
    ),
    Mutation(
        "a backup of several moments",
        STORE,
        '                connection.execute("begin")\n',
        "",
        "tests/test_store.py -k one_moment",
    ),
    Mutation(
        "a broken backup keeps its name",
        STORE,
        "whole = Path(folder) / path.name",
        "whole = path",
        "tests/test_store.py -k backup_that_fails",
    ),
    Mutation(
        "a deletion waits for whoever reads",
        STORE,
        "timeout=PURGE_SECONDS",
        "timeout=10",
        "tests/test_store.py -k long_read",
    ),
    Mutation(
        "expired ratings stay in the session",
        STORE,
        "                self._drop_old_ratings(run, person)\n",
        "                pass\n",
        "tests/test_store.py -k old_ratings",
    ),
    Mutation(
        "expired ratings come back with a step",
        STORE,
        "    if not state.consent:\n        return state\n    rated",
        "    return state\n    rated",
        "tests/test_store.py -k during_a_step",
    ),
    Mutation(
        "withdrawn moods stay in the session",
        DIALOGUE,
        "replace(state, moods=(), earlier=(), liked=()",
        "replace(state, liked=()",
        "tests/test_trust.py -k withdrawn",
    ),
    Mutation(
        "earlier songs remembered without consent",
        DIALOGUE,
        "[-EARLIER_KEPT:] if remembers else ()",
        "[-EARLIER_KEPT:]",
        "tests/test_dialogue.py -k silence_of_six_hours",
    ),
    Mutation(
        "a word of deletion consents to the diary",
        "bot/lexicon.py",
        'YES = set("예 ',
        'YES = set("지워줘 예 ',
        "tests/test_dialogue.py -k words_of_deletion",
    ),
    Mutation(
        "a question back deletes everything",
        "bot/intents.py",
        'if "?" not in text and (bare in YES',
        "if (bare in YES",
        "tests/test_dialogue.py -k nothing_was_deleted",
    ),
    Mutation(
        "a deletion that was not confirmed passes in silence",
        DIALOGUE,
        "    if not_erased:\n        replies",
        "    if False:\n        replies",
        "tests/test_dialogue.py -k nothing_was_deleted",
    ),
    Mutation(
        "readiness forgets a failed write",
        APP,
        "            self._failed = True\n",
        "",
        "tests/test_trust.py -k could_not_write",
    ),
    Mutation(
        "a password in the query shown",
        "bot/settings.py",
        "_PARAMETER.sub(hidden, address)",
        "address",
        "tests/test_settings.py -k no_password",
    ),
    Mutation(
        "a newer file opened",
        STORE,
        "        if version > VERSION:",
        "        if False:",
        "tests/test_store.py -k newer_file",
    ),
    Mutation(
        "care waits like any answer",
        APP,
        "CARE_SECONDS if cares else TURN_SECONDS",
        "TURN_SECONDS",
        "tests/test_trust.py -k does_not_wait",
    ),
    Mutation(
        "care needs a store",
        APP,
        "            if not cares:\n",
        "            if True:\n",
        "tests/test_trust.py -k no_model",
    ),
    Mutation(
        "care reads no /song",
        DIALOGUE,
        "return care.level(self.text)",
        "return None if self.text.startswith('/') else care.level(self.text)",
        "tests/test_trust.py -k every_stage",
    ),
    Mutation(
        "letters split into jamo not joined",
        "bot/care.py",
        "_SPLIT_SYLLABLE.sub(_join_jamo, text)",
        "text",
        "tests/test_care.py -k figures",
    ),
    Mutation(
        "a callback to any host that begins like Kakao's",
        "bot/kakao.py",
        "return _CALLBACK.fullmatch(url) is not None",
        "return url.startswith('https://bot-api.kakao.com')",
        "tests/test_fuzz.py -k callback_address",
    ),
    Mutation(
        "texts on Telegram not escaped",
        "bot/telegram.py",
        'return escape(text if len(text) <= longest else text[: longest - 1] + "…")',
        "return text",
        "tests/test_fuzz.py -k telegram_html",
    ),
    Mutation(
        "control characters not cleaned",
        "model/text.py",
        '_CONTROL.sub(" ", unicodedata.normalize("NFC", text))',
        'unicodedata.normalize("NFC", text)',
        "tests/test_fuzz.py -k text_cleaning",
    ),
)


def copied(folder: Path) -> Path:
    """The tracked files, those to come included; big data are links."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if name.startswith(("data/", "model/weights/")):
                (folder / name).symlink_to(ROOT / name)
            else:
                shutil.copy(ROOT / name, folder / name)
    return folder


def is_seen(mutation: Mutation, folder: Path) -> bool:
    """True when the test fails with the mutation."""
    if not _passes(mutation, folder):
        raise SystemExit(f"{mutation.name}: {mutation.test} fails without the mutation")
    file = folder / mutation.file
    whole = file.read_text(encoding="utf-8")
    if whole.count(mutation.out) != 1:
        raise SystemExit(
            f"{mutation.name}: {mutation.file} holds {mutation.out!r} {whole.count(mutation.out)} times, not once"
        )
    file.write_text(whole.replace(mutation.out, mutation.into), encoding="utf-8")
    try:
        return not _passes(mutation, folder)
    finally:
        file.write_text(whole, encoding="utf-8")


def _passes(mutation: Mutation, folder: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutation.test.split()]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{mutation.name}: {mutation.test} ran no test\n{done.stdout[-2000:]}")
    return done.returncode == 0


def main() -> None:
    wanted = sys.argv[1:]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder))
        for mutation in MUTATIONS:
            if wanted and not any(word in mutation.name for word in wanted):
                continue
            seen = is_seen(mutation, copy)
            missed += not seen
            print(f"{'seen' if seen else 'NOT SEEN'}: {mutation.name} ({mutation.test})", flush=True)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
