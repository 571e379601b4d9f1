"""Going through a page without a mouse."""

import pytest
from playwright.sync_api import Page


def tab_to(page: Page, what: str, *, most: int = 40) -> None:
    """Press Tab until this has the focus, which can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page) == what:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", what
            return
    pytest.fail(f"Tab never came to {what}")


def focused(page: Page) -> str:
    """What the focused element is called: its label's text, else its own."""
    found: str = page.evaluate(
        "(e => e.labels && e.labels.length ? e.labels[0].innerText : e.innerText || '')(document.activeElement)"
    )
    return " ".join(found.split())
