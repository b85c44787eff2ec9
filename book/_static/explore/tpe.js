/* The tree-structured Parzen estimator: densities of the good and of the bad trials, and their ratio.
   options: view ("line" or "xor"), gamma, rule (of the bandwidth), width (where it is set by hand), X, y. */
(() => {
  const { core, math } = globalThis.hpmath, { number } = core;
  const GRID = math.linspace(0, 1, 201), CELLS = math.linspace(1 / 56, 55 / 56, 28), HALF = 1 / 56;
  const LEVELS = [0.5, 1, 1.5, 2, 3, 4];
  const START = {
    view: "line", gamma: 0.15, rule: "hand", width: 0.08, probe: [0.75, 0.25], seed: 14,
    X: [0.04, 0.1, 0.15, 0.18, 0.21, 0.26, 0.33, 0.4, 0.47, 0.55, 0.6, 0.64, 0.68, 0.71, 0.75, 0.79, 0.84, 0.9, 0.95],
    y: [0.9, 0.7, 0.3, 0.1, 0.2, 0.65, 0.85, 0.95, 0.9, 0.7, 0.55, 0.45, 0.4, 0.35, 0.38, 0.42, 0.5, 0.6, 0.75],
  };
  const xor = ([a, b]) => (1 - Math.sin(2 * Math.PI * a) * Math.sin(2 * Math.PI * b)) / 2;

  core.register("tpe", (box, options) => {
    const given = { ...START, ...options };
    const shell = core.shell(box, () => ({ ...given, X: given.X.slice(), y: given.y.slice() }), draw);
    const one = { x: [0, 1], y: [0, 1], names: ["x", "loss"], xlabel: "hyperparameter x", aspect: 0.24 };
    const lines = [
      core.plot(shell, { ...one, ylabel: "loss", aspect: 0.32, least: 190, label: "Trials; triangles are good ones" }),
      core.plot(shell, { ...one, ylabel: "density", label: "Densities of good and bad trials" }),
      core.plot(shell, { ...one, ylabel: "ℓ/g", label: "The ratio of the two densities" }),
    ];
    const maps = ["independent", "joint"].map((kind) => core.plot(shell, { x: [0, 1], y: [0, 1], names: ["x₁", "x₂"],
      xlabel: "x₁, " + kind, ylabel: "x₂", square: true, label: `Ratio of ${kind} densities` }));

    const row = shell.row("Densities"), more = shell.row("Trials");
    core.slider(row, { key: "gamma", label: "Share γ of good trials", min: 0.05, max: 0.6, step: 0.01 });
    const width = core.slider(row, { key: "width", label: "Bandwidth h", min: 0.01, max: 1, step: 0.01, log: true });
    core.select(row, { key: "rule", label: "Bandwidth",
                       options: [["hand", "h, by hand"], ["scott", "Scott's rule"], ["neighbours", "neighbours"]] });
    core.select(more, { key: "view", label: "Show", options: [["line", "one hyperparameter"], ["xor", "two: XOR"]] });
    const take = core.button(more, "Take the proposal", () => {
      const { X, y } = shell.state, [x, loss] = proposal;
      if (X.length >= 40) return shell.set({}, "Forty trials are enough for one picture.");
      X.push(x);
      y.push(loss);
      shell.set({}, `The loss at ${number(x)} is ${number(loss)}.`);
    });
    const other = core.button(more, "Other trials", () => shell.set({ seed: shell.state.seed + 1 }));
    const clear = core.button(more, "Remove all trials", () => shell.set({ X: [], y: [] }));
    core.button(more, "Start again", () => shell.restart({ view: shell.state.view }));

    let good = [], proposal = [];
    const drawTrials = core.handles(lines[0], () => shell.state.X.length, (i) => ({
      label: `Trial ${i + 1}`, at: () => [shell.state.X[i], shell.state.y[i]], step: [0.01, 0.01],
      look: () => (good[i] ? ["triangle", "c-good", 7] : ["circle", "c-bronze", 5]),
      more: () => (good[i] ? ", good" : ", bad"),
      on: (x, y) => ([shell.state.X[i], shell.state.y[i]] = [x, y]),
      remove: () => [shell.state.X, shell.state.y].forEach((list) => list.splice(i, 1)),
    }));
    const probe = core.handle(maps[1], {
      label: "Probe", at: () => shell.state.probe, step: [0.01, 0.01], look: () => ["circle", "open", 7],
      on: (x, y) => (shell.state.probe = [x, y]),
    });

    /* ℓ and g: the densities of the points that are good and of those that are not. */
    function densities(points, joint, { rule, width: h }) {
      const how = { joint, rule: rule === "hand" ? h : rule };
      return [true, false].map((kind) => math.parzen(points.filter((_, i) => good[i] === kind), how).density);
    }

    function draw(state) {
      const line = state.view === "line";
      [...lines, take, clear].forEach((part) => ((part.frame ?? part).hidden = !line));
      [...maps, other].forEach((part) => ((part.frame ?? part).hidden = line));
      shell.plots.forEach((plot) => plot.fit());
      width.disabled = state.rule !== "hand";
      shell.key([["triangle", "c-good", "good trials"], ["circle", "c-bronze", "bad trials"], ...(line ?
        [["line", "c-good", "ℓ, of the good"], ["line", "c-bronze", "g, of the bad"], ["line", "c-second", "ratio"],
         ["line", "c-best dashed", "proposal"]] :
        [["area", "f-second", "ratio ℓ/g"], ["star", "c-best", "largest"], ["circle", "open", "probe"]])]);
      shell.say(line ? drawLine(state) : drawXor(state));
    }

    function drawLine(state) {
      const { X, y, gamma } = state, [trials, both, ratio] = lines;
      good = math.split(y, gamma);
      const [l, g] = densities(X.map((x) => [x]), true, state).map((p) => GRID.map((u) => p([u])));
      const r = l.map((v, i) => v / g[i]), best = math.indexOfMax(r), bound = Math.min(...y.filter((_, i) => !good[i]));
      proposal = [GRID[best], between(X, y, GRID[best])];
      both.limits({ y: [0, Math.max(2, ...l, ...g) * 1.05] });
      ratio.limits({ y: [0, Math.max(2, ...r) * 1.05] });
      lines.forEach((plot) => plot.begin());
      if (Number.isFinite(bound)) trials.line("split", [0, 1], [bound, bound], "c-guide");
      drawTrials();
      both.line("l", GRID, l, "c-good");
      both.line("g", GRID, g, "c-bronze");
      ratio.line("one", [0, 1], [1, 1], "c-guide");
      ratio.line("ratio", GRID, r, "c-second");
      ratio.line("proposal", [GRID[best], GRID[best]], ratio.spec.y, "c-best dashed");
      lines.forEach((plot) => plot.end());
      if (X.length < 2) return X.length ? "One trial cannot be parted into good and bad." :
        "No trial is left: ℓ and g are the prior, their ratio is 1 everywhere.";
      const count = good.filter(Boolean).length, odds = (count / (X.length - count)) * r[best];
      return `${count} of ${X.length} trials are good, those with a loss below ${number(bound)}. The ratio ℓ/g is ` +
        `largest at ${number(GRID[best])}: ${number(r[best])}. There a trial is good with probability ` +
        `${number(odds / (1 + odds), 2)}, says the model.`;
    }

    /* The loss of a new trial: on the straight line between its neighbours. */
    function between(X, y, x) {
      const order = X.map((_, i) => i).sort((a, b) => X[a] - X[b]), right = order.findIndex((i) => X[i] >= x);
      const a = order[right < 0 ? order.length - 1 : Math.max(right - 1, 0)], b = order[Math.max(right, 0)];
      const share = right > 0 && X[b] > X[a] ? (x - X[a]) / (X[b] - X[a]) : 0;
      return X.length ? +(y[a] + share * (y[b] - y[a])).toFixed(4) : 0.5;
    }

    function drawXor(state) {
      const uniform = math.random(state.seed), points = math.linspace(0, 59, 60).map(() => [uniform(), uniform()]);
      good = math.split(points.map(xor), state.gamma);
      const said = maps.map((plot, joint) => {
        const [l, g] = densities(points, joint === 1, state), ratio = (u) => l(u) / g(u), d = LEVELS.map(() => "");
        let best = -1, where = [];
        for (const a of CELLS) {
          for (const b of CELLS) {
            const v = ratio([a, b]), k = LEVELS.findLastIndex((level) => v >= level);
            const [left, right] = [-HALF, HALF].map((h) => Math.round(plot.x(a + h)));
            const [low, high] = [-HALF, HALF].map((h) => Math.round(plot.y(b + h)));
            if (k >= 0) d[k] += `M${left},${low}H${right}V${high}H${left}Z`;
            if (v > best) [best, where] = [v, [a, b]];
          }
        }
        plot.begin();
        d.forEach((cells, k) => plot.shape("cells" + k, "path", { d: cells, class: "cells", opacity: (k + 1) / 8 }));
        points.forEach((p, i) => plot.mark("trial" + i, good[i] ? "triangle" : "circle", p,
                                           good[i] ? "c-good" : "c-bronze", good[i] ? 6 : 3));
        plot.mark("largest", "star", where, "c-best", 9);
        if (!joint) plot.mark("probe", "circle", state.probe, "open", 5);
        plot.end();
        return `${number(ratio(state.probe))} if ${joint ? "joint" : "independent"}`;
      });
      probe.draw();
      const place = state.probe.map((v) => number(v)).join(", ");
      return `${good.filter(Boolean).length} of 60 trials are good. At the probe, (${place}), the ratio ℓ/g is ` +
        `${said.join(", ")}; the loss there is ${number(xor(state.probe))}.`;
    }
    shell.redraw();
  });
})();
