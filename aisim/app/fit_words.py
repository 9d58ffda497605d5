"""What the question of fit is answered with, in words and a table; escaped."""

from collections.abc import Iterator
from html import escape

from aisim.app.browse import QUALITIES
from aisim.app.fit_answer import KV_CACHE, FitAnswer
from aisim.app.tables import table_html
from aisim.language import mark, number, say, tr

#: What the times of a prediction rest on.
RESTS_ON = {
    "fitted": mark("measurements on this accelerator itself"),
    "relatives": mark("its data sheet, with the measured efficiencies of its relatives"),
    "calibrated": mark("a calibration of your own"),
}  # fmt: skip


def verdict(answer: FitAnswer) -> str:
    """Whether it fits, and by how much, as a sentence."""
    if answer.texts:
        found = tr(
            say(
                "{texts:,} texts of {tokens:,} tokens are in work at once; {rest:,.1f} GiB of "
                "each accelerator are left for them.",
                texts=answer.texts,
                tokens=answer.question.context_tokens,
                rest=answer.rest_gib,
            )
        )
    else:
        found = _missing(answer)
    asked = answer.question
    named = say(
        "{model} on {n} x {device}", model=asked.model, n=asked.gpus, device=asked.device.name
    )
    return f"{tr(named)}: {found}"


def _missing(answer: FitAnswer) -> str:
    """What it lacks: memory for a text, or for the weights already."""
    tokens, missing_gib = answer.question.context_tokens, answer.missing_gib
    if answer.rest_gib > 0:
        return tr(
            say(
                "the weights fit, but not one text of {tokens:,} tokens beside them; "
                "{missing:,.1f} GiB are missing on each accelerator.",
                tokens=tokens,
                missing=missing_gib,
            )
        )
    return tr(
        say(
            "{missing:,.1f} GiB are missing on each accelerator. Fewer bits per weight or more "
            "accelerators would help.",
            missing=missing_gib,
        )
    )


def answer_html(answer: FitAnswer) -> str:
    """The times by texts in work, and what they are worth; nothing where nothing fits."""
    if not answer.texts:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in _worth(answer))
    return f"{_times(answer)}<ul class='aisim-notes'>{lines}</ul>"


def _times(answer: FitAnswer) -> str:
    prompt, reply = answer.question.lengths
    caption = tr(
        say("Prompts of {prompt:,} tokens, answers of {reply:,}", prompt=prompt, reply=reply)
    )
    head = [
        tr("Texts in work"),
        tr("First token (TTFT), s"),
        tr("Then per token (TPOT), ms"),
        tr("Requests/s"),
        tr("Output tokens/s"),
    ]
    rows = [
        (
            number(at.sequences, ",d"),
            number(at.ttft_s, ",.2f"),
            number(at.tpot_s * 1e3, ",.1f"),
            number(at.requests_per_s, ",.3g"),
            number(at.output_tokens_per_s, ",.0f"),
        )
        for at in answer.at_batches
    ]
    return table_html(caption, head, rows)


def _worth(answer: FitAnswer) -> Iterator[str]:
    """What the times rest on, how far off they may be, and what the accelerators draw."""
    errors = answer.errors
    assert errors is not None
    assert answer.provenance is not None
    rests_on = tr(RESTS_ON[answer.provenance])
    yield tr(
        say(
            "The times rest on {rests_on}. Such predictions were {tpot:.0%} off in TPOT (median; 9 "
            "of 10 within {most:.0%}), and {rate:.0%} in tokens/s. They are means with this number "
            "of texts always in work, without network and queue.",
            rests_on=rests_on,
            tpot=errors.tpot_median,
            most=errors.tpot_p90,
            rate=errors.output_tokens_per_s_median,
        )
    )
    yield _watts(answer)
    yield tr(say("KV cache in {kv_cache}, engine vLLM.", kv_cache=KV_CACHE))
    yield from map(tr, answer.notes)


def _watts(answer: FitAnswer) -> str:
    draw, device = answer.draw, answer.question.device.name
    if draw is None:
        return tr(say("Watts: the power limit of {device} is not known.", device=device))
    return tr(
        say(
            "Each accelerator draws {prefill:,.0f} W in prompts, {decode:,.0f} W in answers, "
            "{idle:,.0f} W idle (without its host; {quality}).",
            prefill=draw.prefill_w,
            decode=draw.decode_w,
            idle=draw.idle_w,
            quality=tr(QUALITIES[draw.shares.quality]),
        )
    )
