"""The sparse matrices that serve, against dense arithmetic, and the exact top k."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.index import Postings, TermMatrix, top

NAMES = ("data", "indices", "indptr", "width")


def sparse(dense: np.ndarray) -> TermMatrix:
    """The matrix of a dense float array."""
    rows, columns = np.nonzero(dense)
    counts = np.bincount(rows, minlength=len(dense))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return TermMatrix(dense[rows, columns].astype(np.float32), columns.astype(np.int32), indptr, dense.shape[1])


weights = st.sampled_from([0.0, 0.0, 0.0, 0.25, 0.5, 1.0])
matrices = arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(1, 7)), elements=weights)

EMPTY_ROWS = {
    "none": [[1, 0, 0.5], [0, 1, 0], [0.5, 0.5, 0]],
    "first": [[0, 0, 0], [0, 1, 0], [0.5, 0.5, 0]],
    "middle": [[1, 0, 0.5], [0, 0, 0], [0, 0, 0], [0.5, 0.5, 0]],
    "last": [[1, 0, 0.5], [0.5, 0.5, 0], [0, 0, 0], [0, 0, 0]],
    "all": [[0, 0, 0], [0, 0, 0]],
    "one row": [[0.5, 0, 1]],
}


@pytest.mark.parametrize("case", EMPTY_ROWS)
def test_products_are_those_of_the_dense_matrix_wherever_rows_are_empty(case):
    dense = np.array(EMPTY_ROWS[case], float)
    matrix = sparse(dense)
    for row in range(len(dense)):
        np.testing.assert_allclose(matrix.like(row), dense @ dense[row])
    query = np.array([0.25, 2, 0])
    np.testing.assert_allclose(matrix.dot(np.array([0, 1]), query[:2]), dense @ query)


@settings(deadline=None, max_examples=200)
@given(matrices)
def test_every_product_is_that_of_the_dense_matrix(dense):
    matrix = sparse(dense)
    assert len(matrix) == len(dense)
    np.testing.assert_allclose([matrix.like(row) for row in range(len(dense))], dense @ dense.T)
    for row in range(len(dense)):
        columns, values = matrix.row(row)
        np.testing.assert_array_equal(columns, np.flatnonzero(dense[row]))
        np.testing.assert_array_equal(values, dense[row][columns])


def test_a_matrix_without_columns_likes_nothing():
    np.testing.assert_array_equal(sparse(np.zeros((3, 0))).like(1), [0, 0, 0])


@settings(deadline=None, max_examples=25)
@given(dense=matrices)
def test_saved_and_opened_is_the_same(tmp_path_factory, dense):
    folder = tmp_path_factory.mktemp("matrix") / "new" / "terms"
    matrix = sparse(dense)
    matrix.save(folder)
    opened = TermMatrix.open(folder)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(opened, name), getattr(matrix, name))
    np.testing.assert_array_equal(opened.like(0), matrix.like(0))


def test_an_empty_matrix_is_saved_and_opened(tmp_path):
    sparse(np.zeros((4, 0))).save(tmp_path)
    opened = TermMatrix.open(tmp_path)
    assert (len(opened), opened.width, len(opened.data)) == (4, 0, 0)
    np.testing.assert_array_equal(opened.like(2), np.zeros(4))


def test_an_opened_matrix_is_memory_mapped_and_read_only(tmp_path):
    sparse(np.eye(5)).save(tmp_path)
    opened = TermMatrix.open(tmp_path)
    for array in (opened.data, opened.indices, opened.indptr):
        assert isinstance(array.base, np.memmap)
        assert not array.flags.writeable
    assert (opened.data.dtype, opened.indices.dtype, opened.indptr.dtype) == (np.float32, np.int32, np.int64)


@pytest.mark.parametrize("name", NAMES)
def test_a_pickled_array_is_refused(tmp_path, name):
    sparse(np.eye(3)).save(tmp_path)
    np.save(tmp_path / f"{name}.npy", np.array([{"not": "a number"}], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"(?i)object|pickle"):
        TermMatrix.open(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_or_cut_array_is_refused(tmp_path, name):
    sparse(np.eye(3)).save(tmp_path)
    path = tmp_path / f"{name}.npy"
    content = path.read_bytes()
    for wrong in (content[:-4], content[:20], b""):
        path.write_bytes(wrong)
        with pytest.raises((OSError, ValueError, EOFError)):
            TermMatrix.open(tmp_path)
    path.unlink()
    with pytest.raises(OSError, match=name):
        TermMatrix.open(tmp_path)


# --- top -----------------------------------------------------------------------------------


def test_top_gives_the_best_first_and_ties_in_order():
    assert top(np.array([0.5, 1.0, 0.5, 2.0, 0.5, 1.0]), 4).tolist() == [3, 1, 5, 0]


@pytest.mark.parametrize(("k", "found"), [(0, []), (-1, []), (2, [2, 0]), (3, [2, 0]), (99, [2, 0])])
def test_top_leaves_out_minus_infinity_and_gives_at_most_what_there_is(k, found):
    assert top(np.array([0.0, -np.inf, 1.0, -np.inf]), k).tolist() == found


@pytest.mark.parametrize("scores", [[], [-np.inf], [-np.inf, -np.inf]])
def test_top_of_nothing_is_nothing(scores):
    assert top(np.array(scores, float), 3).tolist() == []


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.25, 0.5, 1e-9, 3.0]), max_size=30), st.integers(0, 35))
def test_top_is_the_beginning_of_a_stable_sort(scores, k):
    expected = sorted((at for at, score in enumerate(scores) if score > -np.inf), key=lambda at: (-scores[at], at))[:k]
    assert top(np.array(scores, float), k).tolist() == expected


@settings(deadline=None, max_examples=200)
@given(matrices)
def test_postings_give_the_same_products(dense):
    matrix = sparse(dense)
    postings = Postings.of(matrix)
    np.testing.assert_allclose([postings.like(row) for row in range(len(dense))], dense @ dense.T, atol=1e-6)
    every = list(range(len(dense)))[::-1]
    np.testing.assert_allclose(matrix.among(every), (dense @ dense.T)[::-1, ::-1], atol=1e-6)
    assert matrix.among([]).shape == (0, 0)
    back = postings.columns.inverted()
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(back, name), getattr(matrix, name))
