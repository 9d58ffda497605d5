"""Altair, imported in a fifth of the time: what needs it here takes it from here.

Where nobody imported jsonschema before, it checks no addresses (`iri`) in this process.
"""

import sys

#: Where it is installed, jsonschema has it compile a grammar of addresses, 3 s for no chart.
SLOW = "rfc3987_syntax"

_is_kept_out = SLOW not in sys.modules
if _is_kept_out:
    sys.modules[SLOW] = None  # type: ignore[assignment]
try:
    import altair as alt
finally:
    if _is_kept_out:
        del sys.modules[SLOW]

__all__ = ["alt"]
