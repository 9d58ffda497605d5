"""A small study with an API, a hybrid, named costs and limits, for the tests of money."""

from copy import deepcopy
from functools import cache
from typing import Any

from aisim.cost import bill
from aisim.planning import Comparison, compare
from aisim.scenario import Study, parse_study
from aisim.scenario.text import parse_yaml
from tests.scenario.small import put

PRICED = """
aisim: 1
name: priced
workload:
  traffic:
    chat:
      service: chat
      arrivals: {kind: poisson, rate_rps: 0.5}
      sizes: {kind: constant, input_tokens: 1000, output_tokens: 60}
      service_level: {ttft_s: {limit_s: 5}}
    personal:
      service: chat
      data_class: personal
      arrivals: {kind: poisson, rate_rps: 0.2}
      sizes: {kind: constant, input_tokens: 1000, output_tokens: 60}
candidates:
  gpt:
    sites: {openai: {kind: api, provider: openai}}
    apis: {mini: {site: openai, model: gpt-5-mini, serves: [chat], cached_share: 0.3}}
    path: {serving: {kind: serve, pools: [mini]}}
  own:
    sites: {house: {kind: own, region: DE}}
    machines:
      server: {kind: own, site: house, parts: {"4x L40S PCIe server 2U": 1},
               licences: [NVIDIA AI Enterprise]}
    pools: {pool: {machines: server, model: llama-3.1-8b, serves: [chat]}}
    path: {serving: {kind: serve, pools: [pool]}}
    costs:
      dlp: {site: house, category: compliance, usd: 1500, usd_low: 1000, usd_high: 3000}
      room: {site: house, category: space, usd: 20000, when: once, life_years: 10}
  hybrid:
    sites:
      house: {kind: own, region: DE}
      openai: {kind: api, provider: openai, refuses: [personal]}
    machines: {server: {kind: own, site: house, parts: {"4x L40S PCIe server 2U": 1}}}
    pools: {pool: {machines: server, model: llama-3.1-8b, serves: [chat]}}
    apis: {mini: {site: openai, model: gpt-5-mini, serves: [chat]}}
    path: {serving: {kind: serve, pools: [pool, mini], burst: {utilisation: 0.003}}}
  managed:
    sites: {region: {kind: cloud, provider: aws, region: eu-central-1}}
    machines:
      gpu: {kind: cloud, site: region, instance: g6e.xlarge, price: commit_1y, upfront_share: 0.5}
    pools: {pool: {machines: gpu, model: llama-3.1-8b, serves: [chat]}}
    path: {serving: {kind: serve, pools: [pool]}}
    costs:
      endpoint: {site: region, category: compute, share_of_compute: 0.2}
      nat: {site: region, category: network, service: NAT gateway / gateway, quantity: hours}
      s3: {site: region, category: storage, service: S3 / standard, quantity: 5000}
limits:
  data: {personal: {countries: [DE], sites: [own, cloud]}}
  budget_usd_per_month: 9500
run: {warm_up_s: 30, horizon_s: 330, resolution_s: 10}
"""


def priced_data(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The study as plain data; `changes` sets fields by their path."""
    data = parse_yaml(PRICED, "priced")
    assert isinstance(data, dict)
    for path, value in (changes or {}).items():
        put(data, path, deepcopy(value))
    return data


def priced_study(changes: dict[str, Any] | None = None) -> Study:
    """The study, with changes by path."""
    return parse_study(priced_data(changes))


@cache
def priced() -> Comparison:
    """The study, simulated once for all tests."""
    return compare(priced_study())


def repriced(changes: dict[str, Any]) -> Comparison:
    """The same runs, priced as another study has it: no field that is simulated may change."""
    study = priced_study(changes)
    runs = priced().runs
    bills = {name: bill(run, study.candidates[name], study.economics) for name, run in runs.items()}
    return Comparison(study, runs, bills)
