"""Which accelerators, how spread and how many, serve a load within its limits at what cost."""

from collections.abc import Callable, Iterator, Sequence

from aisim import catalog
from aisim.planning.bad_input import BadInput
from aisim.planning.confirm import Confirm, OnProgress, Stopped, sized
from aisim.planning.offers import KINDS, Offer, find_offers
from aisim.planning.options import Option, Setting, ranked, settings
from aisim.planning.question import OWN_REGION, Question
from aisim.planning.sizing import Dropped, Miss, Sized, Sizing

MOST_TOP = 50
#: Options that may fail before the search ends, beside those that are confirmed.
MOST_DROPPED = 6
#: Options with the same accelerator, rented or own, that may fail before others are tried.
MOST_ALIKE = 2
#: A simulation may find an option this much cheaper than the closed form.
SAVED = 0.8


def size(
    model: str,
    *,
    rps: float,
    ttft_p95_s: float,
    tpot_p95_s: float,
    input_tokens: int = 1000,
    output_tokens: int = 250,
    accelerators: Sequence[str] = (),
    engine: str = "vllm",
    weights: Sequence[str] = (),
    kv_cache: str = "fp16",
    providers: Sequence[str] = (),
    kinds: Sequence[str] = (),
    top: int = 5,
    seed: int = 1,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Sizing:
    """Return ways to serve a load, cheapest first: ranked in closed form, the best simulated.

    Args:
        model: A name of the catalog, one of Hugging Face, or a path of a config.json.
        rps: Requests per second, Poisson.
        ttft_p95_s: Limit of the 95th percentile of the time to the first token.
        tpot_p95_s: The same of the mean time per output token after it.
        input_tokens: Tokens of each prompt.
        output_tokens: Tokens of each answer.
        accelerators: Only these; empty: all that have a price.
        engine: vllm, trtllm or sglang.
        weights: Precisions that compete; empty: fp16, and fp8 where there are units for it.
        kv_cache: Precision of the KV cache.
        providers: Only their clouds; empty: all.
        kinds: cloud or own; empty: both, or cloud alone where providers are named.
        top: How many are confirmed by simulation.
        seed: Of the simulation.
        on_progress: Told what is done and the share of it.
        cancelled: Asked now and then; when true, what there is is returned, marked partial.

    Raises:
        UnknownName: No such model, accelerator, engine, precision or provider.
        BadModelConfig: The config.json is not understood.
        BadInput: A number out of range, a request longer than the model's context, no machine.
        TooManyRequests: The rate and the limits ask for more requests than fit in memory.
    """
    if not 1 <= top <= MOST_TOP:
        raise BadInput(f"top {top}, allowed: 1 to {MOST_TOP}")
    question = Question(
        model, rps, input_tokens, output_tokens, ttft_p95_s, tpot_p95_s,
        catalog.engine(engine).name, tuple(weights), kv_cache, seed,
    )  # fmt: skip
    question.check()
    kinds = kinds or (("cloud",) if providers else KINDS)
    search = _Search(question, find_offers(accelerators, providers, kinds), top)
    search.run(on_progress, cancelled)
    return search.answer()


class _Search:
    """The ranking, and what of it is confirmed so far."""

    def __init__(self, question: Question, offers: dict[str, list[Offer]], top: int) -> None:
        self._question, self._offers, self._top = question, offers, top
        self._settings: list[Setting] = []
        self._ranked: list[Option] = []
        self._sized: list[Sized] = []
        self._dropped: list[Dropped] = []
        self._partial = False

    def run(self, on_progress: OnProgress | None, cancelled: Callable[[], bool] | None) -> None:
        """Rank, then confirm one after the other."""
        told = None if on_progress is None else lambda done: on_progress("closed form", done)
        self._settings = list(settings(self._question, self._offers, told, cancelled))
        self._ranked = ranked(self._question, self._settings, self._offers)
        confirm = Confirm(self._question, on_progress, cancelled)
        try:
            for option in self._next():
                if option.setting in confirm.failed:
                    continue
                if cancelled is not None and cancelled():
                    raise Stopped
                outcome = confirm.confirm(option)
                if isinstance(outcome, Sized):
                    self._sized.append(outcome)
                else:
                    self._dropped.append(outcome)
        except Stopped:
            self._partial = True

    def _next(self) -> Iterator[Option]:
        """The cheapest first: of each accelerator, rented or own, one; then whatever is left."""
        alike: dict[tuple[str, str], int] = {}
        later = []
        for option in self._ranked:
            if self._enough(option):
                return
            key = (option.offer.accelerator, option.offer.kind)
            if alike.get(key, 0) >= MOST_ALIKE:
                later.append(option)
                continue
            confirmed = len(self._sized)
            yield option
            # One that held is enough of its kind; one that failed leaves room for another.
            alike[key] = MOST_ALIKE if len(self._sized) > confirmed else alike.get(key, 0) + 1
        for option in later:
            if len(self._sized) >= self._top or len(self._dropped) >= MOST_DROPPED:
                return
            yield option

    def _enough(self, option: Option) -> bool:
        """Whether neither this option nor one behind it would be among the best."""
        if len(self._dropped) >= MOST_DROPPED:
            return True
        months = sorted(found.usd_per_month for found in self._sized)
        return len(months) >= self._top and (
            months[self._top - 1] <= SAVED * option.usd_per_month or len(months) >= 2 * self._top
        )

    def answer(self) -> Sizing:
        """What there is so far."""
        question = self._question
        best = sorted(self._sized, key=lambda found: found.usd_per_month)[: self._top]
        return Sizing(
            model=catalog.llm_model(question.model).name,
            rps=question.rps,
            input_tokens=question.input_tokens,
            output_tokens=question.output_tokens,
            ttft_p95_limit_s=question.ttft_p95_s,
            tpot_p95_limit_s=question.tpot_p95_s,
            engine=question.engine,
            kv_cache=question.kv_cache,
            seed=question.seed,
            simulated_s=question.horizon_s - question.warm_up_s,
            considered=len(self._settings),
            ranked=len(self._ranked),
            options=tuple(best or self._unconfirmed()),
            dropped=tuple(self._dropped),
            nearest=None if self._ranked else _nearest(question, self._settings),
            partial=self._partial,
            notes=tuple(_notes(best)),
        )

    def _unconfirmed(self) -> list[Sized]:
        """The ranking itself, where it was stopped before anything was confirmed."""
        if not self._partial:
            return []
        return [sized(self._question, o, o.replicas, None) for o in self._ranked[: self._top]]


def _nearest(question: Question, found: Sequence[Setting]) -> Miss | None:
    """The replica that misses the limits least with one request alone."""
    if not found:
        return None

    def miss(setting: Setting) -> float:
        ratios = (
            setting.alone.ttft_s / question.ttft_p95_s,
            setting.alone.tpot_s / question.tpot_p95_s,
        )
        return max(ratios)

    nearest = min(found, key=miss)
    replica, alone = nearest.replica, nearest.alone
    name = f"{replica.device.name} TP{replica.parallel.tensor} {replica.weights}"
    return Miss(name, alone.ttft_s, alone.tpot_s, _would_do(question, nearest))


def _would_do(question: Question, nearest: Setting) -> str:
    ways = []
    if nearest.alone.ttft_s > question.ttft_p95_s:
        ways.append(f"a TTFT limit above {nearest.alone.ttft_s:.3g} s or shorter prompts")
    if nearest.alone.tpot_s > question.tpot_p95_s:
        ways.append(f"a TPOT limit above {nearest.alone.tpot_s:.3g} s or a smaller model")
    return " and ".join(ways) or "a machine with more GPUs, or another provider"


def _notes(best: Sequence[Sized]) -> Iterator[str]:
    yield "times at the machines: no network between clients and replicas"
    if any(found.kind == "cloud" for found in best):
        yield "cloud: on demand at list price, whole machines, 730 h a month"
    if any(found.kind == "own" for found in best):
        yield (
            f"own: purchase, support, energy, room and staff in {OWN_REGION}; servers alone, "
            "without switches and storage"
        )
