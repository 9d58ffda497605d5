"""The rows of a planner's own price list: what is read, and every way to be refused."""

import pytest

from aisim import catalog
from aisim.catalog.services import services
from aisim.cost.price_list import (
    Quote,
    known_unit,
    listed_prices,
    parse_price_list,
)
from aisim.cost.prices import Prices
from aisim.scenario import Economics
from tests.cost.quotes import KEYS, MACHINE, ROW, SERVICE, TODAY, faults, read, row, text


def test_a_good_list():
    (quote,) = read(row(low=9, typical=11.5, high=12, currency="EUR")).values()
    assert quote == Quote(
        f"{MACHINE} / on_demand", 9, 11.5, 12, "machine-hour", "EUR", "quote 17", "2026-10-01"
    )
    rate, day = catalog.usd_per("EUR")
    span, origin = quote.in_usd()
    assert span == pytest.approx((9 * rate, 11.5 * rate, 12 * rate))
    assert origin.source == f"quote 17; 1 EUR = {rate:.4f} USD on {day}"
    assert origin[1:] == ("2026-10-01", "the planner's own")


def test_blank_cells():
    (quote,) = read(row()).values()
    assert (quote.low, quote.high, quote.currency) == (None, None, "USD")
    span, origin = quote.in_usd()
    assert span == (None, quote.typical, None)
    assert origin.source == "quote 17"


def test_columns_that_may_be_left_out_and_blank_rows():
    few = ("as_of", "key", "typical", "unit", "source")
    said = text(row(), columns=few) + "\n,,,,\n"
    assert [quote.currency for quote in parse_price_list(said, "", TODAY).values()] == ["USD"]


def test_every_price_of_the_catalog_may_be_quoted():
    priced = [key for key in KEYS if listed_prices()[key].usd is not None]
    blocks = [key for key in KEYS if key.endswith(" / capacity_block")]
    assert len(read(*map(row, priced + blocks))) == len(priced + blocks) > 1000


def test_keys_and_units_are_those_of_prices():
    prices = Prices(Economics())
    found = [prices.hardware(item) for item in catalog.hardware_items()]
    found += [prices.opex(r.category, r.item, r.region) for r in catalog.opex_items().values()]
    found += [prices.electricity(r.region) for r in catalog.electricity_prices()]
    found += [prices.service(tier) for tier in services()]
    for machine in catalog.cloud_instances().values():
        for level in ("on_demand", "commit_1y", "commit_3y", "spot", "capacity_block"):
            price = prices.cloud(machine, level)
            found += [] if price is None else [price]
    for price in found:
        assert known_unit(price.key) == price.unit, price.key
        assert listed_prices()[price.key].usd == pytest.approx(price.typical), price.key
    capacity = {key for key in listed_prices() if listed_prices()[key].usd is None}
    assert {price.key for price in found} == set(listed_prices()) - capacity
    assert known_unit("hardware / abacus") is None


@pytest.mark.parametrize(
    ("key", "looked_up"),
    [
        (f"{MACHINE} / spot", lambda p: p.cloud(ROW, "spot")),
        (f"{MACHINE} / capacity_block", lambda p: p.cloud(ROW, "capacity_block")),
        ("hardware / L40S 48GB", lambda p: p.hardware("L40S 48GB")),
        ("electricity / DE", lambda p: p.electricity("DE")),
        (SERVICE, lambda p: p.service(services()[0])),
        (
            "opex / staff / infrastructure / ML platform engineer loaded / EU-West",
            lambda p: p.opex("staff", "infrastructure / ML platform engineer loaded", "EU-West"),
        ),
    ],
)
def test_a_quote_goes_before_the_catalog(key, looked_up):
    usd = 0.7 * listed_prices()[key].near
    rate, _ = catalog.usd_per("GBP")
    quotes = read(row(key, typical=usd / rate, high=usd / rate * 1.1, currency="GBP"))
    price = looked_up(Prices(Economics(), quotes))
    assert price.key == key
    assert price.value == price.typical == price.low == pytest.approx(usd)
    assert price.high == pytest.approx(1.1 * usd)
    assert (price.quality, price.as_of) == ("the planner's own", "2026-10-01")
    assert price.source.startswith("quote 17; 1 GBP = ")


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"key": f"{MACHINE} / on_demnd"}, "key", f"did you mean '{MACHINE} / on_demand'"),
        ({"key": "hardware / L40S 48 GB"}, "key", "did you mean 'hardware / L40S 48GB'"),
        ({"key": "assumption / own_boot_s"}, "key", "unknown price 'assumption / own_boot_s'"),
        ({"key": ""}, "key", "unknown price ''"),
        ({"unit": "month"}, "unit", "got 'month', allowed: 'machine-hour'"),
        ({"unit": ""}, "unit", "allowed: 'machine-hour'"),
        *(
            ({"typical": given}, "typical", f"got '{given}', allowed: a number above 0")
            for given in ("", "nan", "inf", "-inf", "1e999", "-1", "0", "-0", "1,5", "1_0", "ten",
                          "٣", "0x10", "1 000", "12 USD", "=1+1")
        ),
        ({"low": "-1"}, "low", "allowed: a number above 0"),
        ({"high": "nan"}, "high", "allowed: a number above 0"),
        ({"low": "14"}, "typical", "below 14; allowed: low <= typical <= high"),
        ({"typical": 12, "high": "11"}, "high", "below 12; allowed: low <= typical <= high"),
        ({"typical": 99999}, "typical", "a placeholder, no price"),
        ({"typical": 999}, "typical", "a placeholder, no price"),
        ({"typical": "700.0"}, "typical", "a placeholder, no price: 700 USD for machine-hour"),
        ({"high": "9999.99"}, "high", "a placeholder, no price"),
        ({"typical": 8000}, "typical", "is it for another unit? 8,000 USD for machine-hour; the"),
        ({"typical": 0.01}, "typical", "more than 20 times off"),
        ({"currency": "EURO"}, "currency", "no rate for 'EURO', did you mean 'EUR'"),
        ({"currency": "eur"}, "currency", "did you mean 'EUR'"),
        ({"as_of": ""}, "as_of", "allowed: YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"as_of": "2026-02-30"}, "as_of", "got '2026-02-30', allowed: YYYY"),
        ({"as_of": "2026-H1"}, "as_of", "allowed: YYYY"),
        ({"as_of": "20.11.2026"}, "as_of", "allowed: YYYY"),
        ({"as_of": "2026-11-22"}, "as_of", "allowed: not after today, 2026-11-21"),
        ({"as_of": "2026-12"}, "as_of", "allowed: not after today"),
        ({"as_of": "2027"}, "as_of", "allowed: not after today"),
        ({"source": ""}, "source", "missing"),
        ({"source": "\x07 \t"}, "source", "missing"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(cells, column, words):
    good = row("hardware / H100 SXM5 80GB")
    (line,) = faults(text(good, row() | {name: str(cell) for name, cell in cells.items()}))
    assert line.startswith(f"quotes.csv: line 3, {column}: ")
    assert words in line


@pytest.mark.parametrize("as_of", ["2026", "2026-11", "2026-11-21", "1999"])
def test_a_period_that_has_begun(as_of):
    assert read(row(as_of=as_of))


def test_both_figures_are_said_for_a_price_per_month():
    (line,) = faults(text(row(typical=5000, currency="EUR")))
    usd = 5000 * catalog.usd_per("EUR")[0]
    assert f"{usd:,.6g} USD" in line
    assert f"the catalog has {ROW.usd_per_hour_on_demand:,.6g}" in line


def test_twenty_times_counts_in_dollars():
    usd = ROW.usd_per_hour_on_demand
    assert read(row(typical=19.9 * usd))
    assert read(row(typical=usd / 19.9))
    yen = usd / catalog.usd_per("JPY")[0]
    assert read(row(typical=yen, currency="JPY"))
    (line,) = faults(text(row(typical=yen)))
    assert "more than 20 times off" in line


def test_a_placeholder_that_is_near_the_catalog_is_a_price():
    near = next(
        key for key, listed in listed_prices().items()
        if key.startswith("hardware / ") and 9999 / 4 < listed.usd < 9999 * 4
    )  # fmt: skip
    assert read(row(near, typical=9999))


def test_free_services_alone():
    assert read(row(SERVICE, typical=0))[SERVICE].typical == 0
    (line,) = faults(text(row("hardware / L40S 48GB", typical=0)))
    assert "above 0" in line
    (line,) = faults(text(row(SERVICE, typical=-0.1)))
    assert "0 or more" in line


def test_a_ratio_has_no_currency():
    key = "opex / facility / PUE modern large site / global"
    assert read(row(key, typical=1.2))[key].in_usd()[0].typical == 1.2
    (line,) = faults(text(row(key, typical=1.2, currency="EUR")))
    assert "currency: got 'EUR', allowed: none, as a ratio is no money" in line


@pytest.mark.parametrize(
    ("level", "factor", "words"),
    [
        ("spot", 1.0, "allowed: below the catalog's on_demand"),
        ("spot", 1.5, "allowed: below the catalog's on_demand"),
        ("commit_1y", 1.01, "allowed: at most the catalog's on_demand"),
    ],
)
def test_a_cheaper_level_is_not_dearer_than_the_catalog(level, factor, words):
    usd = ROW.usd_per_hour_on_demand
    (line,) = faults(text(row(f"{MACHINE} / {level}", typical=factor * usd)))
    assert line.startswith("quotes.csv: line 2, typical: ")
    assert words in line
    assert read(row(f"{MACHINE} / {level}", typical=0.99 * usd))


def test_the_rows_of_the_list_go_before_the_catalog():
    spot, hour = row(f"{MACHINE} / spot", typical=12), row(typical=11)
    (line,) = faults(text(spot, hour))
    assert "line 2, typical" in line
    assert "this list's on_demand, 11" in line
    dearer = row(typical=20)
    assert len(read(spot | {"typical": "15"}, dearer)) == 2
    assert read(row(f"{MACHINE} / commit_1y", typical=11), hour)
    years = [row(f"{MACHINE} / commit_{n}y", typical=usd) for n, usd in ((1, 6), (3, 6.5))]
    (line,) = faults(text(*years))
    assert "line 3, typical" in line
    assert "at most this list's commit_1y, 6" in line


def test_levels_are_compared_in_dollars():
    rate = catalog.usd_per("EUR")[0]
    spot = row(f"{MACHINE} / spot", typical=10, currency="EUR")
    assert read(spot, row(typical=10 * rate + 0.01))
    assert faults(text(spot, row(typical=10 * rate - 0.01)))


def test_three_years_beside_the_hour_where_no_single_year_is_listed():
    only_hour = next(
        row for row in catalog.cloud_instances().values()
        if row.usd_per_hour_on_demand and not row.usd_per_hour_1y_commit
    )  # fmt: skip
    key = f"cloud / {only_hour.provider} / {only_hour.region} / {only_hour.instance} / commit_3y"
    (line,) = faults(text(row(key, typical=1.1 * only_hour.usd_per_hour_on_demand)))
    assert "at most the catalog's on_demand" in line


def test_all_faults_at_once_in_the_order_of_the_lines():
    lines = faults(
        text(
            row(f"{MACHINE} / spot", typical=500),
            row(unit="month", currency="XXX", typical="free", as_of="soon", source=""),
            row("hardware / L40S 48GB"),
            row("hardware / abacus", typical=-1),
            row("hardware / L40S 48GB"),
        )
    )
    assert [line.split(": ")[1] for line in lines] == [
        "line 2, typical", "line 3, unit", "line 3, currency", "line 3, typical",
        "line 3, as_of", "line 3, source", "line 5, key", "line 5, typical", "line 6, key",
    ]  # fmt: skip
    assert lines[-1].endswith("'hardware / L40S 48GB' is in line 4 too")
