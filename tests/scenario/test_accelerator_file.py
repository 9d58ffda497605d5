"""A planner's own accelerator, from YAML."""

import pytest

from aisim import catalog
from aisim.planning import predict
from aisim.scenario import InvalidStudy
from aisim.scenario.accelerator_file import read_accelerator

MINE = """
name: Mine
mem_gb: 128
mem_type: HBM3
mem_bw_gb_s: 4000
bf16_dense_tflops: 900
"""


def written(tmp_path, text: str):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return path


def test_what_is_left_out_has_a_default(tmp_path):
    mine = read_accelerator(written(tmp_path, MINE))
    assert isinstance(mine, catalog.Accelerator)
    assert (mine.name, mine.mem_gb, mine.mem_bw_gb_s) == ("Mine", 128, 4000)
    assert (mine.source, mine.vendor, mine.scaleup_link) == ("planner", "planner", "none")
    assert mine.as_of.startswith("20")
    assert mine.year >= 2026
    assert mine.fp8_dense_tflops is None


def test_the_row_of_the_catalog_under_another_name_is_the_same_accelerator(tmp_path):
    row = catalog.accelerator("L40S-48").model_dump(exclude_none=True) | {"name": "Mine"}
    text = "\n".join(f"{key}: {value!r}" for key, value in row.items())
    mine = read_accelerator(written(tmp_path, text))
    assert mine.model_dump(exclude={"name"}) == (
        catalog.accelerator("L40S-48").model_dump(exclude={"name"})
    )


def test_it_can_be_predicted_and_leans_on_its_relatives(tmp_path):
    found = predict("llama-3.1-8b", read_accelerator(written(tmp_path, MINE)))
    assert found.accelerator == "Mine"
    assert found.provenance == "relatives"
    assert found.power is None
    assert found.at_batches[0].tpot_s > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "an accelerator is a map of fields"),
        ("", "an accelerator is a map of fields"),
        (MINE.replace("mem_gb: 128\n", ""), "mem_gb: missing"),
        (MINE.replace("128", "-1"), "mem_gb: got -1, allowed: greater than or equal to 0.1"),
        (MINE.replace("128", ".inf"), "mem_gb: got inf"),
        (MINE.replace("128", "yes it is"), "mem_gb: got 'yes it is', allowed: a number"),
        (MINE.replace("4000", "true"), "mem_bw_gb_s: got 'true'"),
        (MINE + "mem_bw_gbs: 3\n", "mem_bw_gbs: unknown field, did you mean 'mem_bw_gb_s'?"),
        (MINE.replace("Mine", "H100-SXM-80"), "'H100-SXM-80' is one of the catalog's"),
        (MINE.replace("bf16_dense_tflops: 900", ""), "bf16_dense_tflops or fp16_dense_tflops"),
        (MINE.replace("Mine", "!!python/object:os.system x"), "not YAML"),
        (MINE + "quality: superb\n", "quality: got 'superb'"),
        (MINE + "as_of: last week\n", "as_of: got 'last week'"),
        ("name: [" * 60, "nested deeper"),
    ],
)
def test_a_fault_is_one_line_with_file_field_and_value(tmp_path, text, words):
    path = written(tmp_path, text)
    with pytest.raises(InvalidStudy) as caught:
        read_accelerator(path)
    lines = [str(fault) for fault in caught.value.faults]
    assert any(words in line for line in lines), lines
    assert all(line.startswith(str(path)) and "\n" not in line for line in lines)


def test_a_file_that_is_not_there():
    with pytest.raises(InvalidStudy, match="No such file"):
        read_accelerator("/nowhere/mine.yaml")
