"""Runs the cases one by one, and turns what the clock says into rows."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import cases
import machine
import rows
import torch
from cases import Attention, Gemm, Step
from model import Network, Running, Setting, attend, random
from power import PowerMeter
from timing import Clock, Timing
from torch.nn import functional as F

from aisim.catalog import LlmModel

# Reruns of a small case within one repeat, so that launches do not count.
LEAST_CALLS, MOST_COPIES = 4, 64


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def rates(flops: float, moved: float, timing: Timing) -> str:
    """Return the time and the rates that it implies."""
    seconds = timing.ms() / 1000
    watts = "" if timing.watts is None else f", {timing.watts:.0f} W"
    rate = f"{flops / seconds / 1e12:.4g} TFLOP/s, {moved / seconds / 1e9:.4g} GB/s"
    return f"{timing.ms():.5g} ms ({rate}{watts})"


@dataclass(frozen=True)
class Bench:
    """One run on one device.

    Attributes:
        model: The model whose shapes are measured.
        layers: Layers that are measured in whole steps, all if None and they fit.
        setting: Where tensors live.
        origin: What the rows share.
        clock: What times.
        quick: Whether few small cases do.
    """

    model: LlmModel
    layers: int | None
    setting: Setting
    origin: rows.Origin
    clock: Clock
    quick: bool

    def run_ops(self, table: rows.Table) -> None:
        """Measure matrix products and attention."""
        for gemm in cases.gemms(self.model, quick=self.quick):
            timing = self._op(gemm, partial(self._gemm, case=gemm))
            if timing:
                table.add(rows.gemm_row(self.origin, gemm, timing.ms()))
        for attention in cases.attentions(self.model, quick=self.quick):
            timing = self._op(attention, partial(self._attend, case=attention))
            if timing:
                table.add(rows.attention_row(self.origin, attention, timing.ms()))

    def _gemm(self, copies: int, case: Gemm) -> Iterator[Callable[[], object]]:
        tokens = random((case.m, case.k), self.setting)
        for _ in range(copies):
            weights = random((case.n, case.k), self.setting, 0.02)
            yield partial(F.linear, tokens, weights)

    def _attend(self, copies: int, case: Attention) -> Iterator[Callable[[], object]]:
        shape = (case.batch, case.q_heads, case.new_tokens(), case.head_dim)
        queries = random(shape, self.setting)
        for _ in range(copies):
            cache = random((2, case.batch, case.kv_heads, case.length, case.head_dim), self.setting)
            yield partial(attend, queries, cache[0], cache[1])

    def _op(
        self, case: Gemm | Attention, prepare: Callable[[int], Iterator[Callable[[], object]]]
    ) -> Timing | None:
        """Time one operation over so many copies of its weights or cache that none stays cached."""
        cold = -(-3 * machine.cache_bytes(self.setting.device) // case.rotated_bytes())
        copies = min(max(cold, 1), MOST_COPIES)
        # A processor needs no graph, and so no repeats within one.
        calls = max(copies, LEAST_CALLS) if self.setting.device.type == "cuda" else 1
        need = copies * case.rotated_bytes() + 3 * case.other_bytes()
        if isinstance(case, Attention) and machine.may_write_scores(self.setting.device):
            need += 2 * case.score_bytes()

        def time() -> Timing:
            turns = cycle(list(prepare(copies)))

            def call() -> None:
                for _ in range(calls):
                    next(turns)()

            with torch.no_grad():
                return self.clock.measure(self.clock.graph(call) or call, calls)

        timing = self._within(case.text(), need, time)
        if timing:
            moved = case.rotated_bytes() + case.other_bytes()
            say(f"{case.text()}: {rates(case.flops(), moved, timing)}")
        return timing

    def run_steps(self, table: rows.Table) -> None:
        """Measure whole steps of the model, cut to the layers that fit."""
        fit = cases.layers_that_fit(self.model, machine.free_bytes(self.setting.device))
        layers = min(self.layers or self.model.layers, fit)
        if not layers:
            say(f"skipped: whole steps, as no layer of {self.model.name} fits in free memory")
            return
        say(f"{layers} of {self.model.layers} layers of {self.model.name}")
        network = Network(self.model, layers, self.setting)
        for step in cases.steps(self.model, quick=self.quick):
            self._step(network, step, table)

    def _step(self, network: Network, step: Step, table: rows.Table) -> None:
        layers, model = len(network.layers), self.model
        scores = machine.may_write_scores(self.setting.device)
        need = cases.step_bytes(model, layers, step, scores=scores)
        for mode in self._modes(step):

            def time(mode: str = mode) -> Timing:
                running = Running(network, step)
                replay = self.clock.graph(running) if mode == "graph" else None
                return self.clock.measure(replay or running)

            timing = self._within(f"{step.text()} ({mode})", need, time)
            if timing:
                work = cases.step_flops(model, layers, step)
                moved = cases.step_traffic(model, layers, step)
                say(f"{step.text()} ({mode}): {rates(work, moved, timing)}")
                table.add(self._step_row(layers, step, mode, timing))

    def _modes(self, step: Step) -> tuple[str, ...]:
        if self.setting.device.type == "cpu" or step.phase() == "prefill":
            return ("eager",)
        return "graph", "eager"

    def _step_row(self, layers: int, step: Step, mode: str, timing: Timing) -> dict[str, object]:
        whole = layers == self.model.layers
        notes = [mode] if whole else [mode, f"layers={layers} measured"]
        notes += [rows.mixed_note(step)] if step.phase() == "mixed" else []
        notes += [*timing.notes(), *machine.notes(self.setting.device)]
        suspect = "" if whole else f"{layers} of {self.model.layers} layers;"
        repeats = len(timing.times_ms)
        return rows.step_row(self.origin, step, timing.ms(), repeats, notes, suspect)

    def _within(self, text: str, need: int, time: Callable[[], Timing]) -> Timing | None:
        """Time a case that fits in free memory; say so where it does not, or does not run."""
        free = machine.free_bytes(self.setting.device)
        if need > free:
            say(f"skipped: {text} takes {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free")
            return None
        try:
            return time()
        except RuntimeError as error:
            say(f"skipped: {text} does not run: {str(error).splitlines()[0]}")
            return None


def new_clock(setting: Setting, *, quick: bool, seconds: float | None) -> Clock:
    """Return a clock that times the device for so long that its median settles."""
    power = PowerMeter(machine.power_card(setting.device))
    if seconds is None:
        seconds = 0.15 if quick else 1.0
    return Clock(setting.device, seconds, 3 if quick else 5, power)
