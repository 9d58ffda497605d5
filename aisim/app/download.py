"""Files for whoever looks at the desk: made by the kernel when asked for, saved by the browser."""

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from aisim.app.widgets import HERE
from aisim.language import say, tr
from aisim.planning import BadInput

#: What makes the name of a file, its media type, and what makes its bytes.
Entry = tuple[Callable[[], str], str, Callable[[], bytes]]
BYTES_PER_KB = 1000


class Download(anywidget.AnyWidget):
    """A list of what can be downloaded, and a button.

    The bytes travel to the browser and nowhere else: no file is left where the kernel runs, so
    it works the same in JupyterLab, Voila and Binder.

    Attributes:
        labels: what there is, in words.
        texts: the other words of the view, by what they are for.
    """

    _esm = (HERE / "download.js").read_text(encoding="utf-8")
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    texts = traitlets.Dict(value_trait=traitlets.Unicode()).tag(sync=True)

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        super().__init__()
        self._entries: Mapping[str, Entry] = {}
        self.offer(entries)
        self.on_msg(self._asked)

    def offer(self, entries: Mapping[str, Entry]) -> None:
        """Offer these, by their labels, with all words in the language in use."""
        self._entries = dict(entries)
        self.labels = list(self._entries)
        self.texts = {
            "what": tr("What to download"),
            "save": tr("Download"),
            "waiting": tr("Waiting for the kernel"),
        }

    def _asked(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer the view that asked; it knows its own ticket."""
        asked = content if isinstance(content, dict) else {}
        ticket = str(asked.get("ticket"))[:40]
        try:
            name, mime, data = self._made(asked.get("wanted"))
        except BadInput as problem:
            self.send({"ticket": ticket, "problem": tr(problem.args[0])})
        except Exception as error:  # what a callback raises would only be logged
            failed = say("aisim failed: {error}", error=f"{type(error).__name__}: {error}")
            self.send({"ticket": ticket, "problem": tr(failed)})
        else:
            said = say("Saved {name}, {size:,.0f} kB", name=name, size=len(data) / BYTES_PER_KB)
            self.send({"ticket": ticket, "name": name, "mime": mime, "said": tr(said)}, [data])

    def _made(self, label: Any) -> tuple[str, str, bytes]:
        if not isinstance(label, str) or label not in self._entries:
            raise BadInput(say("nothing to download by that name"))
        name, mime, data = self._entries[label]
        return name(), mime, data()
