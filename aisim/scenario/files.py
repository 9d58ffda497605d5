"""Opening a study by path or by name, with overrides; writing one."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aisim.catalog.files import data_dir
from aisim.scenario.calibrations import calibration_faults
from aisim.scenario.faults import Fault, InvalidStudy, from_pydantic, nearest, shown
from aisim.scenario.overrides import apply_overrides, blame
from aisim.scenario.references import reference_faults
from aisim.scenario.study import Study
from aisim.scenario.text import MAX_BYTES, dump_yaml, load_yaml, parse_yaml
from aisim.scenario.workload import Traffic

FORMAT = 1


def shipped_studies() -> list[str]:
    """Names of the studies that come with aisim."""
    return sorted(path.stem for path in (data_dir() / "studies").glob("*.yaml"))


def study_path(name: str) -> Path:
    """The file of a study: a path, or the name of a shipped study.

    Raises:
        InvalidStudy: neither.
    """
    path = Path(name)
    if name in shipped_studies() and not path.is_file():
        return data_dir() / "studies" / f"{name}.yaml"
    try:
        if path.suffix in (".yaml", ".yml") or path.is_file():
            return path
    except (OSError, ValueError):
        name = f"{name[:60]}..."
    hint = nearest(name, shipped_studies())
    raise InvalidStudy([Fault(name, "", f"no such file and no shipped study, {hint}")])


def load_study(name: str | Path, overrides: Sequence[str] = ()) -> Study:
    """Read a study by path or shipped name and set the `PATH=VALUE` overrides.

    Trace files of the study are relative to its file, those of overrides to the working folder.

    Raises:
        InvalidStudy: with every fault of the file, or of the overrides.
    """
    path = study_path(str(name))
    study = _with_absolute_files(parse_study(load_yaml(path), str(path)), path.resolve().parent)
    if not overrides:
        return study
    data = apply_overrides(study.model_dump(mode="json"), overrides)
    try:
        study = parse_study(data, "--set")
    except InvalidStudy as invalid:
        raise InvalidStudy(blame(fault, overrides) for fault in invalid.faults) from None
    return _with_absolute_files(study, Path.cwd())


def read_study(text: str, file: str = "study", folder: Path | None = None) -> Study:
    """A study from its YAML text; `file` names it in faults.

    Trace files of the study are relative to `folder`, or to the working folder without it.

    Raises:
        InvalidStudy: with every fault.
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise InvalidStudy([Fault(file, "", f"larger than {MAX_BYTES:,} bytes")])
    study = parse_study(parse_yaml(text, file), file)
    return _with_absolute_files(study, (folder or Path.cwd()).resolve())


def parse_study(data: Any, file: str = "study") -> Study:
    """A study from plain data; `file` names it in faults.

    Raises:
        InvalidStudy: with every fault.
    """
    if not isinstance(data, dict):
        raise InvalidStudy([Fault(file, "", "a study is a map that begins with 'aisim: 1'")])
    data = _migrate(data, file)
    faults: list[Fault] = []
    study = None
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        faults += from_pydantic(error, file, Study)
    faults += reference_faults(data, file)
    faults += _truth_values(data, file)
    if study is not None and not faults:
        faults += calibration_faults(study, file)
    if faults or study is None:
        raise InvalidStudy(faults)
    return study


def _truth_values(data: Any, file: str, path: str = "") -> list[Fault]:
    """No field of a study takes yes or no, and Python would count True as 1."""
    if isinstance(data, bool):
        return [Fault(file, path, f"got {str(data).lower()}, allowed: a number or text")]
    if not isinstance(data, dict | list | tuple):
        return []
    items = data.items() if isinstance(data, dict) else enumerate(data)
    return [
        fault
        for key, value in items
        for fault in _truth_values(value, file, f"{path}.{key}".lstrip("."))
    ]


def _migrate(data: dict[str, Any], file: str) -> dict[str, Any]:
    """Bring a study of an older format up to this one; there is only one so far."""
    version = data.get("aisim")
    if version is None:
        raise InvalidStudy([Fault(file, "aisim", f"missing; write 'aisim: {FORMAT}'")])
    if version != FORMAT or isinstance(version, bool):
        raise InvalidStudy([Fault(file, "aisim", f"got {shown(version, 40)}, allowed: {FORMAT}")])
    return data


def _with_absolute_files(study: Study, folder: Path) -> Study:
    """A Study in memory has the paths of its traces absolute."""
    if not any(_trace_files(traffic) for traffic in study.workload.traffic.values()):
        return study
    data = study.model_dump(mode="json")
    for traffic in data["workload"]["traffic"].values():
        for part in (traffic["arrivals"], traffic["sizes"]):
            if part.get("file"):
                part["file"] = str(folder / part["file"])
    return Study.model_validate(data)


def _trace_files(traffic: Traffic) -> list[str]:
    files = (getattr(part, "file", None) for part in (traffic.arrivals, traffic.sizes))
    return [file for file in files if file]


def dump_study(study: Study) -> str:
    """A study as YAML text, without the fields that have their default."""
    brief = study.model_dump(mode="json", exclude_defaults=True)
    return dump_yaml(_with_kinds(study.model_dump(mode="json"), brief))


def _with_kinds(full: Any, brief: Any) -> Any:
    """The brief form of a dump, with the tags that tell the kinds apart."""
    if not isinstance(full, dict):
        return brief
    kept = (key for key in full if key in brief or key == "kind")
    return {key: _with_kinds(full[key], brief.get(key, full[key])) for key in kept}


def save_study(study: Study, path: Path | str) -> None:
    """Write a study as YAML: beside the target first, then renamed, so that none is half-written.

    Raises:
        OSError: the folder cannot be written.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(dump_study(study), encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
