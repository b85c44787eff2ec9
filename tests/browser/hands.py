"""Hands and eyes for the figures that move: press keys, read the sentence and what is drawn."""

from __future__ import annotations

import re

import numpy as np

KEYS = {"range": "ArrowRight", "select-one": "ArrowDown", "checkbox": "Space", "button": "Enter", "point": "ArrowLeft"}
# Kind, name and place (in the figure) of the element that has the focus; null outside the figure.
FOCUSED = """box => {
  const e = document.activeElement;
  if (!box.contains(e) || e === box) return null;
  const point = e.classList.contains("handle");
  const name = e.getAttribute("aria-label") ?? e.labels?.[0]?.childNodes[e.type === "checkbox" ? 1 : 0].textContent;
  const last = e.options ? e.selectedIndex === e.options.length - 1 : e.type === "range" && e.value === e.max;
  return { kind: point ? "point" : e.type, name: (name ?? e.innerText).trim(), last,
           options: (e.options?.length ?? 2) - 1 - (last ? 0 : e.selectedIndex) };
}"""
# Numbers of a drawn line: pixels turned back into the units of its plot.
CURVE = """(box, [key, i]) => {
  const plot = box.shell.plots[i], [x0, x1, y0, y1] = [plot.x(0), plot.x(1), plot.y(0), plot.y(1)];
  const d = plot.root.querySelector(`[data-key="${key}"]`)?.getAttribute("d") ?? "";
  return [...d.matchAll(/([-\\d.]+),([-\\d.]+)/g)].map(([, x, y]) => [(x - x0) / (x1 - x0), (y - y0) / (y1 - y0)]);
}"""


class Figure:
    """One figure on an open page."""

    def __init__(self, page, name, nth=0):
        self.page, self.box = page, page.locator(f'.explore[data-explore="{name}"]').nth(nth)
        self.box.scroll_into_view_if_needed()
        self.settle()

    def settle(self):
        """Wait until what was done is drawn and said."""
        self.page.evaluate(
            "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r, 270))))"
        )

    @property
    def sentence(self):
        return self.box.locator(".explore-say").inner_text()

    @property
    def picture(self):
        """All that is drawn, as text; checked to hold finite numbers only."""
        drawn = self.box.locator(".explore-stage").inner_html()
        assert not any(word in drawn for word in ("NaN", "Infinity", "undefined"))
        assert not any(word in self.sentence for word in ("NaN", "Infinity", "undefined", "no number"))
        return drawn

    @property
    def state(self):
        return self.box.evaluate("box => JSON.parse(JSON.stringify(box.shell.state))")

    def curve(self, key, plot=0):
        return np.array(self.box.evaluate(CURVE, [key, plot])).T

    def press(self, name, *keys, times=1):
        """Focus what has this name, press keys, wait."""
        found = self.box.get_by_role("button", name=name, exact=True)
        if not found.count():
            found = self.box.locator(f'[aria-label="{name}"]')
        if not found.count():
            found = self.box.get_by_label(name)
        found.first.focus()
        for _ in range(times):
            for key in keys or ("Enter",):
                self.page.keyboard.press(key)
        self.settle()

    def choose(self, name, value):
        """Choose in a list with the arrow keys."""
        label = self.box.locator(".explore-select").filter(has_text=re.compile(f"^{name} "))
        field = label.locator("select")
        field.focus()
        self.page.keyboard.press("Home")
        while field.input_value() != value:
            before = field.input_value()
            self.page.keyboard.press("ArrowDown")
            assert field.input_value() != before, f"{name} has no {value}"
        self.settle()

    def drive(self):
        """Tab through the figure and use whatever has the focus; return names of what was met, in order."""
        met = []
        self.box.evaluate("box => { box.tabIndex = -1; box.focus(); }")
        while True:
            self.page.keyboard.press("Tab")
            focused = self.box.evaluate(FOCUSED)
            if focused is None or focused["name"] in met:  # out, or sent back: the game begins at the probe
                return met
            if focused["kind"] not in KEYS:  # a formula of the question, which MathJax lets readers tab to
                continue
            met.append(focused["name"])
            key = KEYS[focused["kind"]]
            if focused["last"]:
                key = "ArrowUp" if focused["kind"] == "select-one" else "ArrowLeft"
            for k in range({"checkbox": 2, "select-one": focused["options"]}.get(focused["kind"], 1)):
                before = self.picture + self.sentence
                self.page.keyboard.press(key)
                self.settle()
                assert self.picture + self.sentence != before, f"{key} at {focused} ({k}) changed nothing"
            assert len(met) < 80, met


class Player:
    """A search played on an open page."""

    def __init__(self, page, nth=0):
        self.page, self.box = page, page.locator(".hpmath-play").nth(nth)
        self.slider = self.box.get_by_role("slider", name="Step")

    @property
    def sentence(self):
        return self.box.locator(".play-said").inner_text()

    @property
    def drawn(self):
        text = self.box.locator(".play-stage").inner_html()
        assert not any(word in text for word in ("NaN", "Infinity", "undefined"))
        return text

    @property
    def place(self):
        return self.box.locator(".play-controls b").inner_text()

    def steps(self):
        """Go from the first step to the last by keyboard; the sentences, each with what is drawn."""
        self.slider.focus()
        self.page.keyboard.press("Home")
        seen = [(self.sentence, self.drawn)]
        for _ in range(int(self.slider.get_attribute("max"))):
            self.page.keyboard.press("ArrowRight")
            seen.append((self.sentence, self.drawn))
        return seen
