/* A search step by step, as plotting.play has put it into data-play: for each step cells, lines and marks on a square
   of 1000 by 1000, and a sentence. Starts every player on the page that has not been started yet. */
(() => {
  const LEFT = 50, TOP = 22, SIDE = 246, END = LEFT + SIDE, FOOT = TOP + SIDE, MIDDLE = TOP + SIDE / 2;
  const CIRCLE = "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z";
  const MARKS = {  // what the letters of a step's marks look like: path and size
    o: [CIRCLE, 4], d: [CIRCLE, 3], f: [CIRCLE, 5], g: ["M0,-1.1L1,.8H-1Z", 5.5], w: ["M0,1.1L1,-.8H-1Z", 5],
    p: ["M-.9,-.9H.9V.9H-.9Z", 5.5], x: ["M-1,-1L1,1M-1,1L1,-1", 4], c: ["M0,-1.3L1.1,0L0,1.3L-1.1,0Z", 7],
    b: ["M0,-1.4L.4,-.5L1.3,-.45L.6,.15L.85,1.1L0,.55L-.85,1.1L-.6,.15L-1.3,-.45L-.4,-.5Z", 7],
  };
  const x = (v) => +(LEFT + (v * SIDE) / 1000).toFixed(1), y = (v) => +(FOOT - (v * SIDE) / 1000).toFixed(1);
  const icon = (m, h, v, [d, size] = MARKS[m]) =>
    `<path class="m-${m}" d="${d}" transform="translate(${h} ${v}) scale(${size})"/>`;
  const line = ([kind, xy]) => `<path class="l-${kind}" d="M${xy.map((v, i) => (i % 2 ? y(v) : x(v))).join(" ")}"/>`;

  /* One path for each level, of runs along the rows, which "/" parts; level 0 draws nothing, "." was not looked at. */
  function cells(text, [across, down]) {
    const paths = {}, w = SIDE / across, h = SIDE / down;
    for (const { 0: run, 1: level, index } of text.matchAll(/([1-9a-f.])\1*/g)) {
      const left = LEFT + (index % (across + 1)) * w, low = FOOT - Math.floor(index / (across + 1)) * h;
      paths[level] = (paths[level] ?? "") + `M${left} ${low}h${run.length * w}v${-h}H${left}Z`;
    }
    return Object.entries(paths).map(([k, d]) => (k === "." ? `<path class="unseen" d="${d}"/>` :
      `<path class="cells" d="${d}" opacity="${parseInt(k, 16) / 19}"/>`));
  }

  function frame({ title, x: across, y: up }) {
    const vertical = ([v, t]) =>
      `<path class="grid" d="M${x(v)} ${TOP}V${FOOT}"/><text class="x" x="${x(v)}" y="${FOOT + 14}">${t}</text>`;
    const level = ([v, t]) =>
      `<path class="grid" d="M${LEFT} ${y(v)}H${END}"/><text class="y" x="${LEFT - 5}" y="${y(v) + 4}">${t}</text>`;
    return `<svg viewBox="0 0 340 310" role="img" aria-label="${title}"><text x="${LEFT}" y="14">${title}</text>` +
      across.ticks.map(vertical).join("") + up.ticks.map(level).join("") +
      `<g></g><path class="frame" d="M${LEFT} ${TOP}H${END}V${FOOT}H${LEFT}Z"/>` +
      `<text class="x" x="${(LEFT + END) / 2}" y="304">${across.label}</text>` +
      `<text class="x" x="11" y="${MIDDLE}" transform="rotate(-90 11 ${MIDDLE})">${up.label}</text></svg>`;
  }

  function start(box) {
    const { panels, steps, key, first } = JSON.parse(box.dataset.play), last = steps.length - 1;
    const button = (face, name = "") => `<button type="button" aria-label="${name}">${face}</button>`;
    const entry = ([m, words]) => `<span><svg viewBox="0 0 16 16">${icon(m, 8, 8)}</svg> ${words}</span>`;
    box.dataset.started = "yes";
    box.onkeydown = (event) => event.stopPropagation();  // the arrow keys are ours, not those of slides around us
    box.innerHTML = `<div class="play-stage">${panels.map(frame).join("")}</div>` +
      `<p class="play-key">${key.map(entry).join("")}</p><p class="play-said" role="status" aria-live="polite"></p>` +
      `<div class="play-controls" role="group" aria-label="Steps">${button("◀", "Previous step")}` +
      `${button("Play")}${button("▶", "Next step")}` +
      `<input type="range" max="${last}" aria-label="Step"><b aria-hidden="true"></b></div>`;
    const [said, slider, count] = [".play-said", "input", "b"].map((name) => box.querySelector(name));
    const [back, play, on] = box.querySelectorAll("button"), now = () => +slider.value;
    let timer = 0;

    function show(k) {
      const step = steps[(slider.value = Math.min(Math.max(k, 0), last))];
      box.querySelectorAll("g").forEach((layer, i) => {
        const { c, l = [], w } = step.p[i], { at, grid } = panels[i];
        const all = (kind) => [...step.m].map((m, j) => (m === kind ? icon(m, x(at[2 * j]), y(at[2 * j + 1])) : ""));
        layer.innerHTML = (c ? cells(c, grid) : []).concat(l.map(line), w ? icon("c", x(w[0]), y(w[1])) : [],
                                                           [..."xdowfpgb"].flatMap(all)).join("");  // the best on top
      });
      said.textContent = step.s;
      slider.setAttribute("aria-valuetext", `trial ${(count.textContent = `${step.n} / ${steps[last].n}`)}`);
      [back, on].forEach((one, i) => one.setAttribute("aria-disabled", now() === (i && last)));
    }
    function run(playing) {  // sentences that follow each other this fast can't be listened to
      clearInterval(timer);
      timer = playing && setInterval(() => (show(now() + 1), now() < last || run(false)), 2500);
      play.textContent = playing ? "Pause" : "Play";
      said.setAttribute("aria-live", playing ? "off" : "polite");
    }
    const go = (k) => (run(false), show(k));
    [back.onclick, on.onclick, slider.oninput] = [() => go(now() - 1), () => go(now() + 1), () => go(now())];
    play.onclick = () => (timer ? run(false) : (show(now() < last ? now() : 0), run(true)));  // never by itself
    show(first);
  }
  document.querySelectorAll(".hpmath-play:not([data-started])").forEach(start);
})();
