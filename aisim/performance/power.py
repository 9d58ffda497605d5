"""The watts of an accelerator, by what it is doing."""

from dataclasses import dataclass

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.power import PowerShares, power_rows, power_shares


@dataclass(frozen=True, slots=True)
class Draw:
    """Watts of one accelerator.

    Attributes:
        idle_w: With nothing to do.
        prefill_w: In iterations that hold prompt chunks.
        decode_w: In iterations of decodes alone.
        most_w: Its power limit.
        shares: The row of the catalog that prefill and decode come from.
    """

    idle_w: float
    prefill_w: float
    decode_w: float
    most_w: float
    shares: PowerShares


def power_draw(device: Accelerator, sequences: float | None) -> Draw | None:
    """Return the watts of an accelerator whose replica decodes so many sequences at once.

    None for `sequences` stands for one. Work never draws less than idling. Where the power limit
    is not known, nothing is: None.
    """
    if device.tdp_w is None:
        return None
    shares = power_shares(device)
    idle_share = shares.idle_share or power_rows()["ALL"].idle_share or 0.0
    idle_w = device.tdp_w * idle_share if device.idle_w is None else device.idle_w
    decode_share = shares.decoding(1.0 if sequences is None else sequences)
    return Draw(
        idle_w=idle_w,
        prefill_w=max(idle_w, device.tdp_w * shares.prefill_share),
        decode_w=max(idle_w, device.tdp_w * decode_share),
        most_w=max(idle_w, device.tdp_w),
        shares=shares,
    )
