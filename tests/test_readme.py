"""The script in the README runs, is short, and says what it says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_script_of_the_readme(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    script = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert len([line for line in script.splitlines() if line.strip()]) <= 15
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    for name in ("cloud", "on-prem", "hybrid"):
        assert re.search(rf"^{name}: first token within [\d.]+ s .* USD a month", done.stdout, re.M)
    assert re.search(r"[1-9]\d* of [\d,]+ requests of the hybrid went to the cloud", done.stdout)


def test_what_the_documents_name_exists():
    for document in ("README.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for path in re.findall(r"`((?:tests|data|aisim|docs)/[\w/.-]+)`", text):
            assert (ROOT / path).exists(), f"{document} names {path}"
        for target in re.findall(r"\]\(([\w/.-]+)\)", text):
            assert (ROOT / target).exists(), f"{document} links {target}"
