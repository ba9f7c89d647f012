"""A scenario: rules in YAML that say what the mock does with which request.

    rules:
      - {model: my-model, sample: easy-01, call: 1, error: rate_limit, retry_after_s: 2}
      - {prompt: "regular expression", answer: "No idea.", usage: {prompt_tokens: 10, completion_tokens: 3}}

A rule matches by model, sample, prompt and call; what it does are the fields of a scripted step (harness.mock.faults).
The first rule that matches counts; a request that none matches gets its usual answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from harness.config.diagnose import readable_errors
from harness.config.nodes import ConfigIssue, Document, raise_issues, read_document
from harness.core.labels import closest_names
from harness.mock.faults import ScriptedStep

CallNumber = Annotated[int, Field(ge=1)]
_MATCHED_BY = frozenset({"model", "sample", "prompt", "call"})


class ScenarioRule(ScriptedStep):
    """What is done with the requests that match.

    `model`: the name in the request; `sample`: an id; `prompt`: a regular expression looked for in the last user
    message; `call`: of the requests that match the rest, the first is 1; one number or a list. All that are given must
    match. `body` is a text.
    """

    sample: str | None = None
    prompt: str | None = None
    call: CallNumber | list[CallNumber] | None = None
    body: str | None = None

    @field_validator("prompt")
    @classmethod
    def _compiles(cls, prompt: str | None) -> str | None:
        try:
            re.compile(prompt or "")
        except re.error as error:
            raise ValueError(f"found {prompt!r}, which is not a regular expression: {error}") from None
        return prompt

    @model_validator(mode="after")
    def _does_something(self) -> ScenarioRule:
        if self.times != 1:
            raise ValueError("found `times`, which is for scripted steps; accepted: `call: 1` or `call: [1, 2]`")
        says = {name for name, field in type(self).model_fields.items() if getattr(self, name) != field.default}
        if not says - _MATCHED_BY:
            raise ValueError("the rule does nothing; accepted: at least one of answer, error, usage, delay_s and more")
        return self

    def matches(self, model: str, sample_id: str | None, user_message: str) -> bool:
        """Whether a request is meant, its call number aside."""
        return (
            self.model in (None, model)
            and self.sample in (None, sample_id)
            and (self.prompt is None or re.search(self.prompt, user_message) is not None)
        )

    def is_call(self, number: int) -> bool:
        """Whether the request with that number among those that match is meant."""
        return self.call is None or number == self.call or (isinstance(self.call, list) and number in self.call)


class _ScenarioFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Annotated[list[ScenarioRule], Field(min_length=1)]


@dataclass(slots=True, kw_only=True)
class ScenarioPlayer:
    """The rules of a running mock, with how many requests each has matched."""

    rules: tuple[ScenarioRule, ...] = ()
    matched: Counter[int] = field(default_factory=Counter)

    def step(self, model: str, sample_id: str | None, user_message: str) -> ScriptedStep | None:
        """What the first rule for this request says; None where there is none. Counts the request for every rule."""
        found: ScriptedStep | None = None
        for place, rule in enumerate(self.rules):
            if rule.matches(model, sample_id, user_message):
                self.matched[place] += 1
                if found is None and rule.is_call(self.matched[place]):
                    found = rule
        return found


def read_scenario(path: Path, *, models: Collection[str], sample_ids: Collection[str]) -> tuple[ScenarioRule, ...]:
    """The rules of a file. Raises ConfigError with file:line for unknown fields, models and samples."""
    document = read_document(path, shown=str(path), keys="`rules:`")
    raise_issues(document.problems)
    try:
        found = _ScenarioFile.model_validate(document.values)
    except ValidationError as error:
        raise_issues(readable_errors(error, document, _ScenarioFile))
        raise
    raise_issues(_unknown_names(found.rules, document, models, sample_ids))
    return tuple(found.rules)


def _unknown_names(
    rules: Sequence[ScenarioRule], document: Document, models: Collection[str], sample_ids: Collection[str]
) -> Iterator[ConfigIssue]:
    for place, rule in enumerate(rules):
        for what, name, known in (("model", rule.model, models), ("sample", rule.sample, sample_ids)):
            if name is not None and name not in known:
                mark = document.mark_of(("rules", place, what))
                yield ConfigIssue(mark, f"the mock has no {what} {name!r}; {closest_names(name, known)}")
