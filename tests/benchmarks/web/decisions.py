"""Judges hits in Chromium, one key each, and measures in the page when the next hit's pictures are on the screen."""

from __future__ import annotations

import os

from playwright.sync_api import Page, sync_playwright

# A fast person decides some five times a second.
PAUSE_MS = 150
KEYS = "naux"

# From the key to the frame after the pictures of another hit are decoded and shown.
MEASURE = """
window.times = [];
addEventListener("keydown", () => {
  const pressed = performance.now();
  const before = document.querySelector("article[data-hit]").dataset.hit;
  const look = () => {
    const hit = document.querySelector("article[data-hit]");
    const pictures = hit ? [...hit.querySelectorAll("figure img")] : [];
    const shown = hit && hit.dataset.hit !== before && pictures.length === 2 && pictures.every((one) => one.complete);
    if (!shown) return requestAnimationFrame(look);
    Promise.all(pictures.map((one) => one.decode())).then(() => requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => window.times.push(performance.now() - pressed);
      painted.port2.postMessage(0);
    }));
  };
  requestAnimationFrame(look);
}, { capture: true });
"""


# By a promise: the page's policy forbids what `wait_for_function` does.
WAIT = """
(number) => new Promise((done, failed) => {
  const end = performance.now() + 15000;
  const look = () => {
    if (window.times.length > number) done();
    else if (performance.now() > end) failed(new Error(`no next hit after decision ${number + 1}`));
    else setTimeout(look, 10);
  };
  look();
})
"""


def measure(url: str, chromium: str, count: int) -> list[float]:
    """Milliseconds for each of `count` decisions. The photographer must have more hits than that."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        _sign_in(page, url)
        page.goto(f"{url}/inbox")
        page.wait_for_selector("article[data-hit] figure img")
        page.wait_for_timeout(1500)
        page.evaluate(MEASURE)
        for number in range(count):
            page.keyboard.press(KEYS[number % len(KEYS)])
            page.evaluate(WAIT, number)
            page.wait_for_timeout(PAUSE_MS)
        times: list[float] = page.evaluate("window.times")
        browser.close()
        return times


def _sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/works")
    page.get_by_role("button", name="Connect a wallet").click()
    page.get_by_role("button", name="Demonstration wallet").click()
    page.get_by_role("button", name="Photographer", exact=True).click()
    page.get_by_role("button", name="Sign in as").click()
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_selector("main li img")
