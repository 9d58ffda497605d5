"""Links and storage devices of a candidate."""

from aisim.scenario.base import Declaration, NotNegative, Positive


class Link(Declaration):
    """A full-duplex link: each direction has the bandwidth, which its flows share equally."""

    bandwidth_gbit_per_s: Positive
    """Bandwidth of one direction, in Gbit/s."""
    latency_s: NotNegative = 0.0
    """One-way delay in seconds."""


class Storage(Declaration):
    """A storage device whose bandwidth and operations per second are shared equally.

    A flow needs the longer of bytes / bandwidth and operations / rate of the device for itself.
    """

    bandwidth_gb_per_s: Positive
    """Bandwidth in GB/s (1e9 bytes)."""
    operations_per_s: Positive
    """Operations per second."""
    read_latency_s: NotNegative = 0.0
    """Delay of a read, beside its transfer."""
    write_latency_s: NotNegative = 0.0
    """Delay of a write, beside its transfer."""
    operation_bytes: Positive = 1_048_576.0
    """Largest operation; longer transfers take several. The default is 1 MiB."""
