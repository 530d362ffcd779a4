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
DESK, SKILL, SERVER, TELEGRAM = "bot/desk.py", "bot/skill.py", "bot/server.py", "bot/telegram.py"
PREVIEW, FILES = "bot/preview.py", "bot/files.py"
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
        "the net behind the rules is not asked",
        "bot/care.py",
        "return reading.verdict[0] or (Level.B if hints.raised(reading.unjudged) else None)",
        "return reading.verdict[0]",
        "tests/test_hints.py",
    ),
    Mutation(
        "what rules know to be harmless is asked about again",
        "bot/care.py",
        "        if not any(rule.kind in _SURELY_HARMLESS for rule, _ in hits):\n",
        "        if True:\n",
        "tests/test_hints.py -k harmless",
    ),
    Mutation(
        "what a rule only guesses to be harmless is not asked about",
        "bot/care.py",
        "        if not any(rule.kind in _SURELY_HARMLESS for rule, _ in hits):\n",
        "        if not hits:\n",
        "tests/test_hints.py -k guess",
    ),
    Mutation(
        "a subject of study anywhere in a sentence hides what is said",
        "bot/care.py",
        "_NEAR = 6",
        "_NEAR = 40",
        "tests/test_care.py -k plain_words",
    ),
    Mutation(
        "care weights that cannot be read are told in the first conversation",
        "bot/app.py",
        "    hints.learnt()",
        "    pass",
        "tests/test_hints.py -k told_at_the_start",
    ),
    Mutation(
        "long talk is judged as one",
        "bot/hints.py",
        "WINDOW = 50",
        "WINDOW = 5000",
        "tests/test_hints.py -k much_talk",
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
    Mutation(
        "no pace",
        DESK,
        "if due - now > BURST / PER_SECOND + 1e-9:",
        "if False:",
        "tests/test_server.py -k one_person_cannot_flood",
    ),
    Mutation(
        "nobody is turned away",
        DESK,
        "if self._waiting[platform] >= WAITING:",
        "if False:",
        "tests/test_server.py -k overloaded",
    ),
    Mutation(
        "answers that leave slowly count as waiting",
        DESK,
        "                waiting.close()",
        "                pass",
        "tests/test_telegram.py -k leave_slowly",
    ),
    Mutation(
        "care has a pace",
        DESK,
        "        if await self._cares(text):\n",
        "        if self.pace.allows(person) and await self._cares(text):\n",
        "tests/test_server.py -k one_person_cannot_flood",
    ),
    Mutation(
        "care waits for the session",
        DESK,
        "asyncio.wait({work}, timeout=CARE_SECONDS)",
        "asyncio.wait({work}, timeout=None)",
        "tests/test_server.py -k care_waits_for_no_session",
    ),
    Mutation(
        "the skill's secret not compared",
        SKILL,
        'if not hmac.compare_digest(given.encode("latin-1", "replace"), secret.encode()):',
        "if not given:",
        "tests/test_server.py -k secret_header",
    ),
    Mutation(
        "without a secret anyone may ask",
        SKILL,
        "            if not from_loopback(request):\n",
        "            if False:\n",
        "tests/test_server.py -k without_a_secret",
    ),
    Mutation(
        "any bot is answered",
        SKILL,
        "sent.bot_id != self._settings.kakao_bot_id",
        "False",
        "tests/test_server.py -k another_bot",
    ),
    Mutation(
        "what cannot be collected in time is lost",
        SKILL,
        "            self._keep_late(person, self._keep(person, looking))\n",
        "",
        "tests/test_server.py -k cannot_be_taken_in_time",
    ),
    Mutation(
        "a collection waits as long as it takes",
        SKILL,
        "if not await _done(looking, received + DEADLINE):",
        "if not await _done(looking, received + 60):",
        "tests/test_server.py -k cannot_be_taken_in_time",
    ),
    Mutation(
        "collecting without a pace",
        SKILL,
        "if not self._desk.pace.allows(person):",
        "if False:",
        "tests/test_server.py -k collecting_has_a_pace",
    ),
    Mutation(
        "a repeated collection finds nothing",
        SKILL,
        "self._shared.take_pending, person, number, time.time()",
        "self._shared.take_pending, person",
        "tests/test_server.py -k repeated_collection",
    ),
    Mutation(
        "late answers kept without a turn",
        STORE,
        'with self.turn(f"{_PENDING} {person}"), self._written() as run:',
        "with self._written() as run:",
        "tests/test_postgres.py -k finished_together",
    ),
    Mutation(
        "a file that cannot be kept takes its text along",
        SKILL,
        '        except StoreError as problem:\n            log.error("a file',
        '        except ZeroDivisionError as problem:\n            log.error("a file',
        "tests/test_server.py -k cannot_be_kept_leaves",
    ),
    Mutation(
        "files for ever",
        FILES,
        "token.encode(), FILE_KEPT, int(now)",
        "token.encode(), 10**9, int(now)",
        "tests/test_server.py -k files_expire",
    ),
    Mutation(
        "files under any ending",
        FILES,
        'if name.endswith(f".{kind}") else None',
        "",
        "tests/test_server.py -k files_expire",
    ),
    Mutation(
        "Telegram's secret not compared",
        SERVER,
        'not hmac.compare_digest(given.encode("latin-1", "replace"), secret)',
        "not given",
        "tests/test_server.py -k telegrams_route",
    ),
    Mutation(
        "long bodies read",
        SERVER,
        "if read > self._most or",
        "if",
        "tests/test_server.py -k long_bodies",
    ),
    Mutation(
        "the page in a frame of others",
        PREVIEW,
        "\"base-uri 'none'; form-action 'self'; frame-ancestors 'none'\"",
        "\"base-uri 'none'; form-action 'self'\"",
        "tests/test_page.py -k guarded_by_headers",
    ),
    Mutation(
        "the page under any name",
        PREVIEW,
        '_OWN_NAME.fullmatch(request.headers.get("host", ""))',
        "True",
        "tests/test_page.py -k other_names",
    ),
    Mutation(
        "the page takes the store's failure for the answer",
        PREVIEW,
        "        except StoreError as problem:\n",
        "        except ZeroDivisionError as problem:\n",
        "tests/test_server.py -k on_the_page",
    ),
    Mutation(
        "no answer on Telegram where its buttons cannot be made",
        TELEGRAM,
        '        except StoreError as problem:\n            log.error("an answer has no',
        '        except ZeroDivisionError as problem:\n            log.error("an answer has no',
        "tests/test_telegram.py -k without_buttons",
    ),
    Mutation(
        "care on Telegram waits for the limits",
        TELEGRAM,
        "AT_ONCE if reply.call else None",
        "None",
        "tests/test_telegram.py -k limits_of_other_chats",
    ),
    Mutation(
        "an update answered as often as it comes",
        TELEGRAM,
        "            if in_turn:\n",
        "            if False:\n",
        "tests/test_telegram.py -k comes_twice",
    ),
    Mutation(
        "an update acknowledged before it is answered",
        TELEGRAM,
        "await asyncio.wait({task}, timeout=ACKNOWLEDGED)",
        "await asyncio.sleep(0)",
        "tests/test_telegram.py -k acknowledged_when",
    ),
    Mutation(
        "a tap that was kept and not sent is stale",
        TELEGRAM,
        "stands = kept is not None or command",
        "stands = command",
        "tests/test_telegram.py -k kept_and_not_sent",
    ),
    Mutation(
        "a stale tap that has waited is dropped",
        TELEGRAM,
        "            if not stands and not told:",
        "            if False:",
        "tests/test_telegram.py -k stale_tap",
    ),
    Mutation(
        "the button of a refused tap goes on turning",
        TELEGRAM,
        "        self.answer(None)  # also",
        "        pass  # also",
        "tests/test_telegram.py -k springs_back",
    ),
    Mutation(
        "the stop waits for Telegram",
        TELEGRAM,
        "asyncio.wait(set(self._answering), timeout=STOP_SECONDS)",
        "asyncio.wait(set(self._answering))",
        "tests/test_telegram.py -k stop_does_not_wait",
    ),
    Mutation(
        "an update with an odd date comes for ever",
        TELEGRAM,
        "AttributeError, OverflowError)",
        "AttributeError)",
        "tests/test_telegram.py -k odd_date",
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
