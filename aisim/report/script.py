"""A study as a Python script that anyone can run."""

from aisim.scenario import Study, dump_study

TEMPLATE = '''"""The study {name!r} as a script: needs nothing but aisim."""

import aisim

STUDY = """\\
{yaml}"""

study = aisim.read_study(STUDY)
answer = aisim.replicate(study, {replications})

for name, candidate in answer["candidates"].items():
    p95 = candidate["ttft_s"]["p95"]
    month = candidate["cost"]["usd_per_month"]
    print(name)
    print("  time to first token, p95, s:", p95 and p95["mean"])
    print("  USD a month:", month and month["mean"])
    print("  limited by:", candidate["bottleneck"]["component"])
'''


def study_script(study: Study, replications: int) -> str:
    """The text of a script that answers the study with so many replications."""
    text = dump_study(study).replace("\\", "\\\\").replace('"', '\\"')
    return TEMPLATE.format(name=study.name, yaml=text, replications=replications)
