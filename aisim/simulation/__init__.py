"""The simulated world; the only folder that knows SimPy."""

from aisim.simulation.saturation import Saturation
from aisim.simulation.simulate import Simulation, simulate

__all__ = ["Saturation", "Simulation", "simulate"]
