"""What the servers say without Vaurien, for tests that compare with it in each of several ways."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest


@pytest.fixture(scope="module")
def directly() -> Callable[..., Any]:
    """Calls a function with what follows it: once for the module, for its answer does not depend on what was before."""

    @cache
    def said(work: Callable[..., Any], *arguments: Any) -> Any:
        return work(*arguments)

    return said
