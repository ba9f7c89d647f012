"""A model that no providers.yaml lists, described on the command line: address, key variable, dialect, price.

The options become an entry of providers.yaml that is laid over the files, so the same rules and messages hold, and the
endpoint is recorded in the manifest like any other.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from harness.cli.options.context import CliContext
from harness.config.load import Config, dialect_names, extended
from harness.core.errors import ConfigError, UsageError
from harness.core.labels import EVERY_EFFORT, split_label

SHOWN = "the command line"
UNKNOWN_HOST_DIALECT = "generic"
"""What a host that no entry of providers.yaml has is taken to speak: OpenAI's chat completions without extensions."""

AZURE_HOSTS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
"""Ends of the hosts of Azure OpenAI resources (learn.microsoft.com, "Azure OpenAI in Foundry Models", 2026-11)."""


def add_direct_model_options(parser: argparse._ActionsContainer) -> None:
    """The options that describe one model."""
    parser.add_argument("--base-url", metavar="URL", help="where -m NAME is served: http://localhost:8000/v1")
    parser.add_argument("--api-key-env", metavar="VAR", help="environment variable that holds its key")
    parser.add_argument("--dialect", choices=dialect_names(), metavar="NAME", help="its API (default: by host)")
    parser.add_argument(
        "--price", type=price, metavar="IN,OUT", help="its $ per million input and output tokens, or free"
    )


def price(text: str) -> dict[str, str] | str:
    """`2.5,10` as an entry of providers.yaml, or `free`, for argparse."""
    if text == "free":
        return text
    amounts = text.split(",")
    if len(amounts) != 2 or not all(_is_amount(one) for one in amounts):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not two amounts of dollars per million tokens such as 2.5,10 (input,output), or free"
        )
    return {"input": amounts[0].strip(), "output": amounts[1].strip(), "source": f"--price {text}"}


def _is_amount(text: str) -> bool:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectModels:
    """The context that knows the described model, the labels to run, and what to tell the user of the guesses."""

    context: CliContext
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()


def with_direct_model(context: CliContext, arguments: argparse.Namespace, today: date) -> DirectModels:
    """The context with the model that the options describe, if any.

    With several -m, --base-url is for the one that the configuration does not know. Raises UsageError for options that
    fit no model, ConfigError for values that an entry of providers.yaml could not have.
    """
    labels: Sequence[str] = arguments.model
    if arguments.base_url is None:
        lone = [
            name
            for name, value in (("--api-key-env", arguments.api_key_env), ("--dialect", arguments.dialect))
            if value
        ]
        if lone:
            raise UsageError(f"{' and '.join(lone)}: only with --base-url URL")
        if arguments.price is None:
            return DirectModels(context=context, labels=tuple(labels))
        return _with_price(context, labels, arguments.price, today)
    direct = _direct_label(context.config, labels)
    if direct.endswith(EVERY_EFFORT):
        raise UsageError(
            f"{direct}: which efforts a model at --base-url takes is not known; "
            "list them as `efforts:` in providers.yaml"
        )
    try:
        name, effort = split_label(direct)
    except ValueError as error:
        raise UsageError(str(error)) from None
    provider, entry, note = _entry(context.config, name, arguments)
    config = extended(context.config, json.dumps({"providers": {provider: entry}}), shown=SHOWN, today=today)
    label = f"{provider}/{name}" + (f"@{effort.value}" if effort is not None else "")
    return DirectModels(
        context=replace(context, config=config),
        labels=tuple(label if one == direct else one for one in labels),
        notes=(f"{direct}: asked at {arguments.base_url} as {label}, {note}",),
    )


def _with_price(context: CliContext, labels: Sequence[str], stated: object, today: date) -> DirectModels:
    if len(labels) != 1 or labels[0].startswith("@"):
        raise UsageError("--price is for one model: name it with a single -m; several prices go into providers.yaml")
    provider, _, model = split_label(labels[0].removesuffix(EVERY_EFFORT))[0].partition("/")
    if provider not in context.config.file.providers or not model:
        context.config.find(labels[0])  # says what is wrong with the label, and what is near
    entry = {"providers": {provider: {"models": {model: {"price": stated}}}}}
    config = extended(context.config, json.dumps(entry), shown=SHOWN, today=today)
    return DirectModels(context=replace(context, config=config), labels=tuple(labels))


def _direct_label(config: Config, labels: Sequence[str]) -> str:
    """The one model that --base-url is for: the only one named, else the only one that is not known."""
    unknown = list(labels) if len(labels) == 1 else [label for label in labels if not _is_known(config, label)]
    if len(unknown) != 1 or unknown[0].startswith("@"):
        found = ", ".join(unknown) or "none"
        raise UsageError(
            f"--base-url is for one model that providers.yaml does not list; found {found}; more of them go into "
            "providers.yaml"
        )
    return unknown[0]


def _is_known(config: Config, label: str) -> bool:
    if label.startswith("@"):
        return True
    try:
        config.find(label.removesuffix(EVERY_EFFORT))
    except ConfigError:
        return False
    return True


def _entry(config: Config, model: str, arguments: argparse.Namespace) -> tuple[str, dict[str, object], str]:
    """Provider's name, its entry, and how the dialect was found."""
    url = arguments.base_url.rstrip("/")
    host = _split(url)
    models: dict[str, object] = {"models": {model: {} if arguments.price is None else {"price": arguments.price}}}
    same = _provider_at(config, host)
    if (
        same is not None
        and _is_same_place(url, _address(config, same))
        and not arguments.dialect
        and not arguments.api_key_env
    ):
        return same, models, f"the address of the provider {same}"
    dialect, how = _dialect(config, host.hostname or "", same, arguments.dialect)
    key = arguments.api_key_env
    if key is None and same is not None and host.scheme == "https":  # the same host: the key is already known there
        key = config.file.providers[same].api_key_env
    provider = re.sub(r"[^a-z0-9._-]+", "-", host.netloc.lower()).strip("-._")
    entry: dict[str, object] = {"base_url": url, "dialect": dialect, "any_model": True, **models}
    return (
        provider,
        entry | ({"api_key_env": key} if key else {}),
        f"dialect {dialect} ({how}), {f'key from {key}' if key else 'no key'}",
    )


def _dialect(config: Config, host: str, same: str | None, asked: str | None) -> tuple[str, str]:
    """The dialect and where it comes from: the option, the provider at the same host, else a guess."""
    if asked is not None:
        return asked, "as asked"
    if same is not None:
        return config.file.providers[same].dialect, f"the one of {same}; --dialect sets another"
    if host.endswith(AZURE_HOSTS):
        return "azure", "by its host; --dialect sets another"
    return UNKNOWN_HOST_DIALECT, "a guess; --dialect sets another"


def _is_same_place(one: str, other: str) -> bool:
    return (_place(urlsplit(one)), urlsplit(one).path) == (_place(urlsplit(other)), urlsplit(other).path)


def _split(url: str) -> SplitResult:
    try:
        found = urlsplit(url)
        is_address = (
            found.scheme in ("http", "https") and bool(found.hostname) and found.port != 0 and "@" not in found.netloc
        )
    except ValueError:  # a port that is none
        is_address = False
    if not is_address:
        shown = "(not shown, it may hold a password)" if "@" in url else repr(url)
        raise UsageError(
            f"--base-url {shown} is not an address; accepted: such as http://localhost:8000/v1, without a key in it"
        )
    return found


def _provider_at(config: Config, host: SplitResult) -> str | None:
    """The provider of the configuration with the same host and port; all names of this machine are one."""
    for name in config.file.providers:
        listed = urlsplit(_address(config, name))
        if listed.hostname and _place(listed) == _place(host):
            return name
    return None


def _place(url: SplitResult) -> tuple[str, int]:
    host = url.hostname or ""
    default = 443 if url.scheme == "https" else 80
    return ("localhost" if _is_loopback(host) else host, url.port or default)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _address(config: Config, provider: str) -> str:
    try:
        return config.address(provider)
    except ConfigError:  # a variable of an entry that nobody asked for is not set
        return ""
