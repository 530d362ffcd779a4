"""Where lyrics are read: in this process, in several of this machine, or on a Dask cluster (extra `dask`)."""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context


@contextmanager
def executor(workers: int = 1, dask: str | None = None) -> Iterator[Executor | None]:
    """An executor of `workers` processes, or of the Dask scheduler at an address («local»: one made for now).

    None for one process, this one. Each process opens the model by itself.
    """
    if dask:
        from distributed import Client

        with Client(**({"n_workers": workers} if dask == "local" else {"address": dask})) as client:
            yield client.get_executor()
    elif workers > 1:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield pool
    else:
        yield None
