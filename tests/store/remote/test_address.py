"""Addresses are told from folders, and hold no credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.store.remote.address import checked_address, is_address, is_collapsed_address, run_address


def test_an_address_has_a_protocol(tmp_path: Path) -> None:
    assert is_address("s3://bucket/path")
    assert not is_address("results/run")
    assert not is_address(str(tmp_path))
    assert is_collapsed_address(Path("s3://bucket/path"))
    assert not is_collapsed_address(Path("results/run"))


def test_the_run_is_the_last_part() -> None:
    assert run_address("s3://bucket/path/run/") == ("s3://bucket/path", "run")
    assert run_address("file:///mnt/team/run") == ("file:///mnt/team", "run")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s3://", "names no place"),
        ("s3://key:secret@bucket/path", "holds no credentials"),
        ("s3://bucket/path?token=secret", "no options"),
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        checked_address(text)
    assert "secret" not in str(raised.value)


def test_a_store_alone_names_no_run() -> None:
    with pytest.raises(UsageError, match="names no run"):
        run_address("s3://bucket")
