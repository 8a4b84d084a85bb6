#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of the history in a real browser.

usage: history_page_test.py TOOL SIMULATOR

Exits with 77 where there is no Chromium. AIRFORCE_PICTURES names a directory that keeps pictures of the page.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from browser import CHROMIUM, Browser  # noqa: E402
from service import Service  # noqa: E402

TOOL, SIMULATOR = sys.argv[1:3]
HOSTILE = '"><img src=x onerror="window.injected=1"><script>window.injected=1</script>\' & \u202eevil'
MADE = (("A red fox in the snow", "seedance-lite"), ("Northern lights over a frozen lake", "seedance-lite"), (HOSTILE, "ltx-mini"))


def make(directory: Path) -> None:
    with Service(TOOL, SIMULATOR, directory, "--task-seconds", "0.3") as service:
        for i, (prompt, model) in enumerate(MADE):
            service.run("generate", "--model", model, "--quality", "480p", "-o", f"{i}.mp4", "--thumbnail", "--budget", "winter=1000", "--", prompt)
        service.run("generate", "--model", "ltx-mini", "-o", "gone.mp4", "--thumbnail", "A clip that was moved away")
        (directory / "gone.mp4").unlink()
        service.run("history", "--html", "page.html")


def colours(browser: Browser) -> tuple[float, float]:
    """Brightness of background and text."""
    def brightness(what: str) -> float:
        text = browser.value(f"getComputedStyle(document.body).{what}")
        return sum(map(int, re.findall(r"\d+", text)[:3])) / 3
    return brightness("backgroundColor"), brightness("color")


def look(browser: Browser) -> None:
    cards = "[...document.querySelectorAll('li')]"
    assert browser.value(f"{cards}.length") == 4
    # Text from elsewhere is text.
    assert browser.value("window.injected") is None
    assert browser.value(f"{cards}[1].querySelector('.prompt').textContent").startswith('"><img src=x onerror='), "escaped twice, or cut"
    assert "\u202e" not in browser.value("document.body.textContent")
    # Sums by day and budget: three clips of the budget, four of the day.
    day = browser.value("document.querySelector('h2').textContent")
    budget = browser.value("document.querySelector('table').textContent")
    assert "4 clips, 14 cents" in day and "winter3 clips, 13 cents of 1000" in budget, (day, budget)
    # A clip that is gone leaves its picture and a note.
    browser.wait(f"{cards}[0].textContent.includes('not there any more')")
    assert browser.value(f"{cards}[0].querySelector('.gone').style.background").startswith("url(\"data:image/jpeg")
    assert browser.value(f"{cards}[2].querySelector('video').poster").startswith("data:image/jpeg")


def play(browser: Browser) -> None:
    at = "document.activeElement.querySelector('.prompt')?.textContent"
    for key in ("j", "j", "j"):
        browser.press(key)
    assert browser.value(at) == MADE[1][0], browser.value(at)
    browser.press("k")
    browser.press("ArrowRight")
    assert browser.value(at) == MADE[1][0], browser.value(at)
    browser.press("Enter")
    browser.wait("document.activeElement.querySelector('video').currentTime > 0")
    assert browser.value("document.activeElement.querySelector('video').error") is None
    browser.press("Enter")
    browser.wait("document.activeElement.querySelector('video').paused")


def find(browser: Browser) -> None:
    shown = "[...document.querySelectorAll('li')].filter(card => card.offsetParent !== null).length"
    browser.press("/")
    assert browser.value("document.activeElement.tagName") == "INPUT"
    for key in "fox":
        browser.press(key)
    browser.wait(f"{shown} === 1")
    browser.press("Escape")
    browser.wait(f"{shown} === 4")


def main() -> int:
    if not os.access(CHROMIUM, os.X_OK):
        print("Chromium is not installed")
        return 77
    keep = os.environ.get("AIRFORCE_PICTURES")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name).resolve()
        make(directory)
        with Browser(directory, directory / "page.html") as browser:
            look(browser)
            play(browser)
            find(browser)
            for scheme in ("dark", "light"):
                browser.scheme(scheme)
                background, text = colours(browser)
                assert abs(background - text) > 150 and (background < text) == (scheme == "dark"), (scheme, background, text)
                if keep:
                    browser.picture(Path(keep) / f"history-{scheme}.png")
            browser.call("Emulation.setDeviceMetricsOverride", width=360, height=800, deviceScaleFactor=1, mobile=True)
            browser.wait("document.documentElement.scrollWidth <= 360")
            foreign = [url for url in browser.requested() if not url.startswith(("file:", "data:", "about:"))]
            assert not foreign, foreign
            assert not browser.complaints(), browser.complaints()
    print("ok: the page shows, finds and plays what was made, in both colours and by keyboard, and asks nothing of the network")
    return 0


if __name__ == "__main__":
    sys.exit(main())
