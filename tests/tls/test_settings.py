"""What may be said of TLS is checked when it is read: one line with the place, what is wrong and what is allowed."""

from __future__ import annotations

import builtins
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from tests.tls.files import Files
from vaurien import config
from vaurien.errors import ConfigError
from vaurien.ini import Given
from vaurien.settings import ProxySettings, TlsSettings
from vaurien.tls.certificates import issued


def built(**options: str) -> ProxySettings:
    """The settings of a proxy that has these."""
    values = {"local": "127.0.0.1:0", "distant": "localhost:1", **options}
    sections = {"vaurien": {name: Given(value, f"--{name.replace('_', '-')}") for name, value in values.items()}}
    return config.build({}, sections).proxies["default"]


def refusal(**options: str) -> str:
    """What is said of options that cannot be."""
    with pytest.raises(ConfigError) as raised:
        built(**options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_nothing_is_said() -> None:
    assert built().tls == TlsSettings()


def test_all_is_said(files: Files) -> None:
    client = {"tls_cert": files.bare, "tls_key": files.key}
    backend = {"distant_tls": "yes", "distant_ca": files.ca, "distant_name": "db", "distant_cert": files.cert}
    tls = built(**client, **backend).tls
    assert {name: said for name, said in tls.options.items() if said} == {
        **client,
        **backend,
        "distant_tls": True,
        "distant_verify": True,
    }
    assert tls.client_context is not None and tls.backend_context is not None


def test_a_missing_file(files: Files) -> None:
    assert refusal(tls_cert="/no/such") == "--tls-cert: cannot read '/no/such': no such file or directory"
    said = refusal(tls_cert=files.bare, tls_key="/no/such")
    assert said == "--tls-key: cannot read '/no/such': no such file or directory"
    said = refusal(distant_tls="yes", distant_ca="/no/such")
    assert said == "--distant-ca: cannot read '/no/such': no such file or directory"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_can_read(files: Files, mode: int) -> None:
    key = files.write("open.pem", Path(files.key).read_bytes(), mode)
    said = refusal(tls_cert=files.bare, tls_key=key)
    assert said == f"--tls-key: '{key}' has a key that others can read (mode {mode:o}): chmod 600 it"
    both = files.write("both.pem", Path(files.cert).read_bytes(), mode)
    assert refusal(tls_cert=both).startswith(f"--tls-cert: '{both}' has a key that others can read")
    assert refusal(distant_tls="yes", distant_cert=both).startswith(f"--distant-cert: '{both}' has a key that")


def test_a_certificate_may_be_read_by_others(files: Files) -> None:
    cert = files.write("public.pem", Path(files.bare).read_bytes(), 0o644)
    assert built(tls_cert=cert, tls_key=files.key).tls.to_client


def test_a_certificate_without_a_key(files: Files) -> None:
    assert refusal(tls_cert=files.bare) == f"--tls-cert: '{files.bare}' has no key: say where it is, as tls_key"


def test_a_key_of_another_certificate(files: Files) -> None:
    other = issued(files.signer, ["localhost"]).pem(with_key=True)
    key = files.write("other-key.pem", other.partition(b"-----BEGIN CERT")[0])
    said = refusal(tls_cert=files.bare, tls_key=key)
    assert said == f"--tls-key: the key in '{key}' is not that of the certificate in '{files.bare}'"
    key_beside = files.write("other-both.pem", Path(files.bare).read_bytes() + Path(key).read_bytes())
    said = refusal(distant_tls="yes", distant_cert=key_beside)
    assert said == f"--distant-cert: the key in '{key_beside}' is not that of the certificate in '{key_beside}'"


def test_files_with_something_else_in_them(files: Files) -> None:
    junk = files.write("junk.pem", b"junk")
    assert refusal(tls_cert=junk, tls_key=files.key) == f"--tls-cert: '{junk}' has no certificate in PEM form"
    assert refusal(tls_cert=files.bare, tls_key=junk) == f"--tls-key: '{junk}' has no key in PEM form"
    closed = load_pem_private_key(Path(files.key).read_bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
    )
    closed_key = files.write("closed.pem", closed)
    said = refusal(tls_cert=files.bare, tls_key=closed_key)
    assert said == f"--tls-key: '{closed_key}' has a key with a password: write it without one"
    broken = files.write("broken.pem", Path(files.bare).read_bytes().replace(b"\nM", b"\n!"))
    assert refusal(tls_cert=broken, tls_key=files.key).startswith(f"--tls-key: '{broken}' and its key cannot be used: ")
    said = refusal(distant_tls="yes", distant_ca=junk)
    assert said == f"--distant-ca: '{junk}' has no certificate in PEM form that could be trusted"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tls_key": "k"}, "--tls-key: means nothing without tls_cert: say where the certificate is"),
        ({"distant_key": "k"}, "--distant-key: means nothing without distant_cert: say where the certificate is"),
        ({"distant_ca": "c"}, "--distant-ca: means nothing without distant_tls, which is false"),
        ({"distant_name": "n"}, "--distant-name: means nothing without distant_tls, which is false"),
        ({"distant_verify": "no"}, "--distant-verify: means nothing without distant_tls, which is false"),
        (
            {"distant_tls": "yes", "distant_verify": "no", "distant_ca": "c"},
            "--distant-ca: means nothing where distant_verify is false",
        ),
        ({"distant_tls": "maybe"}, "--distant-tls: expected true or false, not 'maybe'"),
        (
            {"distant_tls": "yes", "distant": "unix:/s"},
            "--distant: a socket has no name to be verified: say which, as distant_name",
        ),
    ],
)
def test_what_means_nothing(options: dict[str, str], said: str) -> None:
    assert refusal(**options) == said


def test_two_certificates(files: Files) -> None:
    said = refusal(tls_cert=files.cert, tls_self_signed="yes")
    assert said == "--tls-self-signed: there is a tls_cert already: give one of them"


def test_nothing_to_make_a_certificate_with(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without(name: str, *more: Any) -> Any:
        return None if name == "cryptography" else find(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    said = refusal(tls_self_signed="yes")
    assert said == "--tls-self-signed: needs the package cryptography: pip install 'vaurien[tls]'"


def test_nothing_of_the_extra_is_loaded_without_need(monkeypatch: pytest.MonkeyPatch, files: Files) -> None:
    importing = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        assert not name.startswith("cryptography")
        return importing(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert built(tls_cert=files.cert, distant_tls="yes").tls.to_client


def test_a_proxy_may_have_its_own(files: Files) -> None:
    ini = {
        "vaurien": {"distant_tls": Given("yes", "a")},
        "proxy:a": {"local": Given(":1", "a"), "distant": Given("h:2", "a"), "distant_tls": Given("no", "a")},
        "proxy:b": {"local": Given(":3", "a"), "distant": Given("h:4", "a"), "tls_cert": Given(files.cert, "b")},
    }
    proxies = config.build(ini, {}).proxies
    assert (proxies["a"].tls.distant, proxies["a"].tls.to_client) == (False, False)
    assert (proxies["b"].tls.distant, proxies["b"].tls.to_client) == (True, True)
