/* Gaussian process and acquisition: what do the trials say, and where next? With a game against EI.
   options: X, y (the trials at the start), kernel, lengthScale, noise (a standard deviation), rule, beta, probe. */
(() => {
  const { core, math } = globalThis.hpmath, { number } = core;
  const GRID = math.linspace(0, 1, 201), PATHS = 5, ROUNDS = 10, TRUE_SCALE = 0.09, AXES = { lcb: "βσ − μ" };
  const GAMES = [3, 13, 31, 47, 63, 25, 67, 39, 7, 65];  // seeds of functions whose minimum takes some finding
  const NAMES = { fit: "none: how ℓ fits", ei: "EI", log_ei: "log EI", pi: "PI", lcb: "LCB" };
  const KERNELS = { rbf: "RBF", matern52: "Matérn-5/2", matern32: "Matérn-3/2", matern12: "Matérn-1/2" };
  const BASE = math.normals(PATHS * GRID.length, 7);  // what the sample paths are made of
  const SCALES = math.linspace(Math.log10(0.02), 0, 120), FLOOR = 1e-4;  // of ℓ, log10; of a regret that can be drawn
  const START = { X: [0.1, 0.35, 0.5, 0.9], y: [0.8, -0.6, -0.2, 1.1], kernel: "matern52", lengthScale: 0.2,
                  noise: 0.05, rule: "ei", beta: 2, probe: 0.7, paths: true, truth: false, game: null };
  /* A function that nobody has seen: a sum of cosines with normal frequencies, close to a draw from an RBF process,
     bent by a posterior mean so that it goes through the trials there are (Matheron's rule). */
  function hidden(seed, X = [], y = []) {
    const z = math.normals(60, seed), uniform = math.random(seed + 1);
    const waves = math.linspace(0, 29, 30).map((i) => [z[2 * i] / TRUE_SCALE, 2 * Math.PI * uniform()]);
    const draw = (x) => waves.reduce((sum, [w, phase]) => sum + Math.cos(w * x + phase), 0) * Math.sqrt(1 / 15);
    const bend = math.gaussianProcess({ lengthScale: TRUE_SCALE, noise: 1e-6 }, X, y.map((v, i) => v - draw(X[i])));
    const f = (x) => draw(x) + bend.predict([x]).mean[0];
    return { f, minimum: Math.min(...math.linspace(0, 1, 2001).map(f)) };
  }
  /* Where an acquisition is largest on the grid; the incumbent is the lowest posterior mean at a trial. */
  function suggest(model, X, rule, beta, at = model.predict(GRID)) {
    const best = X.length ? Math.min(...model.predict(X).mean) : 0;
    const value = Array.from(at.mean, (m, i) => math.acquisition[rule](m, at.std[i], best, beta));
    const place = math.indexOfMax(value), same = (v) => v === value[place] || Math.abs(v - value[place]) < 1e-12;
    return { value, x: GRID[place], open: !value.every(same) };  // open: it prefers something
  }

  core.register("gp", (box, options) => {
    const given = { ...START, ...options };
    let games = 0, secret, suggested = {};
    const begin = () => (secret = hidden(1, given.X, given.y));
    const shell = core.shell(box, () => ({ ...given, X: given.X.slice(), y: given.y.slice() }), draw);
    const main = core.plot(shell, { x: [0, 1], y: [-3, 3], xlabel: "hyperparameter x", ylabel: "loss", aspect: 0.5,
                                    least: 230, names: ["x", "loss"], label: "Trials, and what a model says of them" });
    const below = core.plot(shell, { x: [0, 1], y: [0, 1], xlabel: "hyperparameter x", ylabel: "", aspect: 0.24,
                                     label: "The acquisition function or, in the game, the regret" });
    // What the question is about stands next to the drawing.
    const fits = given.rule === "fit", next = shell.row("Next trial", fits ? undefined : shell.near);
    const model = shell.row("Model", fits ? shell.near : undefined), more = shell.row("Show");
    core.slider(model, { key: "lengthScale", label: "Length scale ℓ", min: 0.02, max: 1, step: 0.005, log: true });
    core.select(model, { key: "kernel", label: "Kernel", options: Object.entries(KERNELS) });
    core.slider(model, { key: "noise", label: "Noise σₙ", min: 0, max: 0.5, step: 0.01 });
    const rule = core.select(next, { key: "rule", label: "Acquisition", options: Object.entries(NAMES) });
    const beta = core.slider(next, { key: "beta", label: "β of LCB", min: 0, max: 5, step: 0.05 });
    const take = core.button(next, "Take the suggested point", () => add(suggested.x));
    const evaluate = core.button(next, "Evaluate at the probe", () => add(shell.state.probe));
    core.toggle(more, { key: "paths", label: "Sample paths" });
    const truth = core.toggle(more, { key: "truth", label: "Hidden function" });
    core.button(more, "Remove all trials", () => {
      if (!shell.state.game) return shell.set({ X: [], y: [] });
      begin();
      shell.restart({ X: [], y: [], note: "The game is left." });
    });
    core.button(more, "Start again", () => (begin(), shell.restart()));
    const again = core.button(more, "Play against EI", play);
    const legend = (game, seen) => shell.key([
      ["circle", "c-truth", "trials"], ["star", "c-best", "lowest of them"], ["triangle", "c-truth", "probe"],
      ["line", "c-model", "posterior mean"], ["area", "f-model", "± 2 standard deviations"],
      ["line", "c-path", "sample paths"], ...(seen ? [["line", "c-truth", "hidden function"]] : []),
      ...(game ? [["diamond", "c-second", "EI"]] : suggested.open ? [["line", "c-best dashed", "suggested"]] : [])]);
    /* Evaluate the hidden function; in the game EI takes its turn at once. */
    function add(x) {
      const { X, y, game } = shell.state, loss = secret.f(x);
      if (game?.mine.length > ROUNDS) return shell.set({});
      if (X.length >= 40) return shell.set({}, "Forty trials are enough for one picture.");
      [X, y].forEach((list, k) => list.push([x, loss][k]));
      if (game) {
        const theirs = math.gaussianProcess({ lengthScale: TRUE_SCALE, noise: 1e-6 }, game.X, game.y);
        game.X.push(suggest(theirs, game.X, "ei").x);
        game.y.push(secret.f(game.X.at(-1)));
        game.mine.push(Math.min(...y) - secret.minimum);
        game.theirs.push(Math.min(...game.y) - secret.minimum);
      }
      shell.set({}, `The function is ${number(loss)} at ${number(x)}.`);
    }
    /* Both start from the same two trials of a new function; EI knows the kernel that it was made with. */
    function play() {
      secret = hidden(GAMES[games++ % GAMES.length]);
      const X = [0.25, 0.75], y = X.map(secret.f), regret = Math.min(...y) - secret.minimum;
      const game = { X: X.slice(), y: y.slice(), mine: [regret], theirs: [regret] };
      shell.restart({ X, y, kernel: "rbf", lengthScale: TRUE_SCALE, noise: 0.01, game });
      probe.group.focus({ preventScroll: true });
    }
    const drawTrials = core.handles(main, () => shell.state.X.length, (i) => ({
      label: `Trial ${i + 1}`, at: () => [shell.state.X[i], shell.state.y[i]], step: [0.01, 0.06],
      look: () => ["circle", "c-truth", 6],
      fixed: () => shell.state.game && `In the game trial ${i + 1} stays as it is.`,
      on: (x, y) => ([shell.state.X[i], shell.state.y[i]] = [x, y]),
      remove: () => [shell.state.X, shell.state.y].forEach((list) => list.splice(i, 1)),
    }));
    const probe = core.handle(main, {
      label: "Probe", at: () => [shell.state.probe, main.spec.y[0]], step: [0.005, 0],
      look: () => ["triangle", "c-truth", 9], on: (x) => (shell.state.probe = x), enter: () => add(shell.state.probe),
    });
    function draw(state) {
      const { X, y, game } = state, over = game?.mine.length > ROUNDS;
      const gp = math.gaussianProcess({ ...state, noise: state.noise ** 2 }, X, y);
      const at = gp.predict(GRID, state.paths ? BASE : null);
      const side = (k) => at.mean.map((m, i) => m + k * at.std[i]), beyond = at.mean.some((m) => Math.abs(m) > 3);
      suggested = state.rule === "fit" ? {} : suggest(gp, X, state.rule, state.beta, at);
      main.begin();
      main.band("band", GRID, side(-2), side(2), "f-model");
      at.paths?.forEach((path, k) => main.line("path" + k, GRID, path, "c-path"));
      if (game ? over : state.truth) main.line("truth", GRID, GRID.map(secret.f), "c-truth");
      main.line("mean", GRID, at.mean, "c-model");
      main.line("probe", [state.probe, state.probe], main.spec.y, "c-guide");
      if (!game && suggested.open) main.line("next", [suggested.x, suggested.x], main.spec.y, "c-best dashed");
      if (over) game.X.slice(2).forEach((x, k) => main.mark("ei" + k, "diamond", [x, game.y[k + 2]], "c-second", 5));
      if (X.length) main.mark("best", "star", [X[math.indexOfMin(y)], Math.min(...y)], "c-best", 11);
      drawTrials();
      probe.draw();
      main.end();
      below.begin();
      game ? drawGame(game) : state.rule === "fit" ? drawFit(state, gp) : drawAcquisition(state.rule, suggested);
      below.end();
      beta.disabled = state.rule !== "lcb" || Boolean(game);
      truth.disabled = rule.disabled = Boolean(game);
      if (over && document.activeElement === evaluate) again.focus();
      [take.disabled, evaluate.disabled] = [Boolean(game) || !suggested.open, Boolean(over)];
      legend(game, game ? over : state.truth);
      game ? shell.help("the triangle", "; Enter evaluates there") :
        shell.help("a point", "; Delete removes a trial, Enter evaluates at the probe");
      shell.say(words(state, gp) + (beyond ? " The mean runs out of the frame." : ""));
    }
    /* The log likelihood along ℓ, for the kernel and the noise that are chosen. */
    function drawFit({ X, y, kernel, lengthScale, noise }, gp) {
      const of = (lengthScale) => math.gaussianProcess({ kernel, lengthScale, noise: noise ** 2 }, X, y);
      const models = SCALES.map((s) => of(10 ** s)), fits = models.map((m) => (m.singular ? NaN : m.logLikelihood));
      const finite = fits.filter(Number.isFinite), high = finite.length ? Math.max(...finite) : 0;
      const seen = SCALES.flatMap((s, i) => (fits[i] > high - 25 ? [i] : []));
      below.limits({ x: [SCALES[0], 0], y: [high - 12, high + 2], xlabel: "length scale ℓ", ylabel: "log likelihood",
                     xticks: [0.02, 0.05, 0.1, 0.2, 0.5, 1].map((v) => [Math.log10(v), v]), yticks: undefined });
      below.line("fit", seen.map((i) => SCALES[i]), seen.map((i) => fits[i]), "c-model");
      const here = [Math.log10(lengthScale), gp.logLikelihood];
      if (!gp.singular && here[1] > high - 12) below.mark("here", "circle", here, "c-truth", 5);
      else if (!gp.singular) below.text("here", here, `${number(here[1], 4)} ↓`, { "text-anchor": "middle" });
    }
    function drawAcquisition(name, { value, x, open }) {
      const finite = value.filter(Number.isFinite), high = finite.length ? Math.max(...finite) : 0;
      const low = { log_ei: high - 30, lcb: Math.min(...finite), ei: 0, pi: 0 }[name], room = (high - low || 1) * 0.08;
      below.limits({ x: [0, 1], y: [low - room, high + room], xticks: undefined, xlabel: "hyperparameter x",
                     yticks: [low, high].map((v) => [v, number(v, 2)]), ylabel: AXES[name] ?? NAMES[name] });
      below.line("acquisition", GRID, value.map((v) => Math.max(v, low - room)), "c-second");
      if (open) below.line("suggested", [x, x], below.spec.y, "c-best dashed");
    }
    function drawGame(game) {
      const count = math.linspace(0, ROUNDS, ROUNDS + 1), log = (v) => Math.log10(Math.max(v, FLOOR));
      below.limits({ x: [-0.3, ROUNDS + 0.3], y: [log(FLOOR) - 0.3, Math.max(log(game.mine[0]), -1) + 0.4],
                     xlabel: "trials after the start", ylabel: "regret", xticks: count.map((t) => [t, String(t)]),
                     yticks: ["≤ 1e−4", 0.001, 0.01, 0.1, 1].map((v, i) => [i - 4, v]) });
      for (const [who, mark, style, size] of [["theirs", "diamond", "c-second", 6], ["mine", "circle", "c-truth", 4]]) {
        below.line(who, game[who].map((_, t) => t), game[who].map(log), style);
        game[who].forEach((v, t) => below.mark(who + t, mark, [t, log(v)], style, size));
      }
    }
    function words({ X, game, probe: x, rule: name, kernel, lengthScale, beta }, gp) {
      const here = gp.predict([x]), [mean, std] = [here.mean[0], here.std[0]].map((v) => number(v, 2));
      const posterior = `At ${number(x)} the posterior has mean ${mean}, standard deviation ${std}.`;
      const fit = `${KERNELS[kernel]}, ℓ = ${number(lengthScale)}: log likelihood ${number(gp.logLikelihood, 4)}.`;
      const said = game ? [posterior] : gp.singular ? [] : [fit];
      if (game) {
        const t = game.mine.length - 1, [me, it] = [game.mine, game.theirs].map((of) => number(of[t], 2));
        const won = me === it ? "A draw" : game.mine[t] < game.theirs[t] ? "You won" : "EI won";
        said.push(t < ROUNDS ? `After ${t} of ${ROUNDS} trials your regret is ${me}, that of EI ${it}.` :
          `After ${t} of ${ROUNDS} trials: ${won}, with a regret of ${me} for you and ${it} for EI. The minimum is ` +
          `${number(secret.minimum)}; the line is the function, diamonds are the trials of EI, at ` +
          `${game.X.slice(2).map((v) => number(v)).join(", ")}. “Play against EI” brings another function.`);
        if (t === 0) said.push("Regret: your lowest value minus the function's minimum; it tells you, not EI, how " +
          "low that lies. Both models have the RBF kernel and the function's ℓ = 0.09. Move the probe, press Enter.");
      } else {
        if (name !== "fit") said.unshift(`${NAMES[name]}${name === "lcb" ? ` with β = ${number(beta)}` : ""} ` +
          (suggested.open ? `suggests ${number(suggested.x)}.` : "is the same everywhere."));
        said.push(X.length ? posterior : `No trial is left: this is the prior. ${posterior}`);
      }
      if (gp.singular) said.push("Without noise the trials are too close together to compute with" + (gp.jitter > 0 ?
        `: a variance of ${number(gp.jitter, 1)} was added.` : ", the last digits are rounding.") +
        " There is no likelihood, and where they disagree no function passes through both.");
      return said.join(" ");
    }
    begin();
    shell.redraw();
  });
})();
