"""An answer for people: a table in the terminal, files in a folder, a page for a board."""

from aisim.report.answer import answer_notes, print_answer, verdict
from aisim.report.base import print_base, print_commitment
from aisim.report.catalog import catalog_list, catalog_rows, catalog_text
from aisim.report.files import write_answer, write_files
from aisim.report.html import answer_html
from aisim.report.money import print_money
from aisim.report.page import report_page
from aisim.report.pictures import all_charts, chart_png, chart_svg, charts_zip
from aisim.report.prediction import print_prediction
from aisim.report.progress import Progress
from aisim.report.script import study_script
from aisim.report.size import print_sizing
from aisim.report.table import answer_table
from aisim.report.workbook import figures_csv, workbook

__all__ = [
    "Progress", "all_charts", "answer_html", "answer_notes", "answer_table", "catalog_list",
    "catalog_rows", "catalog_text", "chart_png", "chart_svg", "charts_zip", "figures_csv",
    "print_answer", "print_base", "print_commitment", "print_money", "print_prediction",
    "print_sizing", "report_page", "study_script", "verdict", "workbook", "write_answer",
    "write_files",
]  # fmt: skip
