"""Small frames as the results give them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from aisim import charts
from aisim.charts.components import components_chart, components_frame, components_summary

NAMES = ("cloud", "on-prem", "hybrid", "edge", "api", "colocation")
SOUND = dict.fromkeys(NAMES, "sound")


def chosen(names, state, states):
    return {name: (states or {}).get(name, state) for name in names}


def latency(names=NAMES[:3], state="sound", states=None, limit_s=2.0, slow=1.0):
    """A log-normal distribution a candidate, each slower than the one before."""
    shares = np.linspace(0.0, 100.0, 101)
    z = np.sqrt(2) * np.array(
        [_inverse_erf(2 * min(max(s / 100, 0.002), 0.998) - 1) for s in shares]
    )
    found = [
        pd.DataFrame(
            {
                "candidate": name, "state": worth, "share": shares,
                "seconds": slow * 0.35 * 1.7**number * np.exp(0.6 * z), "limit_s": limit_s,
            }
        )
        for number, (name, worth) in enumerate(chosen(names, state, states).items())
    ]  # fmt: skip
    return pd.concat(found, ignore_index=True)


def levels(names=NAMES[:3], state="sound", states=None, hours=24.0, slow=1.0):
    """A day with office hours; what is overloaded queues ever more."""
    middle = (np.arange(96) + 0.5) * hours / 96
    day = np.exp(-(((middle / hours - 0.55) / 0.2) ** 2))
    found = []
    for number, (name, worth) in enumerate(chosen(names, state, states).items()):
        waiting = np.floor(slow * day * (number + 1) * 6)
        if worth == "overloaded":
            waiting = np.floor(slow * 40 * middle / hours)
        busy = np.clip(0.1 + day * (0.3 + 0.12 * number), 0, 1)
        found.append(
            pd.DataFrame(
                {
                    "candidate": name, "state": worth, "time": middle, "waiting": waiting,
                    "gpu_busy": np.where((middle < hours / 5) & (number == 1), np.nan, busy),
                }
            )
        )  # fmt: skip
    return pd.concat(found, ignore_index=True)


def spent(names=NAMES[:3], state="sound", states=None, slow=1.0):
    """Four to six components; tiny ones beside huge ones."""
    found = []
    for number, (name, worth) in enumerate(chosen(names, state, states).items()):
        path = [
            ("wan", 0.0, 0.04), ("gateway", 0.0002, 0.003), ("own", 0.15 * slow * number, 1.1),
            ("burst", 0.0, 0.25 * number), ("audit", 0.0, 0.0004), ("lan", 0.002, 0.01),
        ][: 4 + number % 3]  # fmt: skip
        found += [
            (name, worth, component, part, value)
            for component, waits, serves in path
            for part, value in (("waiting", waits), ("service", serves))
        ]
    return pd.DataFrame(found, columns=["candidate", "state", "component", "part", "seconds"])


def cost(names=NAMES[:3], state="sound", states=None, slow=1.0):
    bills = (
        {"compute": 9100.0, "support": 500.0},
        {"compute": 4200.0, "energy": 900.0, "cooling": 270.0, "space": 400.0, "staff": 2100.0},
        {"compute": 6100.0, "energy": 450.0, "cooling": 130.0, "space": 200.0, "staff": 1400.0,
         "support": 250.0, "egress": 90.0},
    )  # fmt: skip
    found = [
        (name, worth, category, usd * slow)
        for number, (name, worth) in enumerate(chosen(names, state, states).items())
        for category, usd in bills[number % 3].items()
    ]
    return pd.DataFrame(found, columns=["candidate", "state", "category", "amount"])


def components(names=NAMES[:3], state="sound", states=None, slow=1.0):
    """A link, a disk and a pool each, of which the pool limits, by its GPUs."""
    answers = {
        name: {
            "component_utilisation": {"wan": {"mean": 0.0004}, "disk": {"mean": 0.12}},
            "utilisation": {
                "own": {"gpu_busy": {"mean": min(0.3 * slow + 0.1 * i, 1.0)},
                        "kv_memory": {"mean": 0.205}},
            },
            "bottleneck": {"component": "own", "reason": "waiting for own is 30%"},
        }
        for i, name in enumerate(names)
    }  # fmt: skip
    return components_frame(pictured(answers, chosen(names, state, states)))


def pictured(answers, states):
    """A picture with these answers, as far as the chart of components looks."""
    return SimpleNamespace(answer={"candidates": answers}, state=lambda name: states[name])


def _inverse_erf(value):
    part = np.log(1 - value * value)
    inner = 2 / (np.pi * 0.147) + part / 2
    return np.sign(value) * np.sqrt(np.sqrt(inner**2 - part / 0.147) - inner)


def steps(*args, **kwargs):
    return charts.waterfall_steps(spent(*args, **kwargs))


#: By name: the rows of a chart, and the chart of some rows.
CHARTS = {
    "latency": (latency, lambda f, names: charts.latency_chart(f, names, "Time to first token")),
    "queue": (levels, lambda f, names: charts.queue_chart(f, names, "hours")),
    "utilisation": (levels, lambda f, names: charts.utilisation_chart(f, names, "hours")),
    "waterfall": (steps, charts.waterfall_chart),
    "cost": (cost, charts.cost_chart),
    "components": (components, lambda f, _: components_chart(f)),
}
#: By name: the frame of a summary, and the summary of a frame.
SUMMARIES = {
    "latency": (latency, lambda f: charts.latency_summary(f, "Time to first token")),
    "queue": (levels, lambda f: charts.queue_summary(f, "hours")),
    "utilisation": (levels, charts.utilisation_summary),
    "waterfall": (spent, charts.waterfall_summary),
    "cost": (cost, charts.cost_summary),
    "components": (components, components_summary),
}
