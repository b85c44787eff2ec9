/* What the figures that move have in common: a frame with controls and a spoken sentence, plots in SVG, and points that
   mouse, finger and keys can move. A figure is a function hpmath.figures[name](box, options); core starts it in each
   <div class="explore" data-explore="name" data-options="{...}">; what stands there is for who has no scripts. */
(() => {
  const hpmath = (globalThis.hpmath ||= {});
  if (hpmath.core) return;  // a page may load it twice
  const figures = (hpmath.figures ||= {});
  // --- elements ---
  function build(element, attributes, parent, text) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === null || value === undefined) element.removeAttribute(name);
      else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
    }
    if (text !== undefined && element.textContent !== text) element.textContent = text;
    if (parent && element.parentNode !== parent) parent.append(element);
    return element;
  }

  const html = (tag, ...rest) => build(document.createElement(tag), ...rest);
  const svg = (tag, ...rest) => build(document.createElementNS("http://www.w3.org/2000/svg", tag), ...rest);
  /* A number for people: three significant digits, a real minus, powers of ten only where they must be. */
  function number(v, digits = 3) {
    if (!Number.isFinite(v)) return v > 0 ? "∞" : v < 0 ? "−∞" : "no number";
    const size = Math.abs(v), far = size !== 0 && (size < 1e-3 || size >= 1e5);
    const short = +v.toPrecision(digits);
    return (far ? short.toExponential() : String(short)).replace("e+", "e").replace(/-/g, "−");
  }
  const clamp = (v, low, high) => Math.min(Math.max(v, low), high);

  // --- the frame of a figure ---
  /* Put a stage, controls and a live sentence into the box. `fresh` makes the state that the figure starts from;
     `draw` is called once a frame at most, after set(), restart() or a change of width. times: what it took, in ms.
     `near` holds the controls that a phone shows together with the drawing. */
  function shell(box, fresh, draw) {
    box.classList.add("explore-started");
    const live = html("div", { class: "explore-live" }, box), begin = () => ({ note: "", ...fresh() });
    const stage = html("div", { class: "explore-stage" }, live), times = [], plots = [], bound = [];
    const near = html("div", { class: "explore-controls" }, live), legend = html("p", { class: "explore-key" }, live);
    const sentence = html("p", { class: "explore-say", role: "status", "aria-live": "polite" }, live);
    const controls = html("div", { class: "explore-controls", role: "group", "aria-label": "Controls" }, live);
    const aid = html("p", { class: "explore-help" }, live);
    let waiting = false, words = "", timer = 0, entries = "";
    const self = { state: begin(), stage, near, plots, bound, times, set, restart, redraw, row, say, key, help };
    box.shell = self;  // for the curious, and for tests
    function set(change, note = "") {
      Object.assign(self.state, change, { note });
      redraw();
    }
    function restart(change) {
      Object.assign(self, { state: { ...begin(), ...change }, held: null });  // also a point under a finger is let go
      self.bound.forEach((show) => show());
      redraw();
    }
    function redraw() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        self.plots.forEach((one) => one.fit());
        const start = performance.now();
        draw(self.state);
        if (self.times.push(performance.now() - start) > 500) self.times.shift();
      });
    }
    /* At most four sentences a second, so that a screen reader can follow; the last one is always said. */
    function say(text) {
      words = [self.state.note, text].filter(Boolean).join(" ");
      const tell = () => ((timer = 0), (sentence.textContent = words));
      timer ||= setTimeout(tell, sentence.textContent ? 250 : 0);
    }
    function row(title, parent = controls) {
      const field = html("fieldset", {}, parent);
      html("legend", {}, field, title);
      return Object.assign(field, { shell: self });
    }
    function help(what, more = "; Delete removes it") {
      build(aid, {}, live, `Drag ${what}, or reach it with Tab and move it with the arrow keys (ten steps: Shift, ` +
        `Page up and down; to the sides: Home, End${more}).`);
    }
    /* What the marks and lines mean: [mark, or "line" or "area"; class; words]. */
    function key(list) {
      if (entries === (entries = String(list))) return;
      legend.replaceChildren();
      for (const [kind, style, meaning] of list) {
        const item = html("span", {}, legend);
        const picture = svg("svg", { width: 22, height: 14, "aria-hidden": "true" }, item);
        const d = { line: "M1,7H21", area: "M1,1H21V13H1Z" }[kind] ?? MARKS[kind];
        const place = kind in MARKS ? "translate(11 7) scale(5)" : null;
        svg("path", { d, transform: place, class: (place ? "mark " : "") + style }, picture);
        item.append(meaning);
      }
    }
    new ResizeObserver(() => self.plots.filter((one) => one.fit()).length && redraw()).observe(stage);
    return self;
  }

  // --- controls: the browser's own, which know the keyboard. Each shows and sets one entry of the state: `key` ---
  function bind({ shell }, key, input, show) {
    shell.bound.push(() => show(shell.state[key]));
    show(shell.state[key]);
    return input;
  }

  function slider(row, { key, label, min, max, step, log = false, show = number }) {
    const field = html("label", { class: "explore-slider" }, row);
    const out = html("b", { "aria-hidden": "true" }, html("span", {}, field, label));
    const into = log ? Math.log10 : Number, back = log ? (v) => 10 ** v : Number, wide = into(max) - into(min);
    const tell = (v) => build(input, { "aria-valuetext": (out.textContent = show(v)) });
    const input = html("input", { type: "range", min: 0, max: Math.round(wide / step), "aria-label": label, oninput() {
      const v = into(min) + (wide * input.value) / input.max;
      row.shell.set({ [key]: +back(v).toPrecision(log ? 3 : 9) });
      tell(row.shell.state[key]);
    } }, field);
    return bind(row, key, input, (v) => {
      input.value = ((into(v) - into(min)) / wide) * input.max;
      tell(v);
    });
  }

  function select(row, { key, label, options, on = (v) => row.shell.set({ [key]: v }) }) {
    const field = html("label", { class: "explore-select" }, row, label + " ");
    const input = html("select", { onchange: () => on(input.value) }, field);
    for (const [value, text] of options) html("option", { value }, input, text);
    return bind(row, key, input, (v) => (input.value = v));
  }

  function toggle(row, { key, label }) {
    const field = html("label", { class: "explore-toggle" }, row);
    const input = html("input", { type: "checkbox", onchange: () => row.shell.set({ [key]: input.checked }) }, field);
    html("span", {}, field, label);
    return bind(row, key, input, (v) => (input.checked = v));
  }
  const button = (row, label, on) => html("button", { type: "button", onclick: on }, row, label);

  // --- plots ---
  function ticks(low, high, wanted) {
    const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
    const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
    return Array.from({ length: last - first + 1 }, (_, i) => +((first + i) * step).toPrecision(12));
  }

  const MARKS = {  // outlines of radius one around the origin
    circle: "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z", square: "M-.9,-.9H.9V.9H-.9Z",
    triangle: "M0,-1.1L1,.8H-1Z", diamond: "M0,-1.2L1,0L0,1.2L-1,0Z",
    star: "M0,-1.4L.4,-.5L1.3,-.45L.6,.15L.85,1.1L0,.55L-.85,1.1L-.6,.15L-1.3,-.45L-.4,-.5Z",
  };
  let names = 0;
  /* A plot of x and y. What is drawn has a key: drawn again under it, it moves instead of standing twice. */
  function plot(shell, spec) {
    const frame = html("div", { class: "explore-plot" + (spec.square ? " explore-square" : "") }, shell.stage);
    const root = svg("svg", { role: "group", "aria-label": spec.label }, frame);
    const id = `explore-clip-${++names}`, clip = svg("rect", {}, svg("clipPath", { id }, svg("defs", {}, root)));
    const axes = svg("g", { class: "axes", "aria-hidden": "true" }, root);
    const layer = svg("g", { "clip-path": `url(#${id})`, "aria-hidden": "true" }, root), top = svg("g", {}, root);
    const left = 46, right = 10, above = 10, below = 40, parts = new Map();
    let width = 0, height = 0, used = new Set();
    const self = { shell, frame, root, top, spec, fit, limits, line, band, shape, mark, text, begin, end, x, y };
    function x(v) { return left + ((v - spec.x[0]) / (spec.x[1] - spec.x[0])) * (width - left - right); }
    function y(v) { return height - below - ((v - spec.y[0]) / (spec.y[1] - spec.y[0])) * (height - below - above); }
    self.movable = new Set();
    self.back = (px, py) => [  // from pixels of the page
      spec.x[0] + ((px - root.getBoundingClientRect().left - left) / (width - left - right)) * (spec.x[1] - spec.x[0]),
      spec.y[0] + ((height - below - (py - root.getBoundingClientRect().top)) / (height - below - above)) *
        (spec.y[1] - spec.y[0])];
    function fit() {
      const now = Math.floor(frame.clientWidth);
      if (now === width || now === 0) return false;
      width = now;
      height = spec.square ? width - left - right + above + below :
        Math.round(clamp(width * (spec.aspect ?? 0.45), spec.least ?? 150, 380));
      build(root, { width, height, viewBox: `0 0 ${width} ${height}` });
      build(clip, { x: left, y: above, width: Math.max(width - left - right, 0), height: height - above - below });
      limits(spec);
      return true;
    }
    function limits(to) {
      Object.assign(spec, to);
      axes.replaceChildren();
      const bottom = height - below, end = width - right, middle = (above + bottom) / 2;
      for (const [v, text] of spec.xticks ?? ticks(...spec.x, clamp(width / 90, 3, 8)).map((t) => [t, number(t)])) {
        svg("line", { x1: x(v), x2: x(v), y1: above, y2: bottom, class: "grid" }, axes);
        svg("text", { x: x(v), y: bottom + 15, "text-anchor": "middle" }, axes, text);
      }
      for (const [v, text] of spec.yticks ?? ticks(...spec.y, clamp(height / 50, 2, 6)).map((t) => [t, number(t)])) {
        svg("line", { x1: left, x2: end, y1: y(v), y2: y(v), class: "grid" }, axes);
        svg("text", { x: left - 5, y: y(v) + 4, "text-anchor": "end" }, axes, text);
      }
      svg("path", { d: `M${left},${above}V${bottom}H${end}`, class: "frame" }, axes);
      svg("text", { x: (left + end) / 2, y: height - 6, "text-anchor": "middle", class: "label" }, axes, spec.xlabel);
      svg("text", { x: 12, y: middle, transform: `rotate(-90 12 ${middle})`, "text-anchor": "middle", class: "label" },
          axes, spec.ylabel);
    }
    /* Between begin() and end() a figure draws all that it has; what it does not draw again goes. */
    function begin() { used = new Set(); }
    function end() {
      for (const [key, part] of parts) if (!used.has(key)) parts.delete(key, part.remove());
    }
    function shape(key, tag, attributes, words) {
      used.add(key);
      if (!parts.has(key)) parts.set(key, svg(tag, { "data-key": key }));
      return build(parts.get(key), attributes, layer, words);
    }
    const round = (v) => Math.round(clamp(v, -1e4, 1e4) * 10) / 10;
    const points = (xs, ys) => Array.from(xs, (v, i) => `${round(x(v))},${round(y(ys[i]))}`);
    function line(key, xs, ys, style, closed = "") {
      return shape(key, "path", { class: style, d: xs.length ? "M" + points(xs, ys).join("L") + closed : "" });
    }
    function band(key, xs, low, high, style) {
      const back = points(xs, low).reverse().join("L");
      return shape(key, "path", { class: style, d: `M${points(xs, high).join("L")}L${back}Z` });
    }
    function mark(key, kind, at, style, size = 5) {
      const place = `translate(${round(x(at[0]))} ${round(y(at[1]))}) scale(${size})`;
      return shape(key, "path", { class: "mark " + style, d: MARKS[kind], transform: place });
    }
    function text(key, at, words, attributes) {
      const px = clamp(x(at[0]), left + 4, width - right - 4), py = clamp(y(at[1]), above + 10, height - below - 4);
      return shape(key, "text", { x: px, y: py, ...attributes }, words);
    }
    shell.plots.push(self);
    return self;
  }

  // --- points that can be moved ---
  /* spec: label; at() -> [x, y]; on(x, y) keeps a new place; look() -> [mark, class, size]; remove(), if it may go;
     enter(), what Enter does; more(), further words; fixed(), why it must stay for now; step [dx, dy] of an arrow key,
     ten times with Shift (0: this coordinate never changes). */
  function handle(plot, spec, parent = plot.top) {
    const group = svg("g", { class: "handle", role: "slider", "aria-roledescription": "movable point" });
    svg("circle", { r: 17, class: "reach" }, group);
    svg("circle", { r: 10, class: "ring" }, group);
    const shape = svg("path", {}, group), [dx, dy] = spec.step, self = { group, draw, spec };
    function move(...wanted) {
      if (spec.fixed?.()) return plot.shell.set({}, spec.fixed());
      const old = spec.at(), ranges = [plot.spec.x, plot.spec.y];
      const place = wanted.map((v, i) => (spec.step[i] ? +clamp(v, ...ranges[i]).toPrecision(9) : old[i]));
      const outside = place.some((v, i) => spec.step[i] && v !== +wanted[i].toPrecision(9));
      spec.on(...place);
      plot.shell.set({}, outside ? "Points stay inside the frame." : "");
    }
    function keydown(event) {
      const [x, y] = spec.at(), [left, right] = plot.spec.x, page = dy ? [0, 10 * dy] : [10 * dx, 0];
      const far = event.shiftKey && event.key.startsWith("Arrow") ? 10 : 1, go = {
        ArrowLeft: [-dx, 0], ArrowRight: [dx, 0], ArrowUp: [0, dy], ArrowDown: [0, -dy], PageUp: page,
        PageDown: page.map((v) => -v), Home: [left - x, 0], End: [right - x, 0] }[event.key];
      if (go) move(x + far * go[0], y + far * go[1]);
      else if (event.key === "Enter") spec.enter?.();
      else if (event.key === "Delete" || event.key === "Backspace") {
        if (spec.fixed?.() || !spec.remove) return move(x, y);
        spec.remove();
        plot.shell.set({}, `${spec.label} removed${spec.later() ? "; those after it move up" : ""}.`);
      } else if (event.key !== " ") return;
      event.preventDefault();
    }
    /* Where reaches overlap, the nearest point is meant. */
    function pointerdown(event) {
      const away = ({ spec: { at } }) => {
        const { left, top } = plot.root.getBoundingClientRect(), [x, y] = at();
        return Math.hypot(plot.x(x) + left - event.clientX, plot.y(y) + top - event.clientY);
      };
      const meant = [...plot.movable].reduce((a, b) => (away(b) < away(a) ? b : a)).group;
      meant.setPointerCapture(event.pointerId);
      meant.focus({ preventScroll: true });
      plot.shell.held = meant;
      event.preventDefault();
    }
    /* To the grid of the arrow keys, so that a point is where the sentence says that it is. */
    function pointermove(event) {
      if (plot.shell.held !== group || !group.hasPointerCapture(event.pointerId)) return;
      move(...plot.back(event.clientX, event.clientY).map((v, i) => Math.round(v / spec.step[i]) * spec.step[i]));
    }
    function draw() {
      const [x, y] = spec.at(), [kind, style, size] = spec.look(), names = plot.spec.names ?? ["x", "y"];
      const place = `${names[0]} ${number(x)}` + (dy ? `, ${names[1]} ${number(y)}` : "") + (spec.more?.() ?? "");
      build(shape, { class: "mark " + style, d: MARKS[kind], transform: `scale(${size})` });
      build(group, {
        transform: `translate(${plot.x(x).toFixed(1)} ${plot.y(y).toFixed(1)})`, tabindex: 0, "aria-label": spec.label,
        "aria-valuemin": plot.spec.x[0], "aria-valuemax": plot.spec.x[1], "aria-valuenow": +x.toFixed(4),
        "aria-valuetext": place }, parent);
    }

    build(group, { onkeydown: keydown, onpointerdown: pointerdown, onpointermove: pointermove,
                   ontouchstart: (event) => event.preventDefault() });  // or the page would scroll along
    plot.movable.add(self);
    return self;
  }
  /* A list of points, as many as there are now: `make(i)` gives the spec of one. Returns what draws them. */
  function handles(plot, count, make) {
    const list = [], layer = svg("g", {}, plot.top);
    return () => {
      while (list.length > count()) {
        const last = list.pop(), focused = last.group === document.activeElement;
        last.group.remove();
        plot.movable.delete(last);
        const near = list.at(-1)?.group ?? plot.top.querySelector(".handle") ?? plot.shell.near.querySelector("input");
        if (focused) near?.focus({ preventScroll: true });
      }
      while (list.length < count()) {
        const i = list.length;
        list.push(handle(plot, { ...make(i), later: () => i < count() }, layer));
      }
      list.forEach((one) => one.draw());
    };
  }

  // --- start ---
  const startAll = () => document.querySelectorAll(".explore[data-explore]:not([data-started])").forEach((box) => {
    const figure = figures[box.dataset.explore];
    if (!figure) return;
    box.dataset.started = "yes";
    figure(box, JSON.parse(box.dataset.options || "{}"));
  });
  const register = (name, figure) => ((figures[name] = figure), startAll());
  document.addEventListener("DOMContentLoaded", startAll);
  hpmath.core = { html, number, clamp, shell, slider, select, button, toggle, plot, handle, handles, register };
})();
