"""A notebook in a JupyterLab in a page of the browser."""

from pathlib import Path

from tests.browser.desk import Desk
from tests.browser.in_page import CLOSE, FAULTS, HEARD, IS_THEME, IS_THROUGH, KERNEL, OPEN

#: What is drawn is of the study as it stands.
IS_OF_NOW = "() => !document.querySelector('.aisim-results.aisim-old')"
#: Nothing more of a preview is to come.
IS_SETTLED = "() => !document.querySelector('.aisim-results.aisim-waiting')"


class Notebook(Desk):
    """A notebook that was opened.

    Args:
        page: of the browser.
        address: of the JupyterLab.
        name: of the file.
    """

    def __init__(self, page, address: str, name: str) -> None:
        super().__init__(page, address)
        page.goto(f"{address}/doc/tree/{name}?token=t")
        page.wait_for_function(f"{KERNEL}?.status === 'idle'")

    def go_to(self, name: str) -> None:
        """Open another notebook in the same JupyterLab, which takes long to begin."""
        self.page.evaluate(OPEN, name)
        self.page.wait_for_function(f"{KERNEL}?.status === 'idle'")

    def close(self) -> None:
        """Close the notebook; no kernel is left behind, nine are too much for a small machine."""
        self.page.evaluate(CLOSE)
        self.errors.clear()
        self.foreign.clear()

    def run_all(self) -> None:
        """Run all cells and wait for the first pictures of their desks."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(IS_THROUGH)
        assert self.faults() == []
        self.page.wait_for_selector(".aisim-desk")
        self.settle()

    def faults(self) -> list[str]:
        """Outputs that are errors or were written to stderr."""
        return self.page.evaluate(FAULTS)

    def follow(self) -> None:
        """Wait until what is drawn is of the study as it stands; more of it may come."""
        self.page.evaluate(HEARD)
        self.page.wait_for_function(IS_OF_NOW)

    def settle(self) -> None:
        """Wait until the preview has drawn all that it wants to draw."""
        self.page.evaluate(HEARD)
        self.page.wait_for_function(IS_SETTLED)

    def push(self, name: str) -> None:
        """Press a button of the desk, and wait for what comes of it."""
        self.button(name).click()
        self.settle()

    def candidate(self, name: str) -> None:
        """Take a candidate in hand."""
        self.desk.locator(".aisim-controls").get_by_role("button", name=name, exact=True).click()
        self.settle()

    def turn(self, name: str, drawn: list[str]) -> None:
        super().turn(name, drawn)
        self.settle()

    def theme(self, name: str) -> None:
        """JupyterLab's own light or dark theme."""
        change = "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})"
        self.page.evaluate(change, f"JupyterLab {name}")
        self.page.wait_for_function(IS_THEME, arg=name == "Light")

    def open(self, path: Path) -> None:
        """Open a study from a file of the planner's."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Open YAML").click()
        chooser.value.set_files(path)
