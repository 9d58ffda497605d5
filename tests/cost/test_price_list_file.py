"""The file of a planner's own price list: its shape, its limits, there and back."""

import os
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim import catalog
from aisim.cli.prices import price_list_text
from aisim.cost.price_list import (
    COLUMNS,
    MAX_BYTES,
    MAX_ROWS,
    BadPriceList,
    Quote,
    listed_prices,
    parse_price_list,
    read_price_list,
)
from aisim.cost.prices import Prices
from aisim.scenario import Economics
from tests.cost.quotes import KEYS, ROW, TODAY, faults, read, row, text


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("key,unit,typical,source,as_of,curency", "unknown column 'curency', did you mean 'curr"),
        ("key,unit,typical,source,as_of,key", "column key is there 2 times"),
        ("key,unit,source,as_of", "no column typical"),
        ("key;unit;low;typical;high;currency;source;as_of", "not a price list, allowed: CSV that"),
        ("aisim: 1", "not a price list, allowed: CSV that begins with key,unit,low,typical"),
        ('{"key": 1}', "not a price list"),
        ("", "not a price list"),
    ],
)
def test_a_bad_first_line(header, words):
    (line,) = faults(header + "\n")
    assert line.startswith("quotes.csv: line 1: ")
    assert words in line


def test_rows_are_read_beside_an_unknown_column():
    said = text(row(typical="x") | {"note": ""}, columns=(*COLUMNS, "note"))
    assert [line.split(": ")[1] for line in faults(said)] == ["line 1", "line 2, typical"]


def test_what_is_no_csv():
    assert "line 2: 3 cells, allowed: 8" in faults(text() + "a,b,c\n")[0]
    assert "line 2: 9 cells, allowed: 8" in faults(text() + "a,b,1,5,,,,,\n")[0]
    assert "line 2: not CSV: unexpected end of data" in faults(text() + '"a')[0]
    assert "not CSV: field larger" in faults(text() + "a" * 200_000)[0]


def test_lines_are_counted_over_line_breaks_in_cells():
    (line,) = faults(text(row(source="two\nlines"), row("hardware / L40S 48GB", typical="x")))
    assert "line 4, typical" in line


@pytest.mark.parametrize("mark", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\t=1"])
def test_formulas_are_text(mark):
    (quote,) = read(row(source=mark)).values()
    assert quote.source == mark.strip()
    assert faults(text(row(mark)))


def test_control_characters_are_gone():
    (quote,) = read(row(source="\x1b[31mred\x07\r\n\u202ename\x00")).values()
    assert quote.source == "[31mred name"
    (line,) = faults(text(row("\x1b[2Jhardware")))
    assert line.isprintable()


def test_too_many_rows():
    lines = faults(text() + "\n" * MAX_ROWS + "a\n")
    assert lines == [f"quotes.csv: line {MAX_ROWS + 2}: more than {MAX_ROWS:,} rows"]


def test_thousands_of_unknown_keys_are_refused_in_a_moment():
    assert len(faults(text(*(row(f"cloud / {n}") for n in range(3000))))) == 3000


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "quotes.csv"
    path.write_text(text(row()), encoding="utf-8-sig")
    return path


def test_a_file_is_read_again_after_it_has_changed(saved):
    (quote,) = read_price_list(str(saved), TODAY).values()
    read_price_list(str(saved), TODAY).clear()
    assert list(read_price_list(str(saved), TODAY).values()) == [quote]
    stamp = saved.stat().st_mtime_ns
    saved.write_text(text(row(source="quote 18")), encoding="utf-8-sig")
    os.utime(saved, ns=(stamp, stamp))
    assert [q.source for q in read_price_list(str(saved), TODAY).values()] == ["quote 18"]
    with pytest.raises(BadPriceList, match="not after today, 2026-09-30"):
        read_price_list(str(saved), date(2026, 9, 30))


def test_a_study_takes_its_list(saved):
    prices = Prices.of(Economics(price_list=str(saved)))
    assert prices.cloud(ROW, "on_demand").source == "quote 17"
    with pytest.raises(BadPriceList, match="No such file"):
        Prices.of(Economics(price_list="nowhere.csv"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfek\x00e\x00y\x00", "no text, allowed: CSV in UTF-8"),
        (b"PK\x03\x04\x00\x9c", "no text"),
        (b"x" * (MAX_BYTES + 1), "larger than 2,000,000 bytes"),
    ],
)
def test_files_of_another_kind(tmp_path, content, words):
    path = tmp_path / "quotes.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadPriceList) as bad:
        read_price_list(str(path))
    assert str(bad.value).startswith(f"{path}: {words}")


def test_what_is_no_file(tmp_path):
    for path, words in ((tmp_path, "Is a directory"), ("a\0b", "not a path")):
        with pytest.raises(BadPriceList, match=words):
            read_price_list(str(path))


#: Prices that need not be below another.
FREE = [key for key in KEYS if key.split(" / ")[-1] not in ("spot", "commit_1y", "commit_3y")]


@st.composite
def quotes_of_any_kind(draw):
    key = draw(st.sampled_from(FREE))
    listed = listed_prices()[key]
    currency = draw(st.sampled_from(catalog.currencies())) if listed.is_money else "USD"
    near = (listed.near or 1.0) / catalog.usd_per(currency)[0]
    down, up = (draw(st.none() | st.floats(1, 2)) for _ in range(2))
    typical = near * draw(st.floats(0.5, 0.99))
    source = " ".join(draw(st.text(st.characters(codec="utf-8"), max_size=20)).split())
    source = "".join(c if c.isprintable() else "?" for c in source) or "?"
    as_of = draw(st.dates(date(2020, 1, 1), TODAY)).isoformat()[: draw(st.sampled_from([4, 7, 10]))]
    ends = (down and typical / down, typical, up and typical * up)
    return Quote(key, *ends, listed.unit, currency, " ".join(source.split()), as_of)


@settings(max_examples=60)
@given(st.lists(quotes_of_any_kind(), max_size=8, unique_by=lambda quote: quote.key))
def test_a_list_that_is_written_is_read_as_it_was(quotes):
    said = price_list_text(quotes)
    again = parse_price_list(said, "", TODAY)
    assert again == {quote.key: quote for quote in quotes}
    assert price_list_text(again.values()) == said


@settings(max_examples=200)
@given(st.text(max_size=300) | st.text(max_size=200).map(lambda t: text() + t))
def test_whatever_is_given_is_read_or_refused(said):
    refused = ()
    try:
        assert parse_price_list(said, "", TODAY) == {}
    except BadPriceList as bad:
        refused = bad.faults
    assert all(str(fault).isprintable() for fault in refused)
