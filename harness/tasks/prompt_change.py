"""What a user changes in every prompt of a run: a template around it, a system message before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.errors import UsageError
from harness.core.types import Sample

PLACEHOLDER = "{prompt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """A template that holds PLACEHOLDER, and a system message; None: no such change."""

    template: str | None = None
    system: str | None = None

    def __bool__(self) -> bool:
        return self.template is not None or self.system is not None

    def fill(self, prompt: str) -> str:
        """The prompt inside the template."""
        return prompt if self.template is None else self.template.replace(PLACEHOLDER, prompt)

    def with_system(self, sample: Sample) -> Sample:
        """The sample with the system message. Raises UsageError for a sample that has one of its own."""
        if self.system is None:
            return sample
        if sample.system is not None:
            raise UsageError(f"--system: sample {sample.id} has a system message of its own; leave the option out")
        return replace(sample, system=self.system)


NO_CHANGE = PromptChange()


def read_template(path: Path) -> str:
    """The text of a template file without the line break at its end. Raises UsageError for one that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"--prompt-template {path}: not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise UsageError(f"--prompt-template {path}: {error.strerror or error}") from None
    if PLACEHOLDER not in text:
        raise UsageError(f"--prompt-template {path}: has no {PLACEHOLDER}; accepted: a text with {PLACEHOLDER} in it")
    return text.removesuffix("\n")
