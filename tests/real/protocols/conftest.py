"""What tests of several clients share: the ways, one after the other, and what the servers say without Vaurien."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.real.protocols.through import WAYS


@pytest.fixture(scope="module")
def directly() -> Callable[..., Any]:
    """Calls a function with what follows it: once for the module, for its answer does not depend on what was before."""

    @cache
    def said(work: Callable[..., Any], *arguments: Any) -> Any:
        return work(*arguments)

    return said


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each way; all tests of a module that want one get it before any of them gets the next."""
    chosen: str = request.param
    return chosen
