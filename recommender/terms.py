"""Lyrics → term weights, genres → tags. Needs the extra `catalogue` (kiwipiepy, scikit-learn)."""

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from kiwipiepy import Kiwi
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from recommender.index import TermMatrix

LONGEST_TERM = 10  # letters; sources that glue line ends make whole lines into one word
# A term in a larger share of the songs tells nothing of likeness, or of emotion; measured in docs/recommending.md.
LIKENESS_SHARE, EMOTION_SHARE = 0.1, 0.5
FEW_SONGS, MOST_OF_FEW = 50, 0.3  # in a small catalogue a share says less
TITLE = 2  # times that a title counts for the emotion
ARTIST_TERMS = 200  # kept of an artist, those of the largest weight

# Kiwi's tags of content morphemes → what stands behind the slash in a term's name.
_CONTENT = {"NNG": "N", "NNP": "N", "XR": "N", "VV": "V", "VA": "V", "MAG": "M", "SL": "L"}


@functools.cache
def _analyser() -> Kiwi:
    return Kiwi()


def morphemes(lyrics: Sequence[str]) -> Iterable[list[str]]:
    """The content morphemes of each text with a coarse tag: «밤/N», «걷다/V», «늘/M», «love/L»."""
    for tokens in _analyser().tokenize(lyrics):
        # Irregular verbs carry a tail, «VV-I»; a name of several words would keep their order.
        tagged = ((token.form, _CONTENT.get(token.tag.split("-")[0])) for token in tokens)
        yield [_name(form, tag) for form, tag in tagged if tag and len(form) <= LONGEST_TERM and " " not in form]


def with_titles(counts: Iterable[Mapping[str, int]], titles: Sequence[str]) -> list[Counter[str]]:
    """Counts of the morphemes of lyrics and, `TITLE` times, of titles."""
    both = []
    for of_lyrics, of_title in zip(counts, morphemes(titles), strict=True):
        both.append(Counter(of_lyrics))
        both[-1].update({name: TITLE * count for name, count in Counter(of_title).items()})
    return both


def morpheme_weights(
    counts: Iterable[Mapping[str, int]], share: float = LIKENESS_SHARE
) -> tuple[TermMatrix, list[str]]:
    """(songs × morphemes, their names in alphabetical order): damped counts × idf, unit rows.

    Left out are terms of one song, of more than `share` of the songs, and of more than ten letters.
    """
    documents = list(counts)
    most = max(share * len(documents), min(FEW_SONGS, MOST_OF_FEW * len(documents)), 2)
    vectorizer = TfidfVectorizer(analyzer=_repeated, sublinear_tf=True, min_df=2, max_df=int(most), dtype=np.float64)
    try:
        weights = vectorizer.fit_transform(documents)
    except ValueError:  # scikit-learn's word for «no terms remain»
        return _matrix(csr_matrix((len(documents), 0))), []
    return _matrix(weights), list(vectorizer.get_feature_names_out())


def _repeated(counts: Mapping[str, int]) -> list[str]:
    return [name for name, count in counts.items() for _ in range(count)]


def artist_weights(songs: TermMatrix, artist: np.ndarray) -> TermMatrix:
    """Artists × morphemes, unit rows: the mean over an artist's songs, its `ARTIST_TERMS` largest weights.

    artist: int [songs], a number from 0 for each artist, -1 for none.
    """
    rows = np.flatnonzero(artist >= 0)
    count = int(artist.max(initial=-1)) + 1
    if not count or not songs.width:
        return _matrix(csr_matrix((count, songs.width)))
    weights = csr_matrix((songs.data, songs.indices, songs.indptr), (len(songs), songs.width), dtype=np.float64)
    sings = csr_matrix((np.ones(len(rows)), (artist[rows], rows)), (count, len(songs)))
    whole = normalize((sings @ weights).tocsr())
    whole.data = whole.data.round(9)  # sums in another order of rows are the same
    for row in range(count):
        part = slice(whole.indptr[row], whole.indptr[row + 1])
        if whole.indptr[row + 1] - whole.indptr[row] > ARTIST_TERMS:
            data = whole.data[part]
            data[data < np.partition(data, -ARTIST_TERMS)[-ARTIST_TERMS]] = 0
    whole.eliminate_zeros()
    return _matrix(normalize(whole))


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
