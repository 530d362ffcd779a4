"""Lyrics → term weights, genres → tags. Needs the extra `catalogue` (kiwipiepy, scikit-learn)."""

from collections.abc import Iterable, Sequence

import numpy as np
from kiwipiepy import Kiwi
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize
from tqdm import tqdm

from recommender.index import TermMatrix

LONGEST_TERM = 10  # letters; sources that glue line ends make whole lines into one word
MOST_SONGS = 0.3  # a term in a larger share of the songs tells nothing

# Kiwi's tags of content morphemes → what stands behind the slash in a term's name.
_CONTENT = {"NNG": "N", "NNP": "N", "XR": "N", "VV": "V", "VA": "V", "MAG": "M", "SL": "L"}


def morphemes(lyrics: Sequence[str]) -> Iterable[list[str]]:
    """The content morphemes of each text with a coarse tag: «밤/N», «걷다/V», «늘/M», «love/L»."""
    kiwi = Kiwi()
    for tokens in tqdm(kiwi.tokenize(lyrics), total=len(lyrics), desc="morphemes", unit="song"):
        # Irregular verbs carry a tail, «VV-I»; a name of several words would keep their order.
        tagged = ((token.form, _CONTENT.get(token.tag.split("-")[0])) for token in tokens)
        yield [_name(form, tag) for form, tag in tagged if tag and len(form) <= LONGEST_TERM and " " not in form]


def morpheme_weights(documents: Iterable[list[str]]) -> tuple[TermMatrix, list[str]]:
    """(songs × morphemes, their names in alphabetical order): damped counts × idf, unit rows.

    Left out are terms of one song, of more than `MOST_SONGS` of the songs, and of more than ten letters.
    """
    documents = list(documents)
    most = min(1.0, max(MOST_SONGS, 2 / len(documents)))  # a share that two songs of a small catalogue stay within
    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=2, max_df=most, dtype=np.float64)
    try:
        weights = vectorizer.fit_transform(documents)
    except ValueError:  # scikit-learn's word for «no terms remain»
        return _matrix(csr_matrix((len(documents), 0))), []
    return _matrix(weights), list(vectorizer.get_feature_names_out())


def original_lyrics(texts: Sequence[str]) -> TermMatrix:
    """The original's TfidfVectorizer(), scikit-learn's defaults: songs × words, unit rows.

    Weights are computed over all words; then the columns of words that stand in one song are dropped, which
    changes no product of two songs. Columns have no names, so no word of the lyrics is kept.
    """
    return _matrix(_without_lonely_terms(_fitted(TfidfVectorizer(), texts)))


def original_genres(genres: Sequence[str]) -> TermMatrix:
    """The original's CountVectorizer(ngram_range=(1, 2)) over the genre text, rows made unit for the cosine."""
    counts = _fitted(CountVectorizer(ngram_range=(1, 2)), genres).astype(np.float64)
    return _matrix(normalize(counts) if counts.shape[1] else counts)


def _fitted(vectorizer, texts: Sequence[str]) -> csr_matrix:
    try:
        return vectorizer.fit_transform(texts)
    except ValueError:  # scikit-learn's word for «no words at all»
        return csr_matrix((len(texts), 0))


def _without_lonely_terms(weights: csr_matrix) -> csr_matrix:
    songs = np.bincount(weights.indices, minlength=weights.shape[1])
    return weights[:, np.flatnonzero(songs > 1)]


def _matrix(weights) -> TermMatrix:
    weights = weights.tocsr()
    weights.sort_indices()
    return TermMatrix(
        weights.data.astype(np.float32),
        weights.indices.astype(np.int32),
        weights.indptr.astype(np.int64),
        weights.shape[1],
    )


def _name(form: str, tag: str) -> str:
    return f"{form.casefold()}{'다' if tag == 'V' else ''}/{tag}"
