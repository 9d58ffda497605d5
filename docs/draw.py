"""Draw docs/assistant.svg: the answer of the shipped study, as the terminal shows it.

Run `python docs/draw.py` from the checkout after a change of the study or the table.
"""

import os
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

import aisim
from aisim.report import print_answer

answer = aisim.compare(aisim.load_study("assistant")).answer()
with open(os.devnull, "w", encoding="utf-8") as nowhere:
    console = Console(record=True, width=84, file=nowhere)
    print_answer(answer, console)
svg = console.export_svg(title="aisim run assistant", theme=DEFAULT_TERMINAL_THEME)
# No font is fetched from elsewhere: the reader's own monospace will do.
svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
Path(__file__).with_name("assistant.svg").write_text(svg, encoding="utf-8")
