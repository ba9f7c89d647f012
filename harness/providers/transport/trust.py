"""Which certificate authorities are trusted: the system's, or the bundle that REQUESTS_CA_BUNDLE names.

Companies that inspect TLS set SSL_CERT_FILE or REQUESTS_CA_BUNDLE. OpenSSL itself reads the first; the second is a
variable of the requests package (its page "SSL Cert Verification", read 2026-11), and users expect it to work here too.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import LocalError

BUNDLE_VARIABLE = "REQUESTS_CA_BUNDLE"
_OPENSSL_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def ca_bundle(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file or folder of certificates that REQUESTS_CA_BUNDLE names. Raises LocalError where it is missing."""
    named = environ.get(BUNDLE_VARIABLE)
    if not named:
        return None
    path = Path(named)
    if not path.exists():
        raise LocalError(f"{BUNDLE_VARIABLE} names {named}, which does not exist")
    return path


def bundle_context(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext | None:
    """A client's TLS context that trusts the bundle instead of the system's authorities; None where none is named.

    With SSL_CERT_FILE or SSL_CERT_DIR set as well, both are trusted. Raises LocalError for a bundle without use.
    """
    path = ca_bundle(environ)
    if path is None:
        return None
    try:
        context = ssl.create_default_context(
            cafile=None if path.is_dir() else str(path), capath=str(path) if path.is_dir() else None
        )
    except (ssl.SSLError, OSError) as error:
        raise LocalError(f"{BUNDLE_VARIABLE} names {path}, which holds no certificates ({error})") from None
    if any(environ.get(name) for name in _OPENSSL_VARIABLES):
        context.load_default_certs()
    return context
