"""Files for the browser: asked for by label, answered with bytes or with a line."""

import pytest

from aisim.app.download import Download
from aisim.planning import BadInput


class Sent(Download):
    """A download that keeps what would go to the browser."""

    def __init__(self, entries):
        self.sent = []
        super().__init__(entries)

    def send(self, content, buffers=None):
        self.sent.append((content, buffers))

    def ask(self, label, ticket="t1"):
        self._handle_custom_msg({"wanted": label, "ticket": ticket}, [])
        return self.sent[-1]


def entries(data=b"\xef\xbb\xbfa;b", name="figures.csv"):
    return {"Figures (CSV)": (lambda: name, "text/csv", lambda: data)}


def failing(error):
    def make():
        raise error

    return {"Report": (lambda: "report.html", "text/html", make)}


def test_nothing_is_made_before_it_is_wanted():
    made = []
    download = Sent({"A": (lambda: "a", "text/plain", lambda: made.append(1) or b"")})
    assert (download.labels, made, download.sent) == (["A"], [], [])
    download.ask("A")
    assert made == [1]


def test_the_bytes_travel_as_they_are():
    data = bytes(range(256)) * 2000
    content, buffers = Sent(entries(data)).ask("Figures (CSV)", "mine")
    assert buffers == [data]
    assert content == {
        "ticket": "mine", "name": "figures.csv", "mime": "text/csv",
        "said": "Saved figures.csv, 512 kB",
    }  # fmt: skip


def test_the_name_is_that_of_the_moment():
    names = ["one.csv", "two.csv"]
    download = Sent({"A": (lambda: names.pop(0), "text/csv", lambda: b"x")})
    assert [download.ask("A")[0]["name"] for _ in range(2)] == ["one.csv", "two.csv"]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BadInput("needs openpyxl"), "needs openpyxl"),
        (RuntimeError("lost"), "aisim failed: RuntimeError: lost"),
    ],
)
def test_what_goes_wrong_is_a_line_and_no_file(error, line):
    content, buffers = Sent(failing(error)).ask("Report")
    assert (content, buffers) == ({"ticket": "t1", "problem": line}, None)


@pytest.mark.parametrize("content", [None, {}, {"wanted": 0}, {"wanted": ["A"]}, {"wanted": "B"}])
def test_what_is_not_offered_is_not_made(content):
    download = Sent(entries())
    download._handle_custom_msg(content, [])
    said, buffers = download.sent[-1]
    assert (said["problem"], buffers) == ("nothing to download by that name", None)


def test_new_entries_take_the_place_of_the_old():
    download = Sent(entries())
    download.offer({"Study": (lambda: "s.yaml", "text/yaml", lambda: b"s")})
    assert download.labels == ["Study"]
    assert "problem" in download.ask("Figures (CSV)")[0]
    assert download.ask("Study")[1] == [b"s"]


def test_the_words_of_the_view_are_there():
    texts = Sent(entries()).texts
    assert texts == {
        "what": "What to download", "save": "Download", "waiting": "Waiting for the kernel",
    }  # fmt: skip
    script = Download._esm
    assert "innerHTML" not in str(script)
