"""Read providers.yaml: the providers, their models, addresses and limits.

The shipped file is laid under a `providers.yaml` of the working folder, or under the file named on the command line;
both extend and override it by name, field by field. Every mistake in either is reported at once, with its line. The
fields are in `harness.config.schema`; `harness.config.resolve` turns a label into an endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import ValidationError

from harness.config.body import body_problems
from harness.config.diagnose import readable_errors
from harness.config.nodes import ConfigIssue, Document, FieldPath, document_of, merged, raise_issues, read_document
from harness.config.resolve import SIMULATED_PROVIDER, Config
from harness.config.schema import ModelEntry, ProviderEntry, ProvidersFile
from harness.core.errors import ConfigError
from harness.core.labels import EVERY_EFFORT

__all__ = ["Config", "dialect_names", "extended", "load_config", "shipped_file"]

_PACKAGE = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")


def shipped_file() -> Path:
    """The providers.yaml that comes with the harness: inside the wheel, or at the top of a checkout."""
    in_wheel = _PACKAGE / "shipped" / "providers.yaml"
    return in_wheel if in_wheel.is_file() else _PACKAGE.parent / "providers.yaml"


def dialect_names() -> tuple[str, ...]:
    """The dialects that exist: one file each in harness/providers/dialects."""
    files = (_PACKAGE / "providers" / "dialects").glob("*.py")
    names = (file.stem for file in files)
    return tuple(sorted(name for name in names if not name.startswith("_")))


def load_config(*, providers_file: Path | None, cwd: Path, environ: Mapping[str, str]) -> Config:
    """The configuration in force in the folder `cwd`; `providers_file` stands in for the providers.yaml there.

    `environ` fills the variables in addresses (see `harness.config.environment.load_environ`). Raises ConfigError
    naming every mistake with its file and line.
    """
    shipped = shipped_file()
    own = cwd / (providers_file or "providers.yaml")
    files = [shipped]
    if (providers_file is not None or own.exists()) and not _is_same(own, shipped):
        files.append(own)
    document: Document | None = None
    changed_on: dict[str, date] = {}
    for file in files:
        shown = _shown(file, cwd)
        read = read_document(file, shown=shown)
        changed_on[shown] = datetime.fromtimestamp(file.stat().st_mtime, tz=UTC).date()
        document = read if document is None else merged(document, read)
    assert document is not None
    return _checked(document, environ, changed_on)


def extended(config: Config, text: str, *, shown: str, today: date) -> Config:
    """The configuration with the entries of a YAML text laid over it, which messages call `shown`.

    Raises ConfigError naming every mistake in it.
    """
    document = merged(config.document, document_of(text, shown=shown))
    return _checked(document, config.environ, {**config.changed_on, shown: today})


def _checked(document: Document, environ: Mapping[str, str], changed_on: Mapping[str, date]) -> Config:
    wrong: list[ConfigIssue] = []
    file = ProvidersFile()
    try:
        file = ProvidersFile.model_validate(document.values, context={"dialects": dialect_names()})
    except ValidationError as error:
        wrong = readable_errors(error, document, ProvidersFile)
    if wrong:  # raised out here, so that no traceback chains to pydantic's error, which holds the values found
        raise_issues([*document.problems, *wrong])
    config = Config(file=file, document=document, environ=environ, changed_on=changed_on)
    raise_issues([*document.problems, *_cross_problems(config)])
    return config


def _cross_problems(config: Config) -> Iterator[ConfigIssue]:
    for name, host in config.file.providers.items():
        path: FieldPath = ("providers", name)
        yield from _name_problem(config, path, "a provider's name")
        yield from body_problems(config.document, path, host.extra_body)
        for model, entry in host.models.items():
            yield from _model_problems(config, (*path, "models", model), host, entry)
    for name, labels in config.file.groups.items():
        yield from _name_problem(config, ("groups", name), "a group's name")
        yield from _label_problems(config, ("groups", name), labels)


def _model_problems(config: Config, path: FieldPath, host: ProviderEntry, entry: ModelEntry) -> Iterator[ConfigIssue]:
    mark = config.document.mark_of(path)
    yield from body_problems(config.document, path, entry.extra_body)
    provider, model = str(path[1]), str(path[3])
    if not model or "@" in model or any(letter.isspace() for letter in model):
        yield ConfigIssue(mark, f"{model!r} is not a model's name; a name has no space and no @")
    if (entry.simulate is not None) != (provider == SIMULATED_PROVIDER):
        yield ConfigIssue(
            mark, f"{provider}/{model}: `simulate` belongs to each model of the provider `sim`, and to no other"
        )
    if entry.simulate is not None and entry.simulate.dialect != (entry.dialect or host.dialect):
        spoken, read = entry.simulate.dialect, entry.dialect or host.dialect
        yield ConfigIssue(
            mark, f"{provider}/{model} is simulated in the dialect {spoken!r} and read in {read!r}; give both one"
        )
    default = entry.params.effort or host.params.effort
    if default is not None and entry.efforts is not None and default not in entry.efforts:
        accepted = ", ".join(effort.value for effort in entry.efforts) or "none"
        yield ConfigIssue(mark, f"{provider}/{model} has params.effort {default.value!r}; its efforts are: {accepted}")
    yield from _label_problems(config, (*path, "also_at"), entry.also_at)


def _name_problem(config: Config, path: FieldPath, what: str) -> Iterator[ConfigIssue]:
    if not _NAME.match(str(path[-1])):
        yield ConfigIssue(
            config.document.mark_of(path), f"{path[-1]!r} is not {what}: lower-case letters, digits, `.`, `_` and `-`"
        )


def _label_problems(config: Config, path: FieldPath, labels: list[str]) -> Iterator[ConfigIssue]:
    for place, label in enumerate(labels):
        find = config.sweep if path[0] == "groups" and label.endswith(EVERY_EFFORT) else config.find
        try:
            find(label)
        except ConfigError as error:
            yield ConfigIssue(config.document.mark_of((*path, place)), f"in {'.'.join(map(str, path))}: {error}")


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _shown(file: Path, cwd: Path) -> str:
    """The shortest name a person in `cwd` can open the file by."""
    absolute = (cwd / file).resolve()
    here = cwd.resolve()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
