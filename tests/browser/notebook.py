"""A notebook in a page of the browser, and what a planner does with it."""

from pathlib import Path

KERNEL = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"
PIXELS = """which => {
  const wanted = which ? `figure[data-chart=${which}] svg` : 'figure svg';
  const all = () => [...document.querySelectorAll(`.aisim-charts ${wanted}`)];
  const drawn = () => all().map(svg => svg.outerHTML);
  const before = drawn();
  let pressed = performance.now();
  const box = document.activeElement;
  const press = () => { pressed = performance.now(); };
  box.addEventListener('keydown', press, {once: true, capture: true});
  window.pixels = (async () => {
    const end = performance.now() + 5000;
    while (performance.now() < end) {
      await new Promise(done => requestAnimationFrame(done));
      if (drawn().every((svg, i) => svg !== before[i])) return performance.now() - pressed;
    }
    return null;
  })();
}"""
#: Contrast of texts against the page, as WCAG has it.
CONTRASTS = """which => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(
      c => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll(which)].filter(node => node.textContent.trim()).map(node => {
    const style = getComputedStyle(node);
    const a = light(node instanceof SVGElement ? style.fill : style.color);
    const b = light(behind(node));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}"""


class Notebook:
    """A notebook that was opened, with all that went wrong in its page."""

    def __init__(self, page, address: str, name: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._address = address
        page.set_default_timeout(60_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)
        page.goto(f"{address}/doc/tree/{name}?token=t")
        page.wait_for_function(f"{KERNEL} === 'idle'")

    def _console(self, message) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _request(self, request) -> None:
        own = (self._address, self._address.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(own):
            self.foreign.append(request.url)

    def run_all(self) -> None:
        """Run all cells and wait for the desk's first pictures."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_selector(".aisim-table")
        self.settle()

    def settle(self) -> None:
        """Wait until the preview has drawn all that it wants to draw."""
        self.page.wait_for_timeout(200)
        self.page.wait_for_selector(".aisim-results:not(.aisim-waiting)")

    def slider(self, name: str):
        return self.page.get_by_role("slider", name=name)

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> None:
        self.page.locator(".aisim-controls").get_by_role("tab", name=name).click()

    def charts(self) -> dict[str, str]:
        """The pictures, by name of the chart."""
        return self.page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('.aisim-charts figure')]"
            ".map(f => [f.dataset.chart, f.querySelector('svg').outerHTML]))"
        )

    def figures(self) -> str:
        return self.page.locator(".aisim-table").inner_text()

    def status(self) -> str:
        return self.page.locator(".aisim-results [role=status]").inner_text()

    def problems(self) -> list[str]:
        found = self.page.locator(".aisim-desk .aisim-problem").all_inner_texts()
        return [text for text in found if text]

    def press(self, key: str, chart: str = "") -> float | None:
        """Press a key; milliseconds until the chart, or every chart, shows something new."""
        self.page.evaluate(PIXELS, chart)
        self.page.keyboard.press(key)
        return self.page.evaluate("window.pixels")

    def theme(self, name: str) -> None:
        """JupyterLab's own light or dark theme."""
        change = "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})"
        self.page.evaluate(change, f"JupyterLab {name}")
        is_light = "true" if name == "Light" else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light={is_light}]", state="attached")
        self.page.wait_for_timeout(500)

    def contrasts(self, which: str) -> list[float]:
        """Contrast of texts against what lies behind them, 1 to 21."""
        return self.page.evaluate(CONTRASTS, which)

    def open(self, path: Path) -> None:
        """Open a study from a file of the planner's."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Open YAML").click()
        chooser.value.set_files(path)

    def shot(self, folder: Path, name: str) -> None:
        folder.mkdir(exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")
