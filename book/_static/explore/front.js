/* Two objectives: what a weighted sum and Chebyshev's distance choose, and what the area behind the points says.
   options: shape ("convex", "concave", "mixed"), weight (of the first objective). */
(() => {
  const { core, math } = globalThis.hpmath, { number } = core;
  const IDEAL = [0, 0];  // where Chebyshev's distance is measured from; the reference of the area can be moved
  const along = (f) => math.linspace(0.05, 0.95, 9).map((t) => [t, f(t)].map((v) => +(v + 1e-9).toFixed(3)));
  const SHAPES = {
    convex: along((t) => (1 - Math.sqrt(t)) ** 2 + 0.03),
    concave: along((t) => Math.sqrt(1 - t * t)),
    mixed: along((t) => 1 - t - (t < 0.5 ? 0.13 : 0.156) * Math.sin(2 * Math.PI * t)),
  };
  const letter = (i) => String.fromCharCode(65 + i);

  core.register("front", (box, options) => {
    const given = { shape: "mixed", weight: 0.5, area: true, ...options };
    const none = () => ({ reached: [new Set(), new Set()], last: undefined, seen: undefined });  // no weight tried
    const of = (shape) => ({ shape, Y: SHAPES[shape].map((y) => y.slice()), ...none() });
    const shell = core.shell(box, () => ({ ...given, reference: [1.1, 1.1], ...of(given.shape) }), draw);
    const plot = core.plot(shell, { x: [0, 1.2], y: [0, 1.2], square: true, xlabel: "first objective, e.g. error",
                                    ylabel: "second objective, e.g. time", names: ["first", "second"],
                                    label: "Points of two objectives" });
    const forget = () => Object.assign(shell.state, none());
    const row = shell.row("Points"), wishes = shell.row("Wishes", shell.near);
    shell.help("a point");
    core.select(row, { key: "shape", label: "Front", options: ["mixed", "convex", "concave"].map((s) => [s, s]),
                       on: (shape) => shell.restart(of(shape)) });
    core.button(row, "Add a point", () => {
      const { Y } = shell.state, uniform = math.random(Y.length);
      if (Y.length >= 26) return shell.set({}, "No more than 26 points.");
      forget();
      Y.push([uniform(), uniform()].map((u) => +(0.3 + 0.8 * u).toFixed(2)));
      shell.set({}, `Point ${letter(Y.length - 1)} added at ${Y.at(-1).map((v) => number(v)).join(", ")}.`);
    });
    core.button(row, "Remove all points", () => (forget(), shell.set({ Y: [] })));
    core.button(row, "Start again", () => shell.restart(of(shell.state.shape)));
    core.slider(wishes, { key: "weight", label: "Weight w₁ (w₂ = 1 − w₁)", min: 0, max: 1, step: 0.01 })
      .addEventListener("input", () => sweep(shell.state));
    core.toggle(row, { key: "area", label: "Area behind the points" });
    shell.key([["circle", "c-good", "not dominated"], ["circle", "c-quiet", "dominated, with its rank"],
               ["line", "c-model", "weighted sum: best line"], ["line", "c-second", "Chebyshev: best corner"],
               ["square", "c-model", "chosen by the sum"], ["diamond", "c-second", "chosen by Chebyshev"],
               ["triangle", "c-second", "(0, 0), where Chebyshev measures from"],
               ["area", "f-good", "dominated area"], ["square", "open", "r: reference of the area"]]);
    let ranks = [];
    const drawPoints = core.handles(plot, () => shell.state.Y.length, (i) => ({
      label: `Point ${letter(i)}`, at: () => shell.state.Y[i], step: [0.01, 0.01], more: () => `, rank ${ranks[i]}`,
      look: () => (ranks[i] ? ["circle", "c-quiet", 6] : ["circle", "c-good", 7]),
      on: (x, y) => (forget(), (shell.state.Y[i] = [x, y])),
      remove: () => (forget(), shell.state.Y.splice(i, 1)),
    }));
    const reference = core.handle(plot, {
      label: "Reference point", at: () => shell.state.reference, step: [0.01, 0.01], look: () => ["square", "open", 6],
      on: (x, y) => (shell.state.reference = [x, y]),
    });
    /* What weighted sum and Chebyshev choose: the first of the best, and whether others are as good. */
    const choose = (Y, w) => [math.weightedSum, math.chebyshev].map((rule) => {
      const scores = rule(Y, w, IDEAL), i = math.indexOfMin(scores);
      const ties = scores.filter((s) => s <= scores[i] + 1e-12).length;
      return { i, score: scores[i], alone: ties === 1, words: letter(i) + (ties > 1 ? ` (${ties} points tie)` : "") };
    });
    /* Note what wins alone at any weight from the last one to this: a quick hand misses none. */
    function sweep({ Y, weight, last = weight, reached, seen }) {
      const [low, high] = [last, weight].map((w) => Math.round(100 * w)).sort((a, b) => a - b);
      const note = ({ i, alone }, rule) => alone && reached[rule].add(i), all = [last, weight, ...(seen ?? [])];
      for (let k = low; k <= high; k++) choose(Y, [k / 100, 1 - k / 100]).forEach(note);
      Object.assign(shell.state, { last: weight, seen: [Math.min(...all), Math.max(...all)] });
    }
    function draw({ Y, weight: w1, reference: r, area, reached }) {
      const w = [w1, 1 - w1];
      ranks = math.ranks(Y);
      plot.begin();
      if (area) {
        const front = Y.filter((y, i) => !ranks[i] && y[0] < r[0] && y[1] < r[1]).sort((a, b) => a[0] - b[0]);
        const stairs = front.flatMap((y, k) => [[y[0], k ? front[k - 1][1] : r[1]], y]);
        if (front.length) stairs.push([r[0], front.at(-1)[1]], r);
        plot.line("area", stairs.map((c) => c[0]), stairs.map((c) => c[1]), "f-good", "Z");
      }
      let said = "No point is left: nothing is chosen, the area is 0.";
      if (Y.length) {
        const [sum, worst] = choose(Y, w), count = ranks.filter((v) => !v).length;
        sweep(shell.state);
        const [a, b] = Y[sum.i], corner = w.map((v) => (v > 0 ? worst.score / v : 9));
        plot.line("sum", [a - 3 * w[1], a + 3 * w[1]], [b + 3 * w[0], b - 3 * w[0]], "c-model");  // w·y = constant
        plot.line("chebyshev", [corner[0], corner[0], 0], [0, corner[1], corner[1]], "c-second");
        plot.mark("z", "triangle", IDEAL, "c-second", 10);
        plot.mark("sumwinner", "square", Y[sum.i], "c-model", 11);
        plot.mark("chebyshevwinner", "diamond", Y[worst.i], "c-second", 12);
        said = `At w₁ = ${number(w1)} the weighted sum chooses ${sum.words}, Chebyshev ${worst.words}. ` +
          (w1 % 1 ? "" : "A weight of 0 ignores an objective: what is best in the other may be poor in it. ") +
          `Chosen alone so far, for w₁ in ${[...new Set(shell.state.seen)].map((v) => number(v)).join("–")}: ` +
          `${reached[0].size} by the weighted sum, ${reached[1].size} by Chebyshev, of ${count} ` +
          `point${count > 1 ? "s" : ""} that nothing dominates. ${areaWords(Y, r)}`;
      }
      Y.forEach((y, i) => plot.text("name" + i, [y[0] + 0.025, y[1] + 0.025],
                                    letter(i) + (ranks[i] ? ` ${ranks[i]}` : ""), { class: "label" }));
      drawPoints();
      reference.draw();
      plot.end();
      shell.say(said);
    }
    function areaWords(Y, r) {
      const each = math.contributions(Y, r), most = math.indexOfMax(each);
      return `The area up to the reference is ${number(math.hypervolume(Y, r), 4)}` +
        (each[most] > 0 ? `; ${letter(most)} alone adds most, ${number(each[most])}.` : ".");
    }
    shell.redraw();
  });
})();
