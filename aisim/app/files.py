"""Studies in and out of the desk: opened, saved, copied as a script."""

from collections.abc import Callable
from functools import partial
from html import escape
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Any

import ipywidgets as widgets

from aisim.app.controls import problem_line
from aisim.app.download import Download
from aisim.app.exports import exports
from aisim.app.link import MOST_BYTES, is_dashboard, link_text, uploaded_study
from aisim.app.results import Results
from aisim.app.store import Store
from aisim.app.widgets import CopyButton
from aisim.language import say, tr
from aisim.report import all_charts, study_script
from aisim.scenario import (
    Fault,
    InvalidStudy,
    Study,
    dump_study,
    load_study,
    read_study,
    save_study,
    shipped_studies,
)
from aisim.scenario.text import MAX_BYTES


class Files(widgets.VBox):
    """Open a study, save the one on the desk, copy it as a script."""

    def __init__(self, store: Store, results: Results, replications: Callable[[], int]) -> None:
        self._store = store
        self._replications = replications
        self._may_replace: Path | None = None
        self._opened = store.opened
        self._shipped = widgets.Dropdown(
            description=tr("Open an example"), options=["", *shipped_studies()], value="",
            style={"description_width": "initial"},
        )  # fmt: skip
        self._open = widgets.FileUpload(accept=".yaml,.yml", description=tr("Open YAML"))
        self._study = widgets.Text(
            value=store.study.name, description=tr("Name of the study"), continuous_update=False,
            style={"description_width": "initial"},
        )  # fmt: skip
        self._name = widgets.Text(
            description=tr("File name"), continuous_update=False,
            style={"description_width": "initial"},
        )  # fmt: skip
        self._save = widgets.Button(description=tr("Save YAML"))
        self._copy = CopyButton(tr("Copy as Python script"), self._script)
        self._copy_yaml = CopyButton(tr("Copy as YAML"), lambda: dump_study(store.study))
        self._copy_link = CopyButton(tr("Copy link"), self._link)
        self._download = Download(
            exports(store, lambda: results.picture, all_charts(), replications)
        )
        self._said = widgets.HTML()
        self._shipped.observe(self._open_shipped, "value")
        self._open.observe(self._open_file, "value")
        self._study.observe(self._rename, "value")
        self._save.on_click(lambda _: self.save())
        on_disk = [] if is_dashboard() else [self._name, self._save]
        copies = [self._copy, self._copy_yaml]
        copies += [self._copy_link] if is_dashboard() or find_spec("voila") else []
        rows = [[self._shipped, self._open, self._study, *on_disk], [self._download, *copies]]
        super().__init__([*(widgets.HBox(row) for row in rows), self._said])
        self.add_class("aisim-files")
        self._name.value = f"{store.study.name}.yaml"

    def update(self) -> None:
        """The name of the file is that of the study that was opened last, undo counted."""
        self._study.value = self._store.study.name
        if self._opened is not self._store.opened:
            self._opened, self._may_replace = self._store.opened, None
            self._name.value = f"{self._store.study.name}.yaml"
            self._said.value = ""

    def go_on_from(self, other: "Files") -> None:
        """The same file name as another."""
        self._name.value = other._name.value

    def save(self) -> None:
        """Write the study beside the notebook; to replace a file takes a second click."""
        path = Path(self._name.value.strip())
        if path.suffix not in (".yaml", ".yml") or not path.stem:
            allowed = say("{path}: a file name that ends in .yaml, such as my_study.yaml",
                          path=path)  # fmt: skip
            self._say(problem=tr(allowed))
            return
        try:
            if path.exists() and self._may_replace != path:
                self._may_replace = path
                self._say(problem=tr(say("{path} exists; save again to replace it", path=path)))
                return
            save_study(self._store.study, path)
        except (OSError, ValueError) as error:
            self._say(problem=f"{str(path)[:200]}: {getattr(error, 'strerror', None) or error}")
            return
        self._may_replace = path
        command = f"aisim run {quote(str(path.resolve()))} --replications {self._replications()}"
        self._say(tr(say("Saved. In a terminal: {command}", command=command)))

    def _rename(self, change: Any) -> None:
        """Another name; the file is called so, too, unless it has a name of its own."""
        before, name = self._store.study.name, change["new"].strip()
        if name == before:
            return
        follows = self._name.value == f"{before}.yaml"
        if self._store.edit("name", name):
            self._name.value = f"{name}.yaml" if follows else self._name.value
            self._say()
        else:
            self._say(problem=self._store.refused.pop("name"))
            self._study.value = before

    def _script(self) -> str:
        return study_script(self._store.study, self._replications())

    def _link(self) -> str:
        try:
            return f"?s={link_text(self._store.study)}"
        except ValueError as problem:
            self._say(problem=str(problem))
            return ""

    def _open_shipped(self, change: Any) -> None:
        if change["new"]:
            self._take(partial(load_study, change["new"]))
            self._shipped.value = ""  # the same study can be chosen again

    def _open_file(self, change: Any) -> None:
        for upload in change["new"]:
            self._take(partial(_read, bytes(upload["content"]), str(upload["name"])))
        if change["new"]:
            self._open.value = ()  # the same file can be opened again

    def _take(self, load: Callable[[], Study]) -> None:
        try:
            study = load()
        except InvalidStudy as invalid:
            self._say(problem="\n".join(map(str, invalid.faults)))
            return
        self._store.open(study)
        self.update()
        self._say(tr(say("Opened {name}", name=study.name)))

    def _say(self, words: str = "", problem: str = "") -> None:
        self._said.value = said_line(words) if words else problem_line(problem)


def _read(content: bytes, name: str) -> Study:
    most = MOST_BYTES if is_dashboard() else MAX_BYTES
    if len(content) > most:
        raise InvalidStudy([Fault(name, "", f"larger than {most:,} bytes")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidStudy([Fault(name, "", "not UTF-8 text")]) from None
    return uploaded_study(text, name) if is_dashboard() else read_study(text, name)


def said_line(words: str) -> str:
    """A line on what was done."""
    return f"<div role='status'>{escape(words)}</div>"
