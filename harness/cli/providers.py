"""`harness providers check`: do the keys work, and does each provider still list the models we name?"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from harness.cli.options.context import add_providers_option, load_context
from harness.config.environment import api_key
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, HarnessError
from harness.core.labels import closest_names
from harness.core.plurals import counted
from harness.core.types import Endpoint
from harness.providers.model_list import list_models
from harness.providers.transport.proxies import is_loopback


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=("check",))
    parser.add_argument("-m", "--model", action="append", metavar="MODEL", help="only these (default: all with a key)")
    add_providers_option(parser)
    parser.epilog = "Asks each provider for its model list; costs nothing. Exit code 1 if any answer is bad."


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    place = load_context(arguments.providers)
    today = datetime.now(UTC).date()
    labels = arguments.model or [
        label for label in place.config.labels if not place.config.is_retired(label, today=today)
    ]
    endpoints = [one for one in place.config.endpoints(labels, today=today) if not one.simulated]
    bad = 0
    if arguments.model is None:
        local = [one for one in endpoints if _is_local_without_key(one)]
        endpoints = [one for one in endpoints if one not in local]
        if local:
            named = ", ".join(dict.fromkeys(one.provider for one in local))
            print(f"not asked, because they run on this machine and need no key: {named}; -m MODEL asks one")
    for members in _by_address(endpoints).values():
        bad += _check(members, place.environ, is_asked=arguments.model is not None)
    return EXIT_CHECK_FAILED if bad else EXIT_OK


def _by_address(endpoints: Sequence[Endpoint]) -> dict[str, list[Endpoint]]:
    found: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        found.setdefault(endpoint.base_url, []).append(endpoint)
    return found


def _is_local_without_key(endpoint: Endpoint) -> bool:
    return endpoint.api_key_env is None and is_loopback(urlsplit(endpoint.base_url).hostname or "")


def _is_listed(endpoint: Endpoint, listed: Collection[str]) -> bool:
    """Whether a server lists the model, under its id or under a name that it serves it as."""
    names = {endpoint.model_id, f"models/{endpoint.model_id}", *endpoint.served_as}
    return "*" in endpoint.served_as or not names.isdisjoint(listed)


def _check(members: Sequence[Endpoint], environ: Mapping[str, str], *, is_asked: bool) -> int:
    """Check one address; prints a line for each model that is not fine; returns how many are not."""
    first = members[0]
    key = api_key(first, environ)
    if first.api_key_env is not None and key is None:
        print(f"{first.provider}: {first.api_key_env} is not set; {counted(len(members), 'model')} not checked")
        return len(members) if is_asked else 0
    try:
        listed = set(list_models(first, key))
    except HarnessError as error:
        print(f"{first.provider}: {error}")
        return len(members) if is_asked or key is not None else 0
    absent = [one for one in members if not _is_listed(one, listed)]
    for endpoint in absent:
        hint = closest_names(endpoint.model_id, listed)
        print(f"{endpoint.label}: {first.provider} does not list {endpoint.model_id}; {hint}")
    print(
        f"{first.provider}: {len(members) - len(absent)} of {counted(len(members), 'model')} listed at {first.base_url}"
    )
    return len(absent)
