/* Gaussian process and acquisition: what do the trials say, and where next? With a game against EI.
   options: X, y (the trials at the start), kernel, lengthScale, noise (a standard deviation), acquisition, beta. */
(() => {
  const { core, math } = globalThis.hpmath, { number } = core;
  const GRID = math.linspace(0, 1, 201), PATHS = 5, ROUNDS = 10, TRUE_SCALE = 0.15;
  const NAMES = { ei: "EI", log_ei: "log EI", pi: "PI", lcb: "LCB" };
  const KERNELS = [["rbf", "RBF"], ["matern52", "Matérn-5/2"], ["matern32", "Matérn-3/2"], ["matern12", "Matérn-1/2"]];
  const START = { X: [0.1, 0.35, 0.5, 0.9], y: [0.8, -0.6, -0.2, 1.1], kernel: "matern52", lengthScale: 0.2,
                  noise: 0.05, acquisition: "ei", beta: 2, seed: 1, probe: 0.7, game: null, note: "", paths: 7 };

  /* A function that nobody has seen: a sum of cosines with normal frequencies, close to a draw from an RBF process. */
  function hidden(seed) {
    const z = math.normals(60, seed), uniform = math.random(seed + 1);
    const waves = math.linspace(0, 29, 30).map((i) => [z[2 * i] / TRUE_SCALE, 2 * Math.PI * uniform()]);
    const f = (x) => waves.reduce((sum, [w, phase]) => sum + Math.cos(w * x + phase), 0) * Math.sqrt(2 / waves.length);
    return { f, minimum: Math.min(...math.linspace(0, 1, 2001).map(f)) };
  }

  /* Where an acquisition is largest on the grid; the incumbent is the lowest posterior mean at a trial. */
  function suggest(model, X, rule, beta, at = model.predict(GRID)) {
    const best = X.length ? Math.min(...model.predict(X).mean) : 0;
    const value = Array.from(at.mean, (m, i) => math.acquisition[rule](m, at.std[i], best, beta));
    const place = math.indexOfMax(value), flat = value.every((v) => Math.abs(v - value[place]) < 1e-12);
    return { best, value, x: GRID[place], flat };
  }

  core.register("gp", (box, options) => {
    const given = { ...START, ...options };
    let state, seed = given.seed;
    const fresh = () => ({ ...given, X: given.X.slice(), y: given.y.slice() });
    state = fresh();
    let secret = hidden(seed);

    const shell = core.shell(box, draw);
    const main = core.plot(shell, { x: [0, 1], y: [-3, 3], xlabel: "hyperparameter x", ylabel: "loss", aspect: 0.5,
                                    least: 230, label: "Trials, and what the Gaussian process says between them" });
    const below = core.plot(shell, { x: [0, 1], y: [0, 1], xlabel: "hyperparameter x", ylabel: "", aspect: 0.24,
                                     label: "The acquisition function, or in the game the regret" });
    const set = (change, note = "") => {
      Object.assign(state, change, { note });
      shell.redraw();
    };

    const model = shell.row("Model");
    const kernel = core.select(model, { label: "Kernel", options: KERNELS, value: state.kernel,
                                        on: (v) => set({ kernel: v }) });
    const scale = core.slider(model, { label: "Length scale ℓ", min: 0.02, max: 1, step: 0.005, log: true,
                                       value: state.lengthScale, on: (v) => set({ lengthScale: v }) });
    const noise = core.slider(model, { label: "Noise σₙ", min: 0, max: 0.5, step: 0.01, value: state.noise,
                                       on: (v) => set({ noise: v }) });
    const next = shell.row("Next trial");
    const rule = core.select(next, { label: "Acquisition", options: Object.entries(NAMES), value: state.acquisition,
                                     on: (v) => set({ acquisition: v }) });
    const beta = core.slider(next, { label: "β of LCB", min: 0, max: 5, step: 0.05, value: state.beta,
                                     on: (v) => set({ beta: v }) });
    const take = core.button(next, { label: "Take the suggested point", on: () => add(now.suggested.x) });
    core.button(next, { label: "Evaluate at the probe", on: () => add(state.probe) });
    const more = shell.row("Show");
    const paths = core.toggle(more, { label: "Sample paths", value: true, on: () => set({}) });
    const truth = core.toggle(more, { label: "Hidden function", value: false, on: () => set({}) });
    core.button(more, { label: "Other paths", on: () => set({ base: null, paths: state.paths + 1 }, "Other paths.") });
    core.button(more, { label: "Remove all trials", on: () => set({ X: [], y: [], game: null }) });
    core.button(more, { label: "Start again", on: () => restart(null) });
    core.button(more, { label: "Play against EI", on: () => play() });

    function restart(game) {
      state = Object.assign(fresh(), game);
      kernel.set(state.kernel);
      scale.set(state.lengthScale);
      noise.set(state.noise);
      rule.set(state.acquisition);
      beta.set(state.beta);
      truth.set(false);
      shell.redraw();
    }

    function add(x) {
      const { game } = state;
      if (game?.mine.length > ROUNDS) return set({}, "The game is over.");
      if (!game && state.X.length >= 40) return set({}, "Forty trials are enough for one picture.");
      state.X.push(x);
      state.y.push(secret.f(x));
      if (game) {
        game.X.push(opponent(game));
        game.y.push(secret.f(game.X.at(-1)));
        game.mine.push(Math.min(...state.y) - secret.minimum);
        game.theirs.push(Math.min(...game.y) - secret.minimum);
      }
      set({}, `The function is ${number(secret.f(x))} at ${number(x)}.`);
    }

    /* Both start from the same two trials of a new function; EI knows the kernel that it was made with. */
    function play() {
      secret = hidden((seed += 2));
      const X = [0.25, 0.75], y = X.map(secret.f), regret = Math.min(...y) - secret.minimum;
      restart({ X, y, kernel: "rbf", lengthScale: TRUE_SCALE, noise: 0,
                game: { X: X.slice(), y: y.slice(), mine: [regret], theirs: [regret] } });
    }
    const opponent = ({ X, y }) =>
      suggest(math.gaussianProcess({ lengthScale: TRUE_SCALE, noise: 1e-6 }, X, y), X, "ei").x;

    shell.key([["circle", "c-truth", "trials"], ["star", "c-best", "lowest of them"], ["triangle", "c-probe", "probe"],
               ["line", "c-model", "posterior mean"], ["area", "f-model", "± 2 standard deviations"],
               ["line", "c-path", "sample paths"]]);
    let now = {};
    const trials = [];
    const trial = (i) => ({
      at: () => [state.X[i], state.y[i]],
      step: state.game ? [0, 0] : [0.01, 0.06],
      look: () => (state.game ? ["circle", "c-truth", 5] : ["circle", "c-truth movable", 6]),
      label: () => `Trial ${i + 1}`,
      text: () => `x ${number(state.X[i])}, loss ${number(state.y[i])}`,
      on(x, y, outside) {
        if (state.game) return;
        state.X[i] = x;
        state.y[i] = y;
        set({}, outside ? "A trial stays in the frame: x from 0 to 1, loss from −3 to 3." : "");
      },
      remove() {
        if (state.game) return;
        state.X.splice(i, 1);
        state.y.splice(i, 1);
        set({}, "One trial removed.");
      },
    });
    const probe = core.handle(main, {
      at: () => [state.probe, main.spec.y[0]], step: [0.005, 0], look: () => ["triangle", "c-probe", 9],
      label: () => "Probe", text: () => `x ${number(state.probe)}`,
      on: (x, _, outside) => set({ probe: x }, outside ? "The probe stays between 0 and 1." : ""),
    });

    function draw() {
      const { X, y, game } = state;
      const gp = math.gaussianProcess({ ...state, noise: state.noise ** 2 }, X, y);
      state.base ??= math.normals(PATHS * GRID.length, state.paths);
      const at = gp.predict(GRID, paths.input.checked ? state.base : null), here = gp.predict([state.probe]);
      now = { gp, at, here, suggested: suggest(gp, X, state.acquisition, state.beta, at) };
      const side = (k) => at.mean.map((m, i) => m + k * at.std[i]);

      main.begin();
      main.band("band", GRID, side(-2), side(2), "f-model");
      (at.paths ?? []).forEach((path, k) => main.line("path" + k, GRID, path, "c-path"));
      const over = game && game.mine.length > ROUNDS;
      if (truth.input.checked || over) main.line("truth", GRID, GRID.map(secret.f), "c-truth");
      main.line("mean", GRID, at.mean, "c-model");
      main.line("probe", [state.probe, state.probe], main.spec.y, "c-guide");
      if (over) game.X.slice(2).forEach((x, k) => main.mark("ei" + k, "diamond", [x, game.y[k + 2]], "c-second", 5));
      if (!game && X.length) {
        const i = math.indexOfMin(y);
        main.mark("best", "star", [X[i], y[i]], "c-best", 11);
      }
      core.handles(main, trials, X.length, trial);
      probe.draw();
      main.end();
      game ? drawGame(game) : drawAcquisition(now.suggested);
      beta.input.disabled = state.acquisition !== "lcb" || Boolean(game);
      take.disabled = Boolean(game);
      rule.input.disabled = Boolean(game);
      shell.say(words(now));
    }

    function drawAcquisition({ value, x }) {
      const finite = value.filter(Number.isFinite), high = Math.max(...finite, -1e300);
      const floor = { log_ei: high - 30, lcb: Math.min(...finite), ei: 0, pi: 0 }, low = floor[state.acquisition];
      const room = (high - low || 1) * 0.08;
      below.limits({ x: [0, 1], y: [low - room, high + room], xticks: undefined, xlabel: "hyperparameter x",
                     yticks: [low, high].map((v) => [v, number(v, 2)]), ylabel: NAMES[state.acquisition] });
      below.begin();
      below.line("acquisition", GRID, value.map((v) => Math.max(v, low - room)), "c-second");
      below.line("suggested", [x, x], [low - room, high + room], "c-best dashed");
      below.end();
    }

    function drawGame({ mine, theirs }) {
      const high = Math.max(mine[0], 0.1) * 1.1, count = math.linspace(0, ROUNDS, ROUNDS + 1);
      below.limits({ x: [0, ROUNDS], y: [0, high], xlabel: "trials after the start", ylabel: "regret",
                     xticks: count.map((t) => [t, String(t)]), yticks: undefined });
      below.begin();
      below.line("mine", mine.map((_, t) => t), mine, "c-truth");
      below.line("theirs", theirs.map((_, t) => t), theirs, "c-second");
      mine.forEach((v, t) => below.mark("mine" + t, "circle", [t, v], "c-truth", 4));
      theirs.forEach((v, t) => below.mark("theirs" + t, "diamond", [t, v], "c-second", 4));
      below.text("you", [ROUNDS, high], "● you   ◆ EI", { "text-anchor": "end", class: "label" });
      below.end();
    }

    function words({ gp, here, suggested }) {
      const { X, game, note } = state, said = note ? [note] : [];
      said.push(`The posterior at ${number(state.probe)} is ${number(here.mean[0], 2)} ± ${number(here.std[0], 2)}.`);
      if (game) {
        const t = game.mine.length - 1, mine = number(game.mine[t], 2), theirs = number(game.theirs[t], 2);
        said.push(`After ${t} of ${ROUNDS} trials your regret is ${mine}, that of EI ${theirs}.`);
        if (t === ROUNDS) said.push("The line is the function, diamonds are the trials of EI. Play again for another.");
        if (t === 0) said.push("Move the probe to where you want to evaluate, then press “Evaluate at the probe”.");
      } else {
        const name = NAMES[state.acquisition];
        said.push(suggested.flat ? `${name} is the same everywhere.` : `${name} suggests ${number(suggested.x)}.`);
        said.push(`Log likelihood ${number(gp.logLikelihood, 4)}.`);
      }
      if (!X.length) said.push("No trial is left: this is the prior.");
      if (gp.jitter > 0) said.push("Trials so close together allow no factor without noise: a little was added " +
        `(variance ${number(gp.jitter, 1)}). Where they disagree, no smooth function passes through both.`);
      return said.join(" ");
    }
  });
})();
