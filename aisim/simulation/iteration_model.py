"""What a replica asks of a performance model."""

from typing import Any, Protocol


class IterationModel(Protocol):
    """How long an iteration takes, in seconds; see aisim.performance.IterationTime."""

    @property
    def decode_kv_s(self) -> Any:
        """Per KV token read by a batch of decodes alone."""

    @property
    def mixed_kv_s(self) -> Any:
        """Per KV token read by decodes in a batch with prompt chunks."""

    @property
    def decode_local_kv_s(self) -> Any:
        """As `decode_kv_s`, for tokens inside the window of the local layers."""

    @property
    def mixed_local_kv_s(self) -> Any:
        """As `mixed_kv_s`, for tokens inside the window of the local layers."""

    @property
    def window(self) -> int | None:
        """Tokens that the local layers look back; None without local layers."""

    def tokens_s(self, n: int) -> Any:
        """The part that depends on the number of decoding sequences in the batch alone."""

    def mixed_tokens_s(self, n: int) -> Any:
        """The same in a batch of n tokens that holds prompt chunks."""

    def prompt_s(self, new: int, context: int) -> Any:
        """Attention of one prompt chunk of `new` tokens after `context` tokens."""
