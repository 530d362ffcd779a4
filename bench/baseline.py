"""The plain baseline of the bundled model, on the same rows.

    .venv/bin/python -m bench.baseline ../shared/data/emotion/seed4.csv

Character 1-4-gram and word 1-2-gram TF-IDF with logistic regression; trained on the rows of split train,
measured on those of split test.
"""

import sys
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from model.evaluate import measures, read_rows


def main() -> None:
    path = Path(sys.argv[1])
    (texts, labels), (test_texts, test_labels) = read_rows(path, "train"), read_rows(path, "test")
    baseline = make_pipeline(
        make_union(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        ),
        LogisticRegression(C=4, max_iter=200),
    )
    baseline.fit(texts, labels)
    measured = measures(baseline.predict_proba(test_texts), test_labels)
    print({name: measured[name] for name in ("rows", "accuracy", "macro_f1", "ece")})


if __name__ == "__main__":
    main()
