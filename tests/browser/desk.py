"""A desk in a page of the browser, and what a planner does with it."""

from pathlib import Path

from aisim.language import language, tr, use
from tests.browser.in_page import PIXELS

DRAWN = """names => names.every(name => [...document.querySelectorAll(`[data-chart=${name}]`)]
  .some(figure => figure.querySelector('svg') && figure.querySelector('figcaption').textContent))"""

#: Other figures are there than before.
IS_NEW = """before => {
  const table = document.querySelector('.aisim-figures .aisim-table');
  return table && table.innerText && !before.includes(table.innerText);
}"""


def in_dutch(text: str) -> str:
    """A text as a Dutch desk shows it."""
    before = language()
    use("nl")
    try:
        return tr(text)
    finally:
        use(before)


class Desk:
    """A desk, with all that went wrong in its page.

    Args:
        page: of the browser.
        address: of the server; what is fetched from elsewhere is foreign.
    """

    def __init__(self, page, address: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._address = address
        page.set_default_timeout(60_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)
        #: The first one, of a notebook that has more.
        self.desk = page.locator(".aisim-desk:has(.aisim-results)").first

    def _console(self, message) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location['url']}".strip())

    def _request(self, request) -> None:
        own = (self._address, self._address.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(own):
            self.foreign.append(request.url)

    def slider(self, name: str):
        return self.desk.get_by_role("slider", name=name)

    def button(self, name: str):
        return self.desk.get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> None:
        """Open controls."""
        self.desk.locator(".aisim-controls").get_by_role("tab", name=name).click()

    def pages(self) -> list[str]:
        """What there is to see, by the words on its tabs."""
        return self.desk.locator(".aisim-results").get_by_role("tab").all_inner_texts()

    def turn(self, name: str, drawn: list[str]) -> None:
        """Look at another page, and wait until its charts are drawn."""
        self.desk.locator(".aisim-results").get_by_role("tab", name=name, exact=True).click()
        self.page.wait_for_function(DRAWN, arg=drawn)

    def charts(self) -> dict[str, str]:
        """The pictures that were drawn, by name of the chart."""
        return self.page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('.aisim-charts figure:has(svg)')]"
            ".map(f => [f.dataset.chart, f.querySelector('svg').outerHTML]))"
        )

    def table(self):
        """The figures of the candidates."""
        return self.desk.locator(".aisim-figures .aisim-table")

    def figures(self) -> str:
        return self.table().inner_text()

    def new_figures(self, *before: str) -> str:
        """The figures, once they are others than before."""
        self.page.wait_for_function(IS_NEW, arg=before)
        return self.figures()

    def row(self, name: str) -> list[str]:
        """The texts of a row of the table, a candidate each."""
        header = self.page.locator("th", has_text=name)
        return self.table().locator("tr", has=header).first.locator("td").all_inner_texts()

    def status(self) -> str:
        return self.desk.locator(".aisim-results [role=status]").first.inner_text()

    def problems(self) -> list[str]:
        found = self.desk.locator(".aisim-problem").all_inner_texts()
        return [text for text in found if text]

    def press(self, key: str, chart: str = "") -> float | None:
        """Press a key; milliseconds until the chart, or every chart, shows something new."""
        self.page.evaluate(PIXELS, chart)
        self.page.keyboard.press(key)
        return self.page.evaluate("window.pixels")

    def drag(self, name: str, begin: float, end: float) -> None:
        """Move a slider with the mouse, from one share of its width to another."""
        box = self.slider(name).bounding_box()
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + box["width"] * begin, middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * end, middle, steps=6)
        self.page.mouse.up()

    def shot(self, folder: Path, name: str) -> None:
        folder.mkdir(exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")
