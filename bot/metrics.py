"""What a server counts, in Prometheus' text form: numbers and outcomes, nothing of any person.

With PROMETHEUS_MULTIPROC_DIR in the environment, as `bot.server` sets it for several workers, the counts of all
workers are added up.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.3, 5.0, 10.0, 30.0)


class Metrics:
    """The counts of one application; each has a registry of its own, so that two in a process stay apart."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            MultiProcessCollector(self._registry)
            own = None
        else:
            own = self._registry
        self.messages = Counter(
            "maeumgok_messages", "Messages by platform and outcome", ["platform", "outcome"], registry=own
        )
        self.seconds = Histogram(
            "maeumgok_answer_seconds", "From a message to its replies", ["platform"], registry=own, buckets=SECONDS
        )
        self.waiting = Gauge(
            "maeumgok_waiting", "Messages being answered or waiting", registry=own, multiprocess_mode="livesum"
        )
        self.callbacks = Counter("maeumgok_kakao_callbacks", "KakaoTalk callbacks by outcome", ["status"], registry=own)
        self.files = Counter("maeumgok_files", "Pictures and data asked for by outcome", ["outcome"], registry=own)

    @contextmanager
    def answering(self, platform: str) -> Iterator[None]:
        """Times and counts an answer, and one that fails."""
        begun = perf_counter()
        with self.waiting.track_inprogress():
            try:
                yield
            except BaseException:
                self.messages.labels(platform, "failed").inc()
                raise
        self.seconds.labels(platform).observe(perf_counter() - begun)
        self.messages.labels(platform, "answered").inc()

    def refused(self, platform: str, why: str) -> None:
        """Counts a message that is not answered because there are too many: «busy» or «too_fast»."""
        self.messages.labels(platform, why).inc()

    def text(self) -> bytes:
        """All counts as Prometheus reads them."""
        return generate_latest(self._registry)
