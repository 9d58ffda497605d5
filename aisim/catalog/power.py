"""What share of its power limit an accelerator draws, by what it is doing."""

from collections.abc import Mapping
from functools import cache
from math import log2

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.files import Fact, by_key, read_facts


class PowerShares(Fact):
    """Shares of the power limit (TDP) that an accelerator draws while serving.

    Attributes:
        covers: An accelerator, an architecture, "CPU", or "ALL" for those without a nearer row.
        prefill_share: In iterations that hold prompt chunks.
        decode_share: In iterations that decode one sequence.
        many_decode_share: In iterations that decode `many_sequences` or more.
        many_sequences: How many those are.
        idle_share: When idle, for an accelerator whose `idle_w` is not known; None: as of ALL.
    """

    covers: str
    prefill_share: float
    decode_share: float
    many_decode_share: float
    many_sequences: float
    idle_share: float | None = None

    def decoding(self, sequences: float) -> float:
        """Return the share while decoding so many sequences at once, 1 or more.

        On a straight line over the logarithm of the sequences, flat at both ends.
        """
        done = log2(max(sequences, 1.0)) / log2(self.many_sequences)
        return self.decode_share + min(done, 1.0) * (self.many_decode_share - self.decode_share)


@cache
def power_rows() -> Mapping[str, PowerShares]:
    """Return every row, by what it covers."""
    return by_key(read_facts("power", PowerShares), lambda fact: fact.covers)


def power_shares(device: Accelerator) -> PowerShares:
    """Return the row nearest to an accelerator: its own, of its architecture, of all.

    Raises:
        KeyError: The table has no row for all.
    """
    rows = power_rows()
    nearest = (device.name, device.arch, *(["CPU"] if device.is_cpu else []))
    return next((rows[key] for key in nearest if key in rows), rows["ALL"])
