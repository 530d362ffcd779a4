"""Learn data/care.npz (`bot.hints`) from data/care.tsv and from everyday messages, and measure it.

    D=../shared/data/emotion
    .venv/bin/python -m bench.hints learn \\
        $D/seed4.csv $D/keti_single.csv $D/keti_continuous_dialogues.csv $D/emo_dialog_train_elder_gold.csv
    .venv/bin/python -m bench.hints show FILE.tsv ...

data/care.tsv: level (A, B or N for none), meaning and sentence, written for this project, as was data/messages.csv,
which says what is not meant. So do three quarters of the everyday messages, which are rows of a corpus (column text;
split, if there, other than «test») in which the rules find nothing, and the titles of the bundled catalogue; by the
rest of the messages the threshold is set: at most `ALARMS` of them are raised. `show` counts what rules and net say of
sentences in a file of the same form.
"""

import csv
import math
import re
import sys
from collections import Counter
from itertools import cycle
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bench.care import sentences
from bot import care, hints
from model.folders import file_written_whole
from recommender.catalogue import BUNDLED, Catalogue

DATA = Path(__file__).parent.parent / "data"
SENTENCES, OURS = DATA / "care.tsv", DATA / "messages.csv"
ALARMS = 0.003
MESSAGES = 80_000
LEAST = 2  # texts a term stands in, one of them ours: no run of letters is kept that only a corpus has
ASKS = (" 듣고 싶어", " 틀어 줘", " 노래 추천해 줘")
SMALL = 0.3  # weights that are left out
SEED = 1234
TALK = "오늘은 일찍 일어나서 회사에 갔다가 점심에 국수를 먹었고 {} 저녁에는 집에 와서 빨래를 하고 드라마를 봤어"


def rows(path: Path) -> list[tuple[str, str]]:
    """(level, sentence) of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(level, text) for level, _, text in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def messages(paths: list[Path]) -> list[str]:
    """Everyday messages in which the rules find nothing, in an order of chance."""
    found = [text for path in paths for text in texts(path)]
    drawn = np.random.default_rng(SEED).permutation(len(found))[:MESSAGES]
    return [found[at] for at in drawn if care.by_rules(found[at])[0] is None]


def texts(path: Path) -> list[str]:
    """The messages of a corpus that are not kept for a test."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file) if row.get("split") != "test"]


def learn(paths: list[Path]) -> None:
    """Write `hints.FILE`."""
    told = rows(SENTENCES) + [(level.replace("-", "N"), text) for level, _, text in sentences("development")]
    told += [("N", text) for text in texts(OURS)]
    everyday = messages(paths)
    harmless, for_threshold = np.split(np.array(everyday, object), [len(everyday) * 3 // 4])
    titles = sorted({song.title for song in Catalogue(BUNDLED).songs})
    harmless = [*harmless, *titles, *(title + ask for title, ask in zip(titles, cycle(ASKS)))]
    passages = [*(text for _, text in told), *harmless]
    means = np.array([level != "N" for level, _ in told] + [False] * len(harmless))
    found = [hints.terms("".join(care.sentences(text))) for text in passages]
    often = Counter(term for of_text in found for term in of_text)
    ours = set().union(*found[: len(told)])
    names = sorted(term for term in ours if often[term] >= LEAST and not re.search("[a-z]", term))
    rarity = np.array([math.log((1 + len(passages)) / (1 + often[term])) + 1 for term in names]) / 4
    regression = LogisticRegression(C=10, max_iter=3000, tol=1e-7).fit(_matrix(found, names, rarity), means)
    weights = (regression.coef_[0] * rarity).astype(np.float16)
    kept = np.flatnonzero(np.abs(weights) > SMALL)
    bias = float(regression.intercept_[0])
    learnt = {names[at]: float(weights[at]) for at in kept}
    threshold = float(np.quantile([_most(text, learnt, bias) for text in for_threshold], 1 - ALARMS))
    with file_written_whole(hints.FILE) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file,
            terms=np.frombuffer("\n".join(learnt).encode(), np.uint8),
            weights=weights[kept],
            bias=np.float32(bias),
            threshold=np.float32(threshold),
        )
    others = len(passages) - len(told)
    print(f"{len(told)} sentences, {others} harmless texts, {len(kept)} terms, threshold {threshold:.2f}")


def _most(text: str, weights: dict[str, float], bias: float) -> float:
    return max((hints.score(one, weights, bias) for one in hints.passages(care.sentences(text))), default=bias)


def _matrix(found: list[set[str]], names: list[str], rarity: np.ndarray) -> csr_matrix:
    """Rarity of each term over the root of the number of terms, float64 [texts, names]."""
    place = {name: at for at, name in enumerate(names)}
    entries = [
        (row, place[term], rarity[place[term]] / math.sqrt(len(of_text)))
        for row, of_text in enumerate(found)
        for term in of_text
        if term in place
    ]
    at, column, value = zip(*entries, strict=True)
    return csr_matrix((value, (at, column)), shape=(len(found), len(names)))


def show(paths: list[Path]) -> None:
    """Print, by level, how many sentences of each file are raised, as written, without blanks, and amid other talk."""
    for path in paths:
        told = rows(path)
        for level in ("A", "B", "N"):
            of_level = [text for name, text in told if name == level]
            by_rules = sum(care.by_rules(text)[0] is not None for text in of_level)
            by_both, tight, amid = (
                sum(care.level(form.format(text).replace(*blanks)) is not None for text in of_level)
                for form, blanks in (("{}", ("", "")), ("{}", (" ", "")), (TALK, ("", "")))
            )
            print(
                f"{path.name} {level}: rules {by_rules}, rules and net {by_both} of {len(of_level)}; "
                f"without blanks {tight}, amid talk {amid}"
            )


def main() -> None:
    what, paths = sys.argv[1], [Path(name) for name in sys.argv[2:]]
    {"learn": learn, "show": show}[what](paths)


if __name__ == "__main__":
    main()
