/* The tree-structured Parzen estimator: densities of the good and of the bad trials, and their ratio.
   options: view ("line" or "xor"), gamma, rule (of the bandwidth), width (where it is set by hand), X, y. */
(() => {
  const { core, math } = globalThis.hpmath, { number } = core;
  const GRID = math.linspace(0, 1, 201), HALF = 1 / 56, AXIS = math.linspace(HALF, 1 - HALF, 28);
  const CELLS = AXIS.flatMap((a) => AXIS.map((b) => [a, b]));
  const LEVELS = [0.5, 1, 2, 4, 8, 16];
  const START = {
    view: "line", gamma: 0.15, rule: "hand", width: 0.08, probe: [0.5, 0.5], seed: 14,
    X: [0.04, 0.1, 0.15, 0.18, 0.21, 0.26, 0.33, 0.4, 0.47, 0.55, 0.6, 0.64, 0.68, 0.71, 0.75, 0.79, 0.84, 0.9, 0.95],
    y: [0.9, 0.7, 0.3, 0.1, 0.2, 0.65, 0.85, 0.95, 0.9, 0.7, 0.55, 0.45, 0.4, 0.35, 0.38, 0.42, 0.5, 0.6, 0.75],
  };
  const xor = ([a, b]) => (1 - Math.sin(2 * Math.PI * a) * Math.sin(2 * Math.PI * b)) / 2;
  /* The loss of a new trial: on the straight lines through the trials of the start. */
  function curve(x) {
    const { X, y } = START, k = core.clamp(X.findLastIndex((v) => v <= x), 0, X.length - 2);
    const share = core.clamp((x - X[k]) / (X[k + 1] - X[k]), 0, 1);
    return +(y[k] + share * (y[k + 1] - y[k])).toFixed(4);
  }

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
    const row = shell.row("Densities", shell.near), more = shell.row("Trials");
    core.slider(row, { key: "gamma", label: "Share γ of good trials", min: 0.05, max: 0.6, step: 0.01 });
    const width = core.slider(row, { key: "width", label: "Bandwidth h", min: 0.02, max: 1, step: 0.01, log: true });
    core.select(row, { key: "rule", label: "Bandwidth",
                       options: [["hand", "h, by hand"], ["scott", "Scott's rule"], ["neighbours", "neighbours"]] });
    core.select(more, { key: "view", label: "Show", options: [["line", "one hyperparameter"], ["xor", "two: XOR"]] });
    const take = core.button(more, "Take the proposal", () => {
      const { X, y } = shell.state, x = proposal, loss = curve(x);
      if (X.length >= 40) return shell.set({}, "Forty trials are enough for one picture.");
      [X, y].forEach((list, k) => list.push([x, loss][k]));
      shell.set({}, `The loss at ${number(x)} is ${number(loss)}, on the line between the trials of the start.`);
    });
    const other = core.button(more, "Other trials", () => shell.set({ seed: shell.state.seed + 1 }));
    const clear = core.button(more, "Remove all trials", () => shell.set({ X: [], y: [] }));
    core.button(more, "Start again", () => shell.restart({ view: shell.state.view }));
    let good = [], proposal = 0;
    const drawTrials = core.handles(lines[0], () => shell.state.X.length, (i) => ({
      label: `Trial ${i + 1}`, at: () => [shell.state.X[i], shell.state.y[i]], step: [0.01, 0.01],
      look: () => (good[i] ? ["triangle", "c-good", 7] : ["circle", "c-bronze", 5]),
      more: () => (good[i] ? ", good" : ", bad"),
      on: (x, y) => ([shell.state.X[i], shell.state.y[i]] = [x, y]),
      remove: () => [shell.state.X, shell.state.y].forEach((list) => list.splice(i, 1)),
    }));
    const probes = maps.map((map, joint) => core.handle(map, {
      label: joint ? "Probe" : "Probe on the left", at: () => shell.state.probe, step: [0.01, 0.01],
      look: () => ["circle", "open", 7], on: (x, y) => (shell.state.probe = [x, y]),
    }));
    /* ℓ and g: the densities of the points that are good and of those that are not. */
    function densities(points, joint, { rule, width: h }) {
      const how = { joint, rule: rule === "hand" ? h : rule };
      return [true, false].map((kind) => math.parzen(points.filter((_, i) => good[i] === kind), how));
    }
    const spread = ({ bandwidths: [h = []] }) =>
      [...new Set([Math.min(...h), Math.max(...h)].map((v) => number(v, 2)))].join("–");
    const parted = (n, gamma) => {
      const count = good.filter(Boolean).length;
      return `${count} of ${n} trials ${count > 1 ? "are" : "is"} good, for γ = ${number(gamma)}`;
    };
    function draw(state) {
      const line = state.view === "line";
      [...lines, take, clear].forEach((part) => ((part.frame ?? part).hidden = !line));
      [...maps, other].forEach((part) => ((part.frame ?? part).hidden = line));
      shell.plots.forEach((plot) => plot.fit());
      width.disabled = state.rule !== "hand";
      line ? shell.help("a trial") : shell.help("the probe", "");
      shell.key([["triangle", "c-good", "good trials"], ["circle", "c-bronze", "bad trials"], ...(line ?
        [["line", "c-good", "ℓ, of the good"], ["line", "c-bronze", "g, of the bad"], ["line", "c-second", "ratio"],
         ["line", "c-best dashed", "proposal"], ["line", "c-guide", "where good ends; a ratio of 1"]] :
        [["area", "f-second", `ℓ/g from ${LEVELS.join(", ")} on, larger is stronger`], ["star", "c-best", "largest"],
         ["circle", "open", "probe"]])]);
      shell.say(line ? drawLine(state) : drawXor(state));
    }
    function drawLine(state) {
      const { X, y, gamma } = state, [trials, both, ratio] = lines;
      good = math.split(y, gamma);
      const of = densities(X.map((x) => [x]), true, state), [l, g] = of.map((p) => GRID.map((u) => p.density([u])));
      const r = l.map((v, i) => v / g[i]), best = math.indexOfMax(r), few = X.length < 2;
      proposal = few ? math.random(X.length)() : GRID[best];
      both.limits({ y: [0, Math.max(2, ...l, ...g) * 1.05] });
      ratio.limits({ y: [0, Math.max(2, ...r) * 1.05] });
      lines.forEach((plot) => plot.begin());
      const [inside, bound] = [Math.max, Math.min].map((end, k) => end(...y.filter((_, i) => good[i] === !k)));
      if (!few) trials.line("split", [0, 1], [bound, bound], "c-guide");
      drawTrials();
      both.line("l", GRID, l, "c-good");
      both.line("g", GRID, g, "c-bronze");
      ratio.line("one", [0, 1], [1, 1], "c-guide");
      ratio.line("ratio", GRID, r, "c-second");
      ratio.line("proposal", [proposal, proposal], ratio.spec.y, "c-best dashed");
      lines.forEach((plot) => plot.end());
      if (few) {
        return `${X.length ? "One trial cannot be parted into good and bad" : "No trial is left: ℓ and g are the " +
          "prior, their ratio is 1 everywhere"}. The proposal is drawn at random, ${number(proposal)}.`;
      }
      const count = good.filter(Boolean).length, odds = (count / (X.length - count)) * r[best];
      const peak = (v, i) => Math.abs(i - best) > 4 && v > (r[i - 1] ?? 0) && v >= (r[i + 1] ?? 0);
      const next = math.indexOfMax(r.map((v, i) => (peak(v, i) ? v : 0)));
      const [x, other, at] = [GRID[best], GRID[next], r[next]].map((v) => number(v)), [h, k] = of.map(spread);
      return parted(X.length, gamma) + (inside < bound ? `: those with a loss below ${number(bound)}` :
        `: of equal losses, ${number(bound)}, the first`) + `. The ratio ℓ/g is largest at ${x}: ${number(r[best])}` +
        (peak(r[next], next) ? `; the next peak is ${at} at ${other}` : "") + `. At ${x} a trial is good with ` +
        `probability ${number(odds / (1 + odds), 2)}, says the model.` +
        (state.rule === "hand" ? "" : ` Bandwidths: ${h} of ℓ, ${k} of g.`);
    }
    function drawXor(state) {
      const uniform = math.random(state.seed), points = math.linspace(0, 59, 60).map(() => [uniform(), uniform()]);
      good = math.split(points.map(xor), state.gamma);
      const said = maps.map((plot, joint) => {
        const [l, g] = densities(points, joint === 1, state), d = LEVELS.map(() => "");
        const ratio = (u) => l.density(u) / g.density(u);
        let best = -1, where = [];
        for (const [a, b] of CELLS) {
          const v = ratio([a, b]), k = LEVELS.findLastIndex((level) => v >= level);
          const [left, right] = [-HALF, HALF].map((h) => Math.round(plot.x(a + h)));
          const [low, high] = [-HALF, HALF].map((h) => Math.round(plot.y(b + h)));
          if (k >= 0) d[k] += `M${left},${low}H${right}V${high}H${left}Z`;
          if (v > best) [best, where] = [v, [a, b]];
        }
        plot.begin();
        d.forEach((cells, k) => plot.shape("cells" + k, "path", { d: cells, class: "cells", opacity: (k + 1) / 8 }));
        points.forEach((p, i) => plot.mark("trial" + i, good[i] ? "triangle" : "circle", p,
                                           good[i] ? "c-good" : "c-bronze", good[i] ? 6 : 3));
        plot.mark("largest", "star", where, "c-best", 9);
        plot.end();
        return [number(ratio(state.probe)), `${number(best)} at (${where.map((v) => number(v, 2)).join(", ")})`];
      });
      probes.forEach((probe) => probe.draw());
      const place = state.probe.map((v) => number(v)).join(", "), [[free, star], [joint, top]] = said;
      return `${parted(60, state.gamma)}. At the probe, (${place}), the ratio ℓ/g is ${free} if independent, ` +
        `${joint} if joint; the loss there is ${number(xor(state.probe))}. The largest ratio is ${star} if ` +
        `independent, ${top} if joint.`;
    }
    shell.redraw();
  });
})();
