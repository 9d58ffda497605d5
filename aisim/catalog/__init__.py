"""The facts that a study draws on, as typed records with their origin.

`tables` shows the same facts as pandas frames; it is imported on its own, as pandas is slow.
"""

from aisim.catalog.accelerators import Accelerator, accelerator, accelerators
from aisim.catalog.api_speeds import ApiSpeed, api_speed, api_speeds
from aisim.catalog.assumptions import Assumption, assumption, assumptions
from aisim.catalog.currency import currencies, usd_per
from aisim.catalog.engines import (
    CollectiveFit,
    Engine,
    EngineHost,
    GpuFit,
    collective_fits,
    engine,
    engine_hosts,
    engines,
    gpu_fits,
)
from aisim.catalog.error_bands import Band, ErrorBand, error_band, error_bands
from aisim.catalog.figures import NetworkFigure, StorageFigure, network_figures, storage_figures
from aisim.catalog.files import Fact, Quality, data_dir
from aisim.catalog.grid import Grid, country_grid, grids, region_grid
from aisim.catalog.models import LlmModel, llm_model, llm_models
from aisim.catalog.power import PowerShares, power_rows, power_shares
from aisim.catalog.prices import (
    CloudInstance,
    Electricity,
    Hardware,
    Opex,
    cloud_instance,
    cloud_instances,
    electricity,
    electricity_prices,
    hardware,
    hardware_items,
    licence,
    licences,
    opex,
    opex_items,
)
from aisim.catalog.reliability import (
    Reliability,
    failure_rate,
    reliability_figures,
    spot_reclaims,
)
from aisim.catalog.services import (
    Service,
    by_tier,
    egress_tiers,
    find_service,
    service_tiers,
    services,
)
from aisim.catalog.traffic import (
    TrafficWindow,
    traffic_window_names,
    traffic_windows,
    weekly_profile,
    weekly_profile_names,
)
from aisim.catalog.unknown import UnknownName

__all__ = [
    "Accelerator",
    "ApiSpeed",
    "Assumption",
    "Band",
    "CloudInstance",
    "CollectiveFit",
    "Electricity",
    "Engine",
    "EngineHost",
    "ErrorBand",
    "Fact",
    "GpuFit",
    "Grid",
    "Hardware",
    "LlmModel",
    "NetworkFigure",
    "Opex",
    "PowerShares",
    "Quality",
    "Reliability",
    "Service",
    "StorageFigure",
    "TrafficWindow",
    "UnknownName",
    "accelerator",
    "accelerators",
    "api_speed",
    "api_speeds",
    "assumption",
    "assumptions",
    "by_tier",
    "cloud_instance",
    "cloud_instances",
    "collective_fits",
    "country_grid",
    "currencies",
    "data_dir",
    "egress_tiers",
    "electricity",
    "electricity_prices",
    "engine",
    "engine_hosts",
    "engines",
    "error_band",
    "error_bands",
    "failure_rate",
    "find_service",
    "gpu_fits",
    "grids",
    "hardware",
    "hardware_items",
    "licence",
    "licences",
    "llm_model",
    "llm_models",
    "network_figures",
    "opex",
    "opex_items",
    "power_rows",
    "power_shares",
    "region_grid",
    "reliability_figures",
    "service_tiers",
    "services",
    "spot_reclaims",
    "storage_figures",
    "traffic_window_names",
    "traffic_windows",
    "usd_per",
    "weekly_profile",
    "weekly_profile_names",
]
