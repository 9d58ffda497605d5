"""What the planner says about one architecture."""

from typing import Annotated, Literal

from pydantic import Field

from aisim.scenario.apis import Api
from aisim.scenario.base import Declaration, Name, Share
from aisim.scenario.costs import Cost
from aisim.scenario.links import Link, Storage
from aisim.scenario.machines import Machines
from aisim.scenario.pools import Pool
from aisim.scenario.sites import Site


class TransferStage(Declaration):
    """The request crosses a link; its answer comes back over the same link."""

    kind: Literal["transfer"] = "transfer"
    link: Name
    """A link of this candidate."""


class ReadStage(Declaration):
    """Documents for retrieval are read; without documents nothing happens."""

    kind: Literal["read"] = "read"
    storage: Name
    """A storage device of this candidate."""


class Burst(Declaration):
    """When a pool counts as full, so that requests go on to the next one in order."""

    queue: Annotated[int | None, Field(ge=0, le=1_000_000, title="Next pool when more wait")] = None
    """Full when more requests than this wait per replica that runs."""
    utilisation: Annotated[Share | None, Field(title="Next pool when KV memory is fuller")] = None
    """Full when more than this share of the KV memory is in use."""


class ServeStage(Declaration):
    """A pool answers: the first in order that is not full, may take the data and runs."""

    kind: Literal["serve"] = "serve"
    pools: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Pools and APIs in order of preference."""
    burst: Burst = Burst()
    """When a request goes on to the next pool. Without limits, only where the first cannot."""


class LogStage(Declaration):
    """A log of the request is written; the answer does not wait for it."""

    kind: Literal["log"] = "log"
    storage: Name
    """A storage device of this candidate."""


Stage = Annotated[TransferStage | ReadStage | ServeStage | LogStage, Field(discriminator="kind")]


class Candidate(Declaration):
    """One architecture under comparison."""

    description: str = ""
    """What it is, in a line."""
    sites: Annotated[dict[Name, Site], Field(min_length=1)]
    """Where things stand."""
    machines: dict[Name, Machines] = {}
    """Machine groups."""
    pools: dict[Name, Pool] = {}
    """Pools of replicas."""
    apis: dict[Name, Api] = {}
    """External APIs."""
    links: dict[Name, Link] = {}
    """Network links."""
    storage: dict[Name, Storage] = {}
    """Storage devices."""
    path: Annotated[dict[Name, Stage], Field(min_length=1)]
    """What a request passes, in order."""
    costs: dict[Name, Cost] = {}
    """Costs that aisim does not find by itself: services by quantity, lines of your own."""

    def site_of(self, name: str) -> str:
        """The site of a pool or an API."""
        if name in self.apis:
            return self.apis[name].site
        return self.machines[self.pools[name].machines].site
