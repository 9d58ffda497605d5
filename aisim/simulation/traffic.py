"""Declared traffic as the journey needs it."""

from dataclasses import dataclass

from aisim.scenario.workload import Traffic


@dataclass(frozen=True, slots=True, eq=False)
class TrafficFacts:
    """What every request of one traffic has in common."""

    service: str
    data_class: str
    prompt_bytes_per_token: float
    answer_bytes_per_token: float
    documents: int
    read_bytes: float
    log_bytes: float

    @classmethod
    def of(cls, declared: Traffic) -> "TrafficFacts":
        """The facts of a declared traffic."""
        return cls(
            service=declared.service,
            data_class=declared.data_class,
            prompt_bytes_per_token=declared.bytes_per_token("prompt"),
            answer_bytes_per_token=declared.bytes_per_token("answer"),
            documents=declared.retrieval.documents,
            read_bytes=declared.retrieval.documents * declared.retrieval.document_bytes,
            log_bytes=declared.log_bytes,
        )
