"""What every store must do; a test class inherits it and brings the fixtures `opened` and `store`.

opened() gives another store on the same database, closed in the end; store is the first.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.state import Mood, Stage, State
from bot.store import ANSWER_KEPT, FILE_KEPT, KEPT_SECONDS, KEPT_WITHOUT_CONSENT, SENT, TABLES, Store, StoreError

NOW = 1_795_300_200.0
DAY = 86400
SAD = Mood(NOW, (0.1, 0.2, 0.6, 0.1), 0.05)
HAPPY = Mood(NOW + 60, (0.0, 0.1, 0.1, 0.8), 0.3)
FULL = State(
    stage=Stage.CHOOSING,
    time=NOW,
    moods=(SAD, HAPPY),
    seeds=("a1",),
    offered=("b1", "b2"),
    shown=("c1", "c2", "c3"),
    listed=("c3",),
    liked=("c1",),
    disliked=("c2",),
    consent=True,
)
ME, OTHER = "0" * 32, "1" * 32

Opened = Callable[[], Store]
_ids = st.lists(st.from_regex(r"[0-9a-f]{12}", fullmatch=True), max_size=6, unique=True).map(tuple)
_share = st.floats(0, 1)
_moods = st.lists(st.builds(Mood, st.floats(0, 4e9), st.tuples(_share, _share, _share, _share), _share), max_size=5)
states = st.builds(
    State,
    stage=st.sampled_from(Stage),
    time=st.floats(0, 4e9),
    moods=_moods.map(tuple),
    seeds=_ids,
    offered=_ids,
    shown=_ids,
    listed=_ids,
    liked=_ids,
    disliked=_ids,
    consent=st.sampled_from([None, True, False]),
)
any_words = st.text(st.characters(), max_size=300)
# The same test runs for each store, which is what differing executors are.
HARMLESS = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
MANY = settings(max_examples=60, deadline=None, suppress_health_check=HARMLESS)


def rows(store: Store, table: str) -> list[tuple]:
    return store._rows(f"select * from {table} order by 1, 2")


class StoreContract:
    # --- sessions ---------------------------------------------------------------------------

    def test_someone_unknown_has_a_new_session(self, store):
        assert store.load(ME) == State()
        assert store.history(ME, 0) == []
        assert store.answered(ME, "1") is None
        assert store.take_pending(ME) is None

    def test_a_session_comes_back_as_it_was(self, store):
        store.save(ME, State(), FULL)
        assert store.load(ME) == FULL
        assert store.load(OTHER) == State()

    @given(before=states, after=states)
    @MANY
    def test_every_state_comes_back_as_it_was(self, store, before, after):
        store.save(ME, State(), before)
        assert store.load(ME) == before
        store.save(ME, before, after)
        assert store.load(ME) == after

    def test_a_restart_loses_nothing(self, store, opened: Opened):
        store.save(ME, State(), FULL)
        store.close()
        again = opened()
        assert again.load(ME) == FULL
        assert again.history(ME, 0) == [SAD, HAPPY]
        assert rows(again, "feedback") == [(ME, "c1", 1, NOW), (ME, "c2", 0, NOW)]

    def test_another_process_sees_at_once_what_one_has_kept(self, store, opened: Opened):
        other = opened()
        store.save(ME, State(), FULL)
        assert other.load(ME) == FULL
        other.save(ME, FULL, replace(FULL, liked=()))
        assert store.load(ME).liked == ()

    @pytest.mark.parametrize(
        "broken",
        [
            "",
            "nothing",
            "null",
            "[]",
            "{}",
            '{"stage": "new"}',
            json.dumps(FULL.to_json() | {"stage": "dancing"}),
            json.dumps(FULL.to_json() | {"time": "yesterday"}),
            json.dumps(FULL.to_json() | {"seeds": None}),
            json.dumps(FULL.to_json() | {"moods": [{"time": 1}]}),
            json.dumps(FULL.to_json() | {"moods": [{"time": 1, "emotion": [1, 0, 0], "neutral": 0}]}),
            json.dumps(FULL.to_json() | {"moods": [{"time": 1, "emotion": ["a", 0, 0, 0], "neutral": 0}]}),
        ],
    )
    def test_a_session_that_cannot_be_read_starts_anew_and_can_be_written(self, store, broken):
        store.save(ME, State(), FULL)
        with store._written() as run:
            run("update sessions set state = ?", [broken])
        assert store.load(ME) == State()
        assert store.export(ME)["moods"]
        store.save(ME, State(), FULL)
        assert store.load(ME) == FULL

    # --- moods and ratings ---------------------------------------------------------------------

    def test_a_mood_is_written_once(self, store):
        one = State(time=NOW, moods=(SAD,), consent=True)
        two = replace(one, time=NOW + 60, moods=(SAD, HAPPY))
        store.save(ME, State(), one)
        store.save(ME, one, one)
        store.save(ME, one, two)
        store.save(ME, two, replace(two, moods=(HAPPY,)))
        store.save(ME, State(), two)
        assert store.history(ME, 0) == [SAD, HAPPY]

    def test_a_corrected_mood_takes_the_place_of_the_wrong_one(self, store):
        one = State(time=NOW, moods=(SAD,), consent=True)
        store.save(ME, State(), one)
        right = replace(SAD, emotion=(0.0, 0.0, 0.0, 1.0), neutral=0.0)
        store.save(ME, one, replace(one, moods=(right,)))
        assert store.history(ME, 0) == [right]

    def test_history_is_of_one_person_and_begins_at_a_time(self, store):
        store.save(ME, State(), State(time=NOW, moods=(HAPPY, SAD), consent=True))
        assert store.history(ME, 0) == [SAD, HAPPY]
        assert store.history(ME, HAPPY.time) == [HAPPY]
        assert store.history(ME, HAPPY.time + 1) == []
        assert store.history(OTHER, 0) == []

    def test_a_rating_is_written_once_and_changed_or_removed_with_the_state(self, store):
        liked = State(time=NOW, liked=("a", "b"), consent=True)
        store.save(ME, State(), liked)
        store.save(ME, liked, replace(liked, time=NOW + 1))
        assert rows(store, "feedback") == [(ME, "a", 1, NOW), (ME, "b", 1, NOW)]
        turned = replace(liked, time=NOW + 2, liked=("b",), disliked=("a",))
        store.save(ME, liked, turned)
        assert rows(store, "feedback") == [(ME, "a", 0, NOW + 2), (ME, "b", 1, NOW)]
        store.save(ME, turned, replace(turned, time=NOW + 3, liked=()))
        assert rows(store, "feedback") == [(ME, "a", 0, NOW + 2)]

    def test_saving_is_all_or_nothing(self, store, monkeypatch):
        monkeypatch.setattr("bot.store._ANSWER", "insert into nowhere values (?, ?, ?, ?)")
        with pytest.raises(StoreError, match="nowhere"):
            store.save(ME, State(), FULL, "1", "answer")
        assert [rows(store, table) for table in TABLES] == [[], [], [], []]
        monkeypatch.undo()
        store.save(ME, State(), FULL, "1", "answer")
        assert (store.load(ME), store.answered(ME, "1")) == (FULL, "answer")

    # --- consent ------------------------------------------------------------------------------

    @pytest.mark.parametrize("consent", [None, False])
    def test_without_consent_the_session_alone_is_kept_and_for_a_day(self, store, consent):
        state = replace(FULL, consent=consent)
        store.save(ME, State(), state)
        assert (rows(store, "moods"), rows(store, "feedback")) == ([], [])
        store.expire(NOW + KEPT_WITHOUT_CONSENT)
        assert store.load(ME) == state
        store.expire(NOW + KEPT_WITHOUT_CONSENT + 1)
        assert store.load(ME) == State()
        assert KEPT_WITHOUT_CONSENT == DAY

    def test_consent_keeps_what_the_conversation_has_told_so_far(self, store):
        unasked = replace(FULL, consent=None)
        store.save(ME, State(), unasked)
        store.save(ME, unasked, FULL)
        assert store.history(ME, 0) == [SAD, HAPPY]
        assert len(rows(store, "feedback")) == 2

    @pytest.mark.parametrize("withdrawn", [None, False])
    def test_consent_withdrawn_deletes_diary_and_ratings(self, store, withdrawn):
        store.save(ME, State(), FULL)
        store.save(OTHER, State(), FULL)
        store.save(ME, FULL, replace(FULL, consent=withdrawn))
        assert store.history(ME, 0) == []
        assert {row[0] for table in ("moods", "feedback") for row in rows(store, table)} == {OTHER}
        assert store.load(ME).consent is withdrawn

    # --- repeated requests and late answers -----------------------------------------------------

    def test_a_request_keeps_its_first_answer(self, store):
        store.keep_answer(ME, "7", "하나", NOW)
        store.keep_answer(ME, "7", "둘", NOW + 1)
        store.keep_answer(ME, "8", "셋", NOW)
        assert [store.answered(ME, request) for request in ("7", "8", "9")] == ["하나", "셋", None]
        assert store.answered(OTHER, "7") is None

    @given(request=any_words, answer=any_words)
    @MANY
    def test_any_answer_to_any_request_comes_back(self, store, request, answer):
        store.forget(ME)
        store.keep_answer(ME, request, answer, NOW)
        assert store.answered(ME, request) == answer

    def test_a_late_answer_is_collected_once_and_the_last_one_counts(self, store):
        store.set_pending(ME, "첫째", NOW)
        store.set_pending(ME, "둘째", NOW)
        assert store.take_pending(OTHER) is None
        assert store.take_pending(ME) == "둘째"
        assert store.take_pending(ME) is None
        store.set_pending(ME, "셋째", NOW)
        store.set_pending(ME, None, NOW)
        assert store.take_pending(ME) is None

    def test_an_answer_that_was_sent_is_kept_no_longer_but_known(self, store):
        store.keep_answer(ME, "7", "하나", NOW)
        store.keep_answer(ME, "8", "둘", NOW)
        store.answer_sent(ME, "7")
        store.answer_sent(ME, "9")
        assert [store.answered(ME, request) for request in ("7", "8", "9")] == [SENT, "둘", None]

    def test_late_answers_that_nobody_has_collected_are_joined(self, store):
        store.set_pending(ME, "하나", NOW, "{} {}".format)
        store.set_pending(ME, "둘", NOW, "{} {}".format)
        assert store.pending(ME) == store.take_pending(ME) == "하나 둘"
        assert store.pending(ME) is None

    def test_of_late_answers_that_are_finished_together_none_is_lost(self, store, opened: Opened):
        stores = [store, opened()]
        for _ in range(5):
            late = [
                threading.Thread(target=stores[at % 2].set_pending, args=(ME, str(at), NOW, "{} {}".format))
                for at in range(6)
            ]
            for thread in late:
                thread.start()
            for thread in late:
                thread.join()
            assert sorted((store.take_pending(ME) or "").split()) == list("012345")

    def test_a_collected_answer_comes_again_to_its_request_alone(self, store):
        store.set_pending(ME, "하나", NOW)
        assert store.take_pending(ME, "7", NOW) == "하나"
        assert store.take_pending(ME, "7", NOW) is None
        assert (store.answered(ME, "7"), store.answered(ME, "8")) == ("하나", None)
        assert store.take_pending(OTHER, "9", NOW) is None
        assert store.answered(OTHER, "9") is None

    def test_a_late_answer_is_no_answer_to_a_request_of_that_name(self, store):
        store.set_pending(ME, "늦은 답", NOW)
        assert store.answered(ME, "pending") is None

    def test_answers_expire(self, store):
        store.keep_answer(ME, "7", "하나", NOW)
        store.set_pending(ME, "둘", NOW)
        store.expire(NOW + ANSWER_KEPT)
        assert store.answered(ME, "7") == "하나"
        store.expire(NOW + ANSWER_KEPT + 1)
        assert rows(store, "answers") == []

    def test_a_file_is_its_persons_and_kept_for_ten_minutes(self, store, opened: Opened):
        store.keep_file(ME, "a.png", b"\x00\xff", NOW)
        assert opened().file(ME, "a.png") == b"\x00\xff"
        assert (store.file(OTHER, "a.png"), store.file(ME, "b.png"), store.pending(ME)) == (None, None, None)
        assert store.export(ME)["answers"] == []
        store.expire(NOW + FILE_KEPT)
        assert store.file(ME, "a.png") is not None
        store.expire(NOW + FILE_KEPT + 1)
        assert store.file(ME, "a.png") is None
        store.keep_file(ME, "a.png", b"", NOW)
        store.forget(ME)
        assert store.file(ME, "a.png") is None

    def test_answers_stand_sealed_and_requests_hashed(self, store):
        store.keep_answer(ME, "request-of-수달", "쿼카표식", NOW)
        store.set_pending(ME, "마멋표식", NOW)
        kept = repr(rows(store, "answers"))
        assert not any(word in kept for word in ("수달", "쿼카", "마멋", "request-of"))

    # --- turns ----------------------------------------------------------------------------------

    def test_one_person_has_one_turn_at_a_time_across_stores(self, store, opened: Opened):
        """Lost updates would show: each step reads a number and writes it plus one."""
        stores, steps = [store, store, opened()], 12

        def count(one: Store) -> None:
            for _ in range(steps):
                with one.turn(ME):
                    before = one.load(ME)
                    time.sleep(0.001)
                    one.save(ME, before, replace(before, time=before.time + 1))

        threads = [threading.Thread(target=count, args=(one,)) for one in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.load(ME).time == steps * len(stores)

    def test_a_turn_delays_no_other_person(self, store, opened: Opened):
        other = opened()
        with store.turn(ME):
            began = time.monotonic()
            for one in (store, other):
                with one.turn(OTHER, 1):
                    one.save(OTHER, State(), FULL)
            assert time.monotonic() - began < 1

    def test_a_turn_that_does_not_come_is_told(self, store, opened: Opened):
        other = opened()
        with store.turn(ME):
            for one in (other, store):
                with pytest.raises(StoreError, match="still being answered"), one.turn(ME, 0.05):
                    raise AssertionError("two turns at once")
        with other.turn(ME, 1), store.turn(OTHER, 1):
            pass

    def test_turns_come_in_the_order_they_were_asked_for(self, store):
        came: list[int] = []

        def step(number: int) -> None:
            with store.turn(ME):
                came.append(number)

        with store.turn(ME):
            threads = [threading.Thread(target=step, args=(number,)) for number in range(8)]
            for number, thread in enumerate(threads, 2):
                thread.start()
                while len(store._line._waiting[ME]) < number and thread.is_alive():
                    time.sleep(0.001)
            assert came == []
        for thread in threads:
            thread.join()
        assert came == list(range(8))

    def test_a_step_that_fails_gives_its_turn_back(self, store):
        with pytest.raises(ZeroDivisionError), store.turn(ME):
            raise ZeroDivisionError
        with store.turn(ME, 0.5):
            pass

    # --- forgetting, export ------------------------------------------------------------------------

    def test_forgetting_deletes_everything_of_one_person(self, store):
        for person in (ME, OTHER):
            store.save(person, State(), FULL, "1", "answer")
            store.set_pending(person, "late", NOW)
        store.save(ME, FULL, State(time=NOW, erased=True), "2", "gone")
        assert {row[0] for table in TABLES for row in rows(store, table)} == {OTHER}
        assert store.export(ME) == {"person": ME, "session": None, "moods": [], "feedback": [], "answers": []}
        assert store.export(OTHER)["session"]

    def test_an_export_holds_every_column_of_every_row(self, store):
        store.save(ME, State(), FULL, "1", "대답")
        store.set_pending(ME, "늦은 답", NOW)
        store.save(OTHER, State(), replace(FULL, time=NOW + 5))
        export = json.loads(json.dumps(store.export(ME)))
        assert State.from_json(export["session"]["state"]) == FULL
        assert export["session"]["kept_until"] == NOW + KEPT_SECONDS
        assert export["moods"] == [
            {"time": mood.time, "emotion": list(mood.emotion), "neutral": mood.neutral} for mood in (SAD, HAPPY)
        ]
        assert export["feedback"] == [
            {"song": "c1", "liked": True, "time": NOW},
            {"song": "c2", "liked": False, "time": NOW},
        ]
        assert [(one["late"], one["answer"]) for one in export["answers"]] == [(False, "대답"), (True, "늦은 답")]
        assert set(export) == {"person", "session", "moods", "feedback", "answers"}  # one part for each of TABLES

    def test_what_is_older_than_90_days_is_deleted_and_nothing_younger(self, store):
        store.save(ME, State(), replace(FULL, moods=(replace(SAD, time=NOW - 1),), time=NOW - 1))
        store.save(OTHER, State(), replace(FULL, moods=(SAD,)))
        store.expire(NOW + KEPT_SECONDS)
        assert KEPT_SECONDS == 90 * DAY
        assert {row[0] for table in TABLES for row in rows(store, table)} == {OTHER}
        assert store.load(OTHER).moods == (SAD,)

    def test_old_moods_of_someone_who_still_talks_are_deleted_too(self, store):
        state = State(time=NOW, moods=(SAD, replace(HAPPY, time=NOW + 100 * DAY)), consent=True)
        store.save(ME, State(), state)
        store.save(ME, state, replace(state, time=NOW + 100 * DAY))
        store.expire(NOW + 100 * DAY)
        assert [mood.time for mood in store.history(ME, 0)] == [NOW + 100 * DAY]

    def test_old_ratings_of_someone_who_still_talks_are_deleted_too(self, store):
        """Also out of the session, which lives as long as the person writes."""
        state = State(time=NOW, liked=("a", "b"), disliked=("c",), consent=True)
        store.save(ME, State(), state)
        later = replace(state, time=NOW + 60 * DAY, liked=("a", "b", "d"))
        store.save(ME, state, later)
        store.save(OTHER, State(), later)
        store.expire(NOW + 91 * DAY)
        assert store.export(ME)["session"]["state"]["liked"] == ["d"]
        assert store.load(ME) == replace(later, liked=("d",), disliked=())
        assert store.load(OTHER) == later
        store.expire(NOW + 120 * DAY)
        assert store.load(ME).liked == ("d",)

    def test_a_rating_that_expired_during_a_step_does_not_come_back_with_it(self, store):
        state = State(time=NOW, liked=("a",), consent=True)
        store.save(ME, State(), state)
        store.expire(NOW + 91 * DAY)
        store.save(ME, state, replace(state, time=NOW + 91 * DAY))  # a step that had begun before
        assert store.load(ME).liked == ()

    def test_a_session_that_cannot_be_read_does_not_keep_old_ratings_from_being_deleted(self, store):
        store.save(ME, State(), FULL)
        store.save(OTHER, State(), FULL)
        with store._written() as run:
            run("update sessions set state = ?, until = ?", ["nothing", NOW + 200 * DAY])
        store.expire(NOW + 91 * DAY)
        assert rows(store, "feedback") == []

    def test_help_that_was_given_is_forgotten_after_a_day(self, store):
        state = State(stage=Stage.CARING, time=NOW, liked=("a",), consent=True)
        store.save(ME, State(), state)
        store.expire(NOW + 3600)
        assert store.load(ME).stage is Stage.CARING
        store.expire(NOW + 2 * DAY)
        assert store.load(ME) == replace(state, stage=Stage.LISTENING)

    # --- backup ---------------------------------------------------------------------------------------

    def test_a_backup_brings_everything_back_and_keeps_what_was_there(self, store, tmp_path: Path):
        store.save(ME, State(), FULL, "1", "answer")
        store.backup(tmp_path / "backup.db")
        store.forget(ME)
        store.save(OTHER, State(), FULL)
        store.restore(tmp_path / "backup.db", tmp_path / "old.db")
        assert (store.load(ME), store.history(ME, 0)) == (FULL, [SAD, HAPPY])
        assert {row[0] for row in rows(store, "sessions")} == {ME}
        store.restore(tmp_path / "old.db", tmp_path / "older.db")
        assert {row[0] for row in rows(store, "sessions")} == {OTHER}

    def test_a_backup_is_of_one_moment_while_others_write(self, store, opened: Opened, tmp_path: Path):
        other = opened()
        store.save(ME, State(), FULL)
        with store._snapshot() as read:
            before = [read(f"select * from {table}") for table in TABLES]
            other.save(OTHER, State(), FULL, "1", "answer")
            other.save(ME, FULL, replace(FULL, liked=()))
            assert [read(f"select * from {table}") for table in TABLES] == before
        assert len(rows(store, "sessions")) == 2

    def test_a_backup_that_fails_leaves_no_file(self, store, tmp_path: Path):
        """An empty one would be taken for a backup, and restoring it would delete everybody."""
        store.save(ME, State(), FULL)
        folder = tmp_path / "backups"
        with store._written() as run:
            run("alter table feedback rename to elsewhere")
        try:
            with pytest.raises(StoreError, match="feedback"):
                store.backup(folder / "backup.db")
        finally:
            with store._written() as run:
                run("alter table elsewhere rename to feedback")
        assert list(folder.iterdir()) == []
        store.backup(folder / "backup.db")
        assert [file.name for file in folder.iterdir()] == ["backup.db"]
        store.restore(folder / "backup.db", folder / "old.db")
        assert store.load(ME) == FULL

    def test_what_is_no_backup_changes_nothing(self, store, tmp_path: Path):
        store.save(ME, State(), FULL)
        (tmp_path / "text.db").write_text("no database\n" * 500)
        (tmp_path / "empty.db").write_bytes(b"")
        for file in ("text.db", "missing.db", "empty.db"):
            with pytest.raises(StoreError, match=file):
                store.restore(tmp_path / file, tmp_path / "old.db")
        (tmp_path / "there.db").write_text("")
        with pytest.raises(StoreError, match=r"there\.db: is there already"):
            store.backup(tmp_path / "there.db")
        assert store.load(ME) == FULL

    def test_a_store_that_works_is_verified_and_left_as_it_was(self, store):
        store.save(ME, State(), FULL, "1", "answer")
        before = [rows(store, table) for table in TABLES]
        store.verify()
        assert [rows(store, table) for table in TABLES] == before
