"""What leaves the desk: the report, the figures, the charts, the study itself."""

from collections.abc import Callable, Sequence

from aisim.app.download import Entry
from aisim.app.store import Store
from aisim.charts import Chart
from aisim.language import tr
from aisim.planning import BadInput, Picture
from aisim.report import charts_zip, figures_csv, report_page, study_script, workbook
from aisim.scenario import dump_study

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exports(
    store: Store,
    picture: Callable[[], Picture | None],
    charts: Sequence[Chart],
    replications: Callable[[], int],
) -> dict[str, Entry]:
    """What can be downloaded, by label.

    Args:
        store: the study as it stands.
        picture: what is shown.
        charts: those of the report.
        replications: of the script.
    """

    def seen() -> Picture:
        found = picture()
        if found is None:
            raise BadInput("there is nothing to see yet")
        return found

    def named(end: str) -> Callable[[], str]:
        return lambda: f"{store.study.name}{end}"

    def script() -> bytes:
        return study_script(store.study, replications()).encode()

    return {
        tr("Report (HTML)"): (
            named(".html"), "text/html", lambda: report_page(seen(), charts).encode()),
        tr("Figures, ledger, prices (XLSX)"): (named(".xlsx"), XLSX, lambda: workbook(seen())),
        tr("Figures (CSV)"): (named(".csv"), "text/csv", lambda: figures_csv(seen()).encode()),
        tr("Charts (SVG and PNG)"): (
            named("-charts.zip"), "application/zip", lambda: charts_zip(seen(), charts)),
        tr("Study (YAML)"): (
            named(".yaml"), "application/yaml", lambda: dump_study(store.study).encode()),
        tr("Python script"): (named(".py"), "text/x-python", script),
    }  # fmt: skip
