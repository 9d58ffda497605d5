"""python -m tests.language.keys: brings the PO files up to the texts of aisim.

New texts are added without a translation, texts that are gone are dropped, nothing else changes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from aisim.app.fields import desk_fields
from aisim.app.panels import DESK, ENGINE, groups
from aisim.language.speech import LANGUAGES, PO
from aisim.scenario import load_study, shipped_studies
from tests.app.wide import wide_study

PACKAGE = Path(__file__).parents[2] / "aisim"
HEADER = "# Texts of aisim; python -m tests.language.keys brings them up."
#: A date that moves would change every file at every run.
DATE = datetime(2026, 11, 21, tzinfo=UTC)
SPOKEN = {"tr": None, "say": None, "mark": None}


@cache
def keys() -> dict[str, tuple[str, int]]:
    """Every text that is shown, and where it stands; sorted by place."""
    found = extract_from_dir(str(PACKAGE), [("**.py", "python")], keywords=SPOKEN)
    texts = {str(text): (name, line) for name, line, text, _, _ in found}
    return texts | {text: ("scenario", 0) for text in _of_fields() if text not in texts}


def _of_fields() -> Iterator[str]:
    """Labels and helps that come from the declarations of a study."""
    for study in [wide_study(), *map(load_study, shipped_studies())]:
        for candidate in study.candidates:
            for field in desk_fields(study, candidate, groups((*DESK, ENGINE))):
                yield from (field.label, field.help)


def catalog(code: str) -> Catalog:
    with (PO / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def main() -> None:
    for code in LANGUAGES:
        if code != "en":
            _bring_up(code)


def _bring_up(code: str) -> None:
    known = {message.id: message.string for message in catalog(code) if message.id}
    new = Catalog(locale=code, fuzzy=False, header_comment=HEADER, project="aisim", version="1",
                  creation_date=DATE, revision_date=DATE,
                  msgid_bugs_address="", last_translator="", language_team="")  # fmt: skip
    for text, (name, _) in keys().items():
        new.add(text, known.get(text, ""), locations=[(name, None)] if name else [])
    with (PO / f"{code}.po").open("wb") as file:
        write_po(file, new, width=0, sort_output=False)


if __name__ == "__main__":
    main()
