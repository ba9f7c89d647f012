"""A result in plain words, for readers without statistics: what is shown, what follows, what would change it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from harness.core.plurals import counted
from harness.report.claims.claim_file import ClaimKind
from harness.report.claims.evaluate import ClaimResult, reading_words
from harness.report.claims.metric_names import AMONG_ALL
from harness.report.claims.verdict import (
    CheckLogic,
    CheckRole,
    ClaimCheckResult,
    ClaimVerdict,
    EvidenceMode,
    accepted_range,
)
from harness.report.render.number_format import digits, four_digits

QUANTITIES = {
    "cost_ratio": "the cost of an answer",
    "cost_per_correct_ratio": "the cost of a correct answer",
    "verbosity_ratio": "the number of tokens of an answer",
    "tokens_per_correct_ratio": "the number of tokens of a correct answer",
    "prompt_tokens_ratio": "the number of tokens counted for a question",
    "latency_ratio": "the time of an answer",
    "speed_ratio": "the speed of whole answers",
    "chars_per_s_ratio": "the output speed in characters",
    "tokens_per_s_ratio": "the output speed in tokens",
    "ttft_ratio": "the time to the first token",
    "first_answer_ratio": "the time to the first answer text",
    "seconds_per_correct_ratio": "the time of a correct answer",
    "break_even_verbosity": "the break-even number of tokens",
}
"""What a ratio of two models compares, for people."""
IN_POINTS = frozenset({"accuracy_difference", "accuracy_difference_failures_wrong"})
IN_PERCENT = frozenset(
    {"accuracy", "accuracy_failures_wrong", "relative_gap", "pass_at_k", "pass_hat_k", "maj_at_k", "share_failed"}
    | {"share_truncated", "share_refused", "share_no_answer", "share_priced"}
)


def explanation(result: ClaimResult) -> tuple[str, str]:
    """Two sentences: what the evidence shows, and the verdict that follows."""
    headline = result.headline
    if headline is None:
        return _without_evidence(result)
    deciding = _deciding(result)
    if result.verdict is ClaimVerdict.DEPENDS:
        words = "; ".join(reading_words(deciding, result.claim.needs))
        return (
            f"Each reading has its own result: {words}.",
            "The text can fairly be read in more than one of these ways, so the verdict depends on the reading.",
        )
    return _shown(headline), _conclusion(result.verdict, headline, deciding, result.claim.needs)


def what_would_change_it(result: ClaimResult) -> str:
    """One sentence on the evidence that could bring another verdict; empty where no figure could."""
    match result.verdict:
        case ClaimVerdict.DEPENDS:
            return "A statement by the author which reading is meant."
        case ClaimVerdict.NOT_MEASURABLE:
            return ""
        case ClaimVerdict.NOT_RUNNABLE:
            return "A host that serves the model again, and a run against it."
        case ClaimVerdict.UNDECIDED:
            plan = f"harness claims --id {result.claim.id} --plan"
            return f"A run of about {_samples(result)} for each model, which {plan} names."
        case ClaimVerdict.CONFIRMED | ClaimVerdict.REFUTED:
            if result.mode is EvidenceMode.COMPUTED:
                return "Another list price or published figure than those named here."
            again = f"harness claims RUN --id {result.claim.id}"
            return f"Other answers of the same models, or other prices of them: {again} checks a run."
    assert_never(result.verdict)


def short_name(label: str) -> str:
    """A model as people write it: `openai/gpt-5@high` is `gpt-5 (high)`."""
    name, _, effort = label.rpartition("/")[2].partition("@")
    return f"{name} ({effort})" if effort else name


def condition(finding: ClaimCheckResult) -> str:
    """The accepted values in the words and the unit of the sentence: `between 7.5% and 8.5%`."""
    accepted = accepted_range(finding.confirmed_if)
    write = _unit(finding, four_digits)
    low, high = (None if bound is None else write(float(bound)) for bound in (accepted.low, accepted.high))
    if low is not None and high is not None:
        return f"exactly {low}" if accepted.low == accepted.high else f"between {low} and {high}"
    if high is not None:
        return f"at most {high}" if accepted.high_counts else f"less than {high}"
    return f"at least {low}" if accepted.low_counts else f"more than {low}"


def _without_evidence(result: ClaimResult) -> tuple[str, str]:
    claim, reason = result.claim, result.reason.rstrip(".")
    match claim.kind:
        case ClaimKind.OPINION:
            return "This is an opinion or a forecast.", f"No figure decides it: {reason}."
        case ClaimKind.EXTERNAL:
            return "This is a statement of fact that no run of a model shows.", f"It cannot be decided here: {reason}."
        case ClaimKind.MEASURABLE | ClaimKind.ARITHMETIC:
            if result.verdict is ClaimVerdict.NOT_RUNNABLE:
                gone = ", ".join(host.model for host in result.hosts if host.is_gone)
                return f"Withdrawn since, with no other host known: {gone}.", "So no run can decide the claim any more."
            return "No run that decides it was given.", "So the claim stays undecided."
    assert_never(claim.kind)


def _shown(one: ClaimCheckResult) -> str:
    """What a check shows, in one sentence."""
    if one.value is None:
        return "The runs have the models but not the figure that the claim is about."
    if one.mode is EvidenceMode.COMPUTED:
        return f"By the figures named below, this holds: {one.what} = {four_digits(one.value)}."
    questions = counted(one.n, "question") if one.n else "the questions asked"
    asked = questions + (f" of {', '.join(one.tasks)}" if one.tasks else "")
    write = _unit(one)
    if one.metric in AMONG_ALL:
        return f"On {asked}: {short_name(one.labels[0])} is where the claim puts it in {write(one.value)} of resamples."
    if one.low is None or one.high is None:
        return f"On {asked}: {_words(one.metric)} is {write(one.value)}, with no reliable interval."
    return _with_interval(one, asked, (write(one.value), write(one.low), write(one.high)))


def _with_interval(one: ClaimCheckResult, asked: str, values: tuple[str, str, str]) -> str:
    value, low, high = values
    first, *others = map(short_name, one.labels)
    if not others:
        return f"On {asked}: {_words(one.metric)} of {first} is {value} (95% interval {low} to {high})."
    second = others[0]
    if one.metric in IN_POINTS:
        return f"On {asked}: the accuracy of {first} less that of {second} is {value} (95% interval {low} to {high})."
    if one.metric == "relative_gap":
        return f"On {asked}: {first} has {value} fewer correct answers than {second} (95% interval {low} to {high})."
    quantity, times = QUANTITIES.get(one.metric, _words(one.metric)), value.replace("%", "% of")
    return f"On {asked}: {quantity} with {first} is {times} that with {second} (95% interval {low} to {high})."


def _conclusion(
    verdict: ClaimVerdict, headline: ClaimCheckResult, deciding: Sequence[ClaimCheckResult], needs: CheckLogic
) -> str:
    held = sum(one.verdict is ClaimVerdict.CONFIRMED for one in deciding)
    wanted, several = condition(headline), len(deciding) > 1
    match verdict:
        case ClaimVerdict.CONFIRMED if several and needs is CheckLogic.ALL:
            return f"The claim needs {wanted}, and all {len(deciding)} comparisons hold, so it is confirmed."
        case ClaimVerdict.CONFIRMED:
            return f"The claim needs {wanted}, so it is confirmed."
        case ClaimVerdict.REFUTED if several:
            return f"The claim needs {wanted}, and {held} of {len(deciding)} comparisons hold, so it is refuted."
        case ClaimVerdict.REFUTED:
            return f"The claim needs {wanted}, so it is refuted."
        case _:
            return f"The claim needs {wanted}, which this evidence neither shows nor rules out, so it stays undecided."


def _deciding(result: ClaimResult) -> list[ClaimCheckResult]:
    """The checks that the verdict rests on: of runs where a run stands behind it, else computed ones."""
    found = [one for one in result.findings if one.role is CheckRole.DECISIVE]
    if any(one.reading for one in found):
        return found
    return [one for one in found if (one.mode is EvidenceMode.COMPUTED) == (result.mode is EvidenceMode.COMPUTED)]


def _samples(result: ClaimResult) -> str:
    return counted(result.needed_n, "sample") if result.needed_n else "300 samples"


def _words(metric: str) -> str:
    return metric.replace("_", " ")


def _unit(one: ClaimCheckResult, digits: Callable[[float], str] = digits) -> Callable[[float], str]:
    """How a check's values are written: points, percent, times, or as plain numbers."""
    if one.mode is EvidenceMode.COMPUTED:
        return four_digits
    if one.metric in IN_POINTS:
        return lambda value: f"{'+' if value > 0 else ''}{digits(100 * value)} points"
    is_ratio = one.metric.endswith("_ratio") or one.metric == "break_even_verbosity"
    if one.metric in IN_PERCENT or one.metric in AMONG_ALL or (is_ratio and one.value is not None and one.value < 1):
        return lambda value: f"{digits(100 * value)}%"
    return (lambda value: f"{digits(value)} times") if is_ratio else four_digits
