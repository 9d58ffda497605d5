"""The simulated world; the only folder that knows SimPy."""

from aisim.simulation.simulate import Simulation, simulate

__all__ = ["Simulation", "simulate"]
