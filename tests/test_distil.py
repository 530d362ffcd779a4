"""Teachers and what they teach: nobody marks the rows they learnt from, and every target is a distribution."""

import errno
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from small_training import pd, rows

from model.labels import LABELS
from model.text import key
from training import chain, distil, report
from training.corpora import CorpusError
from training.linear import LinearClassifier
from training.recipes import Distillation, Lines

ROWS = rows(120)
VALIDATION = [("시험 삼아 행복해", 3), ("시험 삼아 슬퍼", 2)]
LABEL_OF = dict(ROWS + VALIDATION)


def table(given: list[tuple[str, int]]) -> pd.DataFrame:
    """Rows as `Run.split` gives them."""
    texts, labels = zip(*given, strict=True)
    shares = pd.DataFrame(np.eye(5, dtype=np.float32)[list(labels)], columns=list(LABELS))
    names = [LABELS[label] for label in labels]
    columns = {"text": texts, "key": list(map(key, texts)), "label": labels, "name": names, "source": "표"}
    return pd.concat([pd.DataFrame(columns), shares], axis=1)


def said(text: str, teacher: str, sure: float = 2.0) -> np.ndarray:
    """Logits that a teacher makes up for a text, always the same ones."""
    return sure * np.random.default_rng([*f"{teacher} {text}".encode()]).normal(size=5)


class School:
    """Stands in for a `Run`: nothing is trained, but who learnt and who read what is written down."""

    def __init__(self, folder, monkeypatch, given=ROWS, plain=None, linear=None, logits=None, **settings):
        self.folder, self.plain = folder, plain or {}
        settings = {
            "lines": dict.fromkeys(self.plain, Lines(1000)),
            "folds": 3,
            "epochs": 2,
            "label_share": 0.4,
        } | settings
        self.recipe = SimpleNamespace(labels=LABELS, distillation=Distillation(**settings))
        self.rows, self.validation = table(given), table(VALIDATION)
        self.learnt, self.read = {}, {}
        self._logits = logits or said
        self.shift = np.zeros(len(LABELS), np.float32)
        school = self

        class Linear:
            def __init__(self, labels: int):
                assert labels == 5

            def fit(self, texts, labels):
                self.name = f"linear-{len([name for name in school.learnt if name.startswith('linear')])}"
                school.learnt[self.name] = list(texts)
                return self

            def predict(self, texts):
                school.read[self.name] = list(texts)
                return np.array([(linear or (lambda text: report.softmax(said(text, "n")[None])[0]))(t) for t in texts])

        monkeypatch.setattr(distil, "LinearClassifier", Linear)

    def split(self):
        return self.rows, self.validation

    def targets(self, rows) -> np.ndarray:
        return rows[list(LABELS)].to_numpy(np.float32)

    def shifts(self, rows) -> np.ndarray:
        return np.tile(self.shift, (len(rows), 1))

    @property
    def times(self):
        return SimpleNamespace(of=lambda stage: nullcontext())

    def tune(self, stage, tokenizer, pretrained, texts, targets, validation, epochs):
        assert validation is self.validation
        assert epochs == self.recipe.distillation.epochs
        assert len(texts) == len(targets)
        self.learnt[stage] = list(texts)
        return stage

    def logits(self, model, tokenizer, texts) -> np.ndarray:
        if len(texts) != len(self.validation):
            self.read[model] = list(texts)
        return np.array([self._logits(text, model) for text in texts])


def network(school: School, texts: list[str], stages: int = 3) -> np.ndarray:
    """The calibrated mean of what all networks say of texts."""
    labels, found = school.validation["label"].to_numpy(), []
    for stage in (f"teacher-{fold}" for fold in range(stages)):
        temperature = report.temperature(school.logits(stage, None, school.validation["text"]), labels)
        found.append(report.softmax(np.array([school._logits(text, stage) for text in texts]) / temperature))
    return np.mean(found, axis=0)


# --- who reads what ------------------------------------------------------------------------


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_no_teacher_reads_a_row_it_learnt_from_and_each_row_is_read_once(tmp_path, monkeypatch, folds):
    twice = [(f"{text} !", (label + 1) % 5) for text, label in ROWS[:20]]  # the same texts with another label
    school = School(tmp_path, monkeypatch, ROWS + twice, folds=folds)
    distil.taught(school, None, None)
    names = {f"{kind}-{fold}" for kind in ("teacher", "linear") for fold in range(folds)}
    assert set(school.learnt) == set(school.read) == names
    for name in names:
        assert not set(map(key, school.learnt[name])) & set(map(key, school.read[name]))
        assert len(school.learnt[name]) + len(school.read[name]) == len(school.rows)
    for kind in ("teacher", "linear"):
        read = [text for fold in range(folds) for text in school.read[f"{kind}-{fold}"]]
        assert sorted(read) == sorted(school.rows["text"])


def test_a_row_is_read_by_a_regression_on_its_own_file_and_on_no_row_of_its_fold(tmp_path, monkeypatch):
    school = School(tmp_path, monkeypatch, plain={"a": ["줄글"]}, epochs=0)
    school.rows["source"] = np.where(np.arange(len(school.rows)) % 3, "큰 표", "작은 표")
    monkeypatch.setattr(distil, "FEW", 45)  # of 80 rows two folds hold more, of 40 fewer
    distil.taught(school, None, None)
    big = set(school.rows["text"][school.rows["source"] == "큰 표"])
    assert len(school.learnt) == 6
    for of_all, of_big in (("linear-0", "linear-1"), ("linear-2", "linear-3"), ("linear-4", "linear-5")):
        assert set(school.learnt[of_big]) == big & set(school.learnt[of_all])
        assert set(school.read[of_big]) == big - set(school.learnt[of_big])
        assert "줄글" in school.read[of_all]
        assert not set(school.learnt[of_all]) & set(school.read[of_all])


def test_every_teacher_reads_every_line(tmp_path, monkeypatch):
    lines = [f"줄글 {number}" for number in range(7)]
    school = School(tmp_path, monkeypatch, plain={"a": lines})
    distil.taught(school, None, None)
    assert len(school.read) == 6
    assert all(read[-7:] == lines for read in school.read.values())


def test_lines_are_the_first_of_the_files_that_the_recipe_names(tmp_path, monkeypatch):
    plain = {name: [f"{name} {number}" for number in range(9)] for name in ("하나", "둘", "셋")}
    school = School(tmp_path, monkeypatch, plain=plain, lines={"둘": Lines(4), "없음": Lines(3), "하나": Lines(2)})
    texts, targets = distil.taught(school, None, None)
    assert texts == [*school.rows["text"], "둘 0", "둘 1", "둘 2", "둘 3", "하나 0", "하나 1"]
    assert len(targets) == len(texts)


def test_a_line_with_a_validation_text_is_left_out(tmp_path, monkeypatch):
    school = School(tmp_path, monkeypatch, plain={"a": ["줄글", "시험 삼아, 슬퍼!", "다른 줄글"]})
    texts, _ = distil.taught(school, None, None)
    assert texts[-2:] == ["줄글", "다른 줄글"]
    assert len(texts) == len(school.rows) + 2


# --- what the targets are ----------------------------------------------------------------------


@pytest.mark.parametrize("plain", [{}, {"a": []}, {"a": [], "b": ["줄글 하나", "줄글 둘"], "c": []}])
def test_targets_are_distributions(tmp_path, monkeypatch, plain):
    texts, targets = distil.taught(School(tmp_path, monkeypatch, plain=plain), None, None)
    assert (targets.shape, targets.dtype) == ((len(texts), 5), np.float32)
    assert (targets >= 0).all()
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)


def test_what_a_network_says_is_shifted_as_in_training_for_rows_and_not_for_lines(tmp_path, monkeypatch):
    """A network that left the shift out of its logits is right about rows once it is added."""
    shift = np.array([0, 0, 0, 0, 6], np.float32)

    def logits(text: str, teacher: str) -> np.ndarray:
        return 3 * np.eye(5)[2] if text == "줄글" else 3 * np.eye(5)[LABEL_OF[text]] - shift

    school = School(tmp_path, monkeypatch, plain={"a": ["줄글"]}, logits=logits, linear=lambda text: np.full(5, 0.2))
    school.recipe.distillation = replace(school.recipe.distillation, label_share=0)
    school.shift = shift
    texts, targets = distil.taught(school, None, None)
    assert targets.argmax(axis=1).tolist() == [*school.rows["label"], 2]
    assert texts[-1] == "줄글"
    sure = targets.max(axis=1)  # the same for all: the temperature was fitted to shifted logits, which are all right
    np.testing.assert_allclose(sure, sure[0], atol=1e-5)


@pytest.mark.parametrize("label_share", [0, 0.4, 1])
@pytest.mark.parametrize("better", ["linear", "network"])
def test_a_row_s_target_is_its_label_s_share_and_what_the_better_teacher_says(
    tmp_path, monkeypatch, better, label_share
):
    """One kind of teacher knows every row, the other is sure of the label after it."""

    def logits(text: str, teacher: str) -> np.ndarray:
        return 3.0 * np.eye(5)[(LABEL_OF[text] + (better == "linear")) % 5]

    def linear(text: str) -> np.ndarray:
        return np.roll(0.02 + 0.9 * np.eye(5)[LABEL_OF[text]], better == "network")

    school = School(tmp_path, monkeypatch, linear=linear, logits=logits, label_share=label_share)
    texts, targets = distil.taught(school, None, None)
    assert np.load(tmp_path / distil.TAUGHT)["network_share"] == (better == "network")
    labels = np.eye(5)[[label for _, label in ROWS]]
    taught = network(school, texts) if better == "network" else np.array([linear(text) for text in texts])
    np.testing.assert_allclose(targets, label_share * labels + (1 - label_share) * taught, atol=1e-5)


def test_a_row_of_several_labels_keeps_their_shares(tmp_path, monkeypatch):
    school = School(tmp_path, monkeypatch, label_share=1.0)
    school.rows.loc[3, list(LABELS)] = [0.5, 0, 0, 0.5, 0]
    _, targets = distil.taught(school, None, None)
    np.testing.assert_allclose(targets[3], [0.5, 0, 0, 0.5, 0])


def test_the_share_of_the_networks_is_the_one_that_fits_the_labels_best():
    draw = np.random.default_rng(1)
    labels = draw.integers(0, 3, 500)
    one = report.softmax(2 * np.eye(3)[labels] + draw.normal(0, 2, (500, 3)))
    other = report.softmax(1 * np.eye(3)[labels] + draw.normal(0, 1, (500, 3)))
    share = distil._best_share(one, other, labels)

    def loss(share: float) -> float:
        return -np.log((share * one + (1 - share) * other)[np.arange(500), labels]).mean()

    assert 0 < share < 1
    assert loss(share) < min(loss(share - 0.05), loss(share + 0.05))


def test_lines_have_the_mean_of_all_teachers_smoothed_over_each_file(tmp_path, monkeypatch):
    plain = {name: [f"{name} 줄글 {number // 10} {number}" for number in range(40)] for name in ("가", "나")}

    def logits(text: str, teacher: str) -> np.ndarray:
        label = LABEL_OF[text] if text in LABEL_OF else int(text.split()[-2])
        return said(text, teacher, 0.7) + 2 * np.eye(5)[label]

    school = School(tmp_path, monkeypatch, plain=plain, linear=lambda text: np.full(5, 0.2), logits=logits)
    texts, targets = distil.taught(school, None, None)
    share = float(np.load(tmp_path / distil.TAUGHT)["network_share"])
    for at, name in enumerate(("가", "나")):
        mean = (share * network(school, plain[name]) + (1 - share) * 0.2).astype(np.float32)
        first = len(ROWS) + 40 * at
        assert texts[first : first + 40] == plain[name]
        np.testing.assert_allclose(targets[first : first + 40], chain.smoothed(mean), atol=1e-4)
        assert np.abs(targets[first : first + 40] - mean).max() > 0.1


def kin(count: int, at: int = 0) -> pd.DataFrame:
    """Rows of the file «친척», which names two kinds of 슬픔; words of its own tell which."""
    names = ("슬픔", "상처")
    made = [(f"{word} 이야기 {at + number} {word}", 2) for number in range(count) for word in ("쓸쓸", "서운")]
    return table(made).assign(source="친척", name=[names[number % 2] for number in range(len(made))])


def of_kin(folder, monkeypatch, lines, **settings) -> tuple[School, list[str], np.ndarray]:
    with monkeypatch.context() as patch:
        school = School(folder, patch, plain={"줄": lines}, lines={"줄": Lines(1000, kin="친척")}, **settings)
        learnt = []

        class Recorded(LinearClassifier):
            def fit(self, texts, labels):
                learnt.append((list(texts), set(labels)))
                return super().fit(texts, labels)

        patch.setattr(distil, "LinearClassifier", Recorded)
        happy = table([(f"신나는 이야기 {number}", 3) for number in range(20)]).assign(source="친척", name="기쁨")
        school.rows = pd.concat([school.rows, kin(20), happy], ignore_index=True)
        texts, targets = distil.taught(school, None, None)
    school.learnt = learnt
    return school, texts, targets


def test_lines_of_a_labelled_file_s_collection_are_read_by_a_regression_on_that_file_alone(tmp_path, monkeypatch):
    school, texts, targets = of_kin(tmp_path, monkeypatch, ["쓸쓸 쓸쓸", "서운 서운", "신나는 신나는"] * 5, epochs=0)
    *_, (learnt, classes) = school.learnt
    assert learnt == list(school.rows.loc[school.rows["source"] == "친척", "text"])
    assert classes == {0, 1, 2}  # 기쁨, 상처, 슬픔: the file's own names
    assert texts[-15:-12] == ["쓸쓸 쓸쓸", "서운 서운", "신나는 신나는"]
    assert targets[-15:].argmax(axis=1).tolist() == [2, 2, 3] * 5  # both kinds of 슬픔 are one of the recipe's labels
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)


def test_networks_read_the_lines_of_a_collection_too(tmp_path, monkeypatch):
    """The regression knows no word of these lines, the networks know all."""

    def logits(text: str, teacher: str) -> np.ndarray:
        return 4 * np.eye(5)[LABEL_OF.get(text, 3 if "모르는" in text or "신나는" in text else 2)]

    _, _, targets = of_kin(tmp_path, monkeypatch, ["모르는 말", "처음 보는 모르는 말"], logits=logits)
    assert np.load(tmp_path / distil.TAUGHT)["network_share"] > 0.5
    assert targets[-2:].argmax(axis=1).tolist() == [3, 3]
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)


def test_among_the_names_of_one_label_the_regression_decides(monkeypatch):
    class Regression:
        def __init__(self, names):
            assert names == 3

        def fit(self, texts, numbers):
            return self

        def predict(self, lines):
            return np.array([[0.5, 0.2, 0.3]], np.float32)  # 기쁨, 상처, 슬픔

    smoothed = []
    monkeypatch.setattr(distil, "LinearClassifier", Regression)
    monkeypatch.setattr(chain, "smoothed", lambda said: smoothed.append(said) or said)
    of_collection = pd.concat([kin(2), table([("신나는 이야기", 3)]).assign(name="기쁨")])
    network = np.array([[0, 0, 0.6, 0.15, 0.25]], np.float32)  # the file has no 중립: its share goes to the others
    found = distil._read_as_kin(of_collection, LABELS, ["줄글"], network, 0.5)
    np.testing.assert_allclose(smoothed[0], [[0.5 * 0.2 + 0.25, 0.5 * 0.32 + 0.1, 0.5 * 0.48 + 0.15]], atol=1e-6)
    np.testing.assert_allclose(found, [[0, 0, 0.65, 0.35, 0]], atol=1e-6)


def test_a_finer_order_shows_through_the_file_s_own_names(tmp_path, monkeypatch):
    """Runs of 슬픔 and 상처 are one long run to the recipe's labels; lines that say nothing get their run's label."""
    lines = [f"모르는 말 {n}" if n % 5 == 4 else f"{('쓸쓸', '서운', '신나는')[n // 30]} 이야기" for n in range(90)]
    lines = [f"{line} {number}" for number, line in enumerate(lines)]
    _, _, targets = of_kin(tmp_path, monkeypatch, lines, epochs=0)
    silent = targets[-90:][4::5]
    assert (silent.argmax(axis=1) == np.repeat([2, 2, 3], 6)).mean() > 0.9


def test_a_line_that_is_a_row_of_its_collection_says_its_own_label(tmp_path, monkeypatch):
    row = kin(1).iloc[0]["text"]
    _, texts, targets = of_kin(tmp_path, monkeypatch, [row], epochs=0)
    assert texts[-1] == row
    np.testing.assert_allclose(targets[-1], np.eye(5)[2], atol=1e-4)


@pytest.mark.parametrize("missing", ["rows", "names", "lines"])
def test_without_its_kin_a_file_is_read_by_the_teachers_of_all_rows(tmp_path, monkeypatch, missing):
    lines = [] if missing == "lines" else ["줄글 하나", "줄글 둘"]
    school = School(tmp_path, monkeypatch, plain={"줄": lines}, lines={"줄": Lines(1000, kin="친척")}, epochs=0)
    if missing == "names":
        school.rows = pd.concat([school.rows, kin(5).assign(name="슬픔")], ignore_index=True)
    _, targets = distil.taught(school, None, None)
    assert len(targets) == len(school.rows) + len(lines)
    assert all(read[len(read) - len(lines) :] == lines for read in school.read.values())


# --- what is kept -----------------------------------------------------------------------------


def test_what_was_taught_is_made_once(tmp_path, monkeypatch):
    plain = {"a": ["줄글 하나", "줄글 둘"]}
    texts, targets = distil.taught(School(tmp_path, monkeypatch, plain=plain), None, None)
    again = School(tmp_path, monkeypatch, plain=plain)
    texts_again, targets_again = distil.taught(again, None, None)
    assert texts_again == texts
    np.testing.assert_array_equal(targets_again, targets)
    assert not again.learnt


def test_a_teacher_that_was_interrupted_is_the_next_one_to_learn(tmp_path, monkeypatch):
    first = School(tmp_path, monkeypatch)
    expected = distil.taught(first, None, None)[1]
    (tmp_path / distil.TAUGHT).unlink()
    (tmp_path / "teacher-1.npz").unlink()
    again = School(tmp_path, monkeypatch)
    np.testing.assert_array_equal(distil.taught(again, None, None)[1], expected)
    assert set(again.learnt) == {"teacher-1", "linear-0"}


def test_what_was_taught_of_other_data_is_refused(tmp_path, monkeypatch):
    distil.taught(School(tmp_path, monkeypatch), None, None)
    with pytest.raises(CorpusError, match=r"taught\.npz: was made from other data; start without --resume"):
        distil.taught(School(tmp_path, monkeypatch, ROWS[:-1]), None, None)


def test_a_full_disk_leaves_no_half_of_what_was_taught(tmp_path, monkeypatch):
    def savez(path, **arrays):
        path.write_bytes(b"PK\x03\x04")
        raise OSError(errno.ENOSPC, "No space left on device")

    school = School(tmp_path, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", savez)
        with pytest.raises(OSError, match="No space left"):
            distil.taught(school, None, None)
    _, targets = distil.taught(school, None, None)
    assert len(targets) == len(ROWS)


# --- the linear teacher -------------------------------------------------------------------------


def test_the_linear_classifier_learns_words_and_gives_distributions():
    texts, labels = zip(*rows(300, seed=5), strict=True)
    taught = LinearClassifier(5).fit(texts, np.array(labels))
    fresh, wanted = zip(*rows(100, seed=6), strict=True)
    read = taught.predict(fresh)
    assert (read.shape, read.dtype) == ((100, 5), np.float32)
    np.testing.assert_allclose(read.sum(axis=1), 1, atol=1e-5)
    assert (read.argmax(axis=1) == wanted).mean() > 0.95
    np.testing.assert_allclose(taught.predict(fresh[:3]), read[:3], atol=1e-6)


def test_a_label_that_the_linear_classifier_never_met_has_no_share():
    met = [row for row in rows(200) if row[1] in (1, 3)]
    texts, labels = zip(*met, strict=True)
    read = LinearClassifier(5).fit(texts, np.array(labels)).predict(["오늘 행복해", "낯선 말뿐"])
    np.testing.assert_array_equal(read[:, [0, 2, 4]], 0)
    np.testing.assert_allclose(read.sum(axis=1), 1, atol=1e-5)
    assert read[0].argmax() == 3
