"""Queueing theory: the formulas that the simulation is held against.

`rate_rps` is the rate of a Poisson stream, `service_s` the mean service time of one server, and a
wait ends when service begins. All are means in steady state. Kleinrock 1 and 2 are L. Kleinrock,
Queueing Systems, vol. 1 (1975) and vol. 2 (1976).
"""

from math import exp, factorial

from scipy.optimize import brentq


def mm1_wait_s(rate_rps: float, service_s: float) -> float:
    """Mean wait in M/M/1: rho / (mu - lambda) (Kleinrock 1, section 3.2)."""
    return rate_rps * service_s * service_s / (1 - rate_rps * service_s)


def mm1_wait_beyond(limit_s: float, rate_rps: float, service_s: float) -> float:
    """Share that waits longer than a limit in M/M/1 (Kleinrock 1, section 5.12)."""
    return rate_rps * service_s * exp(-(1 / service_s - rate_rps) * limit_s)


def mg1_wait_s(rate_rps: float, service_s: float, square_s2: float) -> float:
    """Mean wait in M/G/1, first come first served; `square_s2` is the mean of the square.

    Pollaczek and Khinchine: lambda E[S^2] / (2 (1 - rho)) (Kleinrock 1, section 5.7).
    """
    return rate_rps * square_s2 / (2 * (1 - rate_rps * service_s))


def md1_wait_s(rate_rps: float, service_s: float) -> float:
    """Mean wait in M/D/1: Pollaczek and Khinchine without variance."""
    return mg1_wait_s(rate_rps, service_s, service_s**2)


def erlang_b(servers: int, load: float) -> float:
    """Share lost by `servers` servers without a queue; load is lambda / mu (Erlang 1917)."""
    terms = [load**n / factorial(n) for n in range(servers + 1)]
    return terms[-1] / sum(terms)


def erlang_c(servers: int, load: float) -> float:
    """Share that must wait for one of `servers` servers (Erlang 1917; Kleinrock 1, 3.5)."""
    lost = erlang_b(servers, load)
    return lost / (1 - load / servers * (1 - lost))


def mmc_wait_s(servers: int, rate_rps: float, service_s: float) -> float:
    """Mean wait in M/M/c with one queue (Kleinrock 1, section 3.5)."""
    waiting = erlang_c(servers, rate_rps * service_s)
    return waiting * service_s / (servers - rate_rps * service_s)


def gamma_m1_wait_s(rate_rps: float, burstiness: float, service_s: float) -> float:
    """Mean wait in G/M/1 whose gaps are Gamma, of variance `burstiness` over squared mean.

    An arrival finds the server busy with the root sigma of sigma = A*(mu - mu sigma), where A* is
    the transform of the gaps, (1 + burstiness s / lambda)^(-1 / burstiness) (Kleinrock 1, section
    6.4).
    """
    load = rate_rps * service_s

    def excess(sigma: float) -> float:
        return (1 + burstiness * (1 - sigma) / load) ** (-1 / burstiness) - sigma

    sigma = brentq(excess, 0.0, 1 - 1e-6)
    return service_s * sigma / (1 - sigma)


def em1_wait_s(phases: int, rate_rps: float, service_s: float) -> float:
    """Mean wait at one of `phases` M servers that a Poisson stream of `rate_rps` visits in turn.

    Each sees E/M/1, whose gaps are sums of `phases` exponential ones: a case of Gamma.
    """
    return gamma_m1_wait_s(rate_rps / phases, 1 / phases, service_s)


def power_of_two_sojourn_s(load: float, service_s: float) -> float:
    """Mean time in a large system where each arrival joins the shorter of two random M queues.

    The sum of load^(2^i - 2) over i >= 1, exact in the limit of many servers (Mitzenmacher, IEEE
    TPDS 12(10), 2001).
    """
    return service_s * sum(load ** (2**i - 2) for i in range(1, 12))


def ps_sojourn_s(rate_rps: float, service_s: float) -> float:
    """Mean time in M/G/1 with processor sharing, whatever the law of the sizes.

    It is linear: a job of size x spends x / (1 - rho) (Kleinrock 2, section 4.4).
    """
    return service_s / (1 - rate_rps * service_s)


def mm1_ps_variance_s2(rate_rps: float, service_s: float) -> float:
    """Variance of the time in M/M/1 with processor sharing (Coffman, Muntz, Trotter, JACM 1970)."""
    load = rate_rps * service_s
    return (2 + load) / (2 - load) * ps_sojourn_s(rate_rps, service_s) ** 2


def closed_sojourn_s(clients: int, think_s: float, service_s: float) -> float:
    """Mean time at one server for N clients that think in between: exact mean value analysis.

    Exact for processor sharing with any law of sizes (Reiser and Lavenberg, JACM 27(2), 1980).
    """
    queue = sojourn = 0.0
    for n in range(1, clients + 1):
        sojourn = service_s * (1 + queue)
        queue = n / (sojourn + think_s) * sojourn
    return sojourn
