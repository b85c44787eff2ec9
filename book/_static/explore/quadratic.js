/* Descent on a quadratic, in the units you were given and in the units you choose: the same walk, seen twice.
   options: kappa, degrees (of rotation), unit (of x2), pace (step times L), start, single (one drawing, no units). */
(() => {
  const { core, math } = globalThis.hpmath, { number } = core;
  const ROUND = math.linspace(0, 2 * Math.PI, 97), STEPS = 60, FAR = 60;  // beyond FAR a path is not drawn

  core.register("quadratic", (box, options) => {
    const given = { kappa: 10, degrees: 30, unit: 1, pace: 1, start: [-2.4, 1.6], ...options };
    const shell = core.shell(box, () => given, draw);
    const frame = { x: [-3, 3], y: [-3, 3], names: ["x₁", "x₂"], xlabel: "x₁", square: true };
    const left = core.plot(shell, { ...frame, ylabel: "x₂", label: "Levels and path in the units given" });
    const right = core.plot(shell, { ...frame, ylabel: "x₂ in your unit", label: "The same in the units you chose" });
    right.frame.hidden = Boolean(given.single);
    const walk = shell.row("Walk", shell.near), bowl = shell.row("Bowl");
    core.slider(walk, { key: "pace", label: "Step α, in units of 1/L", min: 0.05, max: 2.2, step: 0.01 });
    const unit = { key: "unit", label: "Your unit of x₂", min: 0.1, max: 10, step: 0.01, log: true };
    if (!given.single) core.slider(walk, unit);
    core.slider(bowl, { key: "kappa", label: "Condition number κ", min: 1, max: 100, step: 0.01, log: true });
    core.slider(bowl, { key: "degrees", label: "Rotation", min: 0, max: 90, step: 1, show: (v) => `${v}°` });
    core.button(bowl, "Start again", () => shell.restart());
    shell.key([["line", "c-quiet", "equal loss"], ["line", "c-best", `steepest descent, ${STEPS} steps of it`],
               ["star", "c-model", "minimum"], ["line", "c-guide", "straight to the minimum"]]);
    shell.help("the start", "");
    const start = core.handle(left, {
      label: "Start", at: () => shell.state.start, step: [0.05, 0.05], look: () => ["circle", "c-truth", 7],
      on: (x, y) => (shell.state.start = [x, y]),
    });
    function draw({ kappa, degrees, unit, pace, start: from }) {
      const angle = (degrees * Math.PI) / 180, H = math.hessian(kappa, angle), Hu = math.hessian(kappa, angle, unit);
      const { low, high } = math.eigen(Hu), step = pace / high, wide = 3 * Math.max(1, 1 / unit);
      const inUnits = [from[0], from[1] / unit], path = math.descend(Hu, inUnits, step, STEPS);
      const flown = path.findIndex(([x, y]) => Math.max(Math.abs(x), Math.abs(y * unit)) > FAR);
      const drawn = flown < 0 ? path : path.slice(0, flown + 1);
      right.limits({ x: [-wide, wide], y: [-wide, wide] });
      paint(left, H, from, drawn.map(([x, y]) => [x, y * unit]));
      paint(right, Hu, inUnits, drawn);
      start.draw();
      const walked = fate(math.eigen(Hu), inUnits, path, pace);
      if (Math.hypot(...from) < 1e-9) return shell.say("The start is the minimum: nothing to descend.");
      if (given.single) return shell.say(walked[0].toUpperCase() + walked.slice(1));
      const g = math.gradient(Hu, inUnits);
      const turn = Math.atan2(g[1] * unit, g[0]) - Math.atan2(from[1], from[0]);  // both point away from the minimum
      const miss = (Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) * 180) / Math.PI;
      shell.say(`In your units the condition number is ${number(high / low, 4)} (given: ${number(kappa)}). On the ` +
        `left the first step misses the way to the minimum by ${number(+miss.toFixed(1))}°. In your units: ${walked}`);
    }
    /* What becomes of the walk, in words: α = pace/L; the parts along the flat and the steep axis shrink by factors. */
    function fate({ low, high, angle }, from, path, pace) {
      const [flat, steep] = [1 - (pace * low) / high, 1 - pace].map(Math.abs), shrink = Math.max(flat, steep);
      const part = Math.abs(from[1] * Math.cos(angle) - from[0] * Math.sin(angle)), all = Math.hypot(...from);
      const said = `with α = ${number(pace)}/L `, two = high > low * (1 + 1e-9), tiny = two && part < 1e-9 * all;
      const what = two ? "the part along the steep axis" : "the distance";
      if (steep > 1 - 1e-9 && tiny) return said + "this start converges, since it has no part along the steep axis.";
      if (Math.abs(steep - 1) < 1e-9) return said + `it walks to and fro for ever, as ${what} stays what it is.`;
      if (steep > 1) {
        return said + `it runs away, since ${what} grows with every step: after ` +
          `${path.length - 1} steps the distance is ${number(Math.hypot(...path.at(-1)))}, at first ${number(all)}.`;
      }
      const steps = Math.max(1, Math.ceil(Math.log(1e-3) / Math.log(shrink)));
      const who = Math.abs(flat - steep) < 1e-9 ? "both axes alike" : flat > steep ? "the flat axis" : "the steep axis";
      return said + `${steps} step${steps > 1 ? "s are" : " is"} enough for a thousandth of the distance, from any ` +
        (shrink > 0.99 ? `start: each takes away at least ${number(100 * (1 - shrink), 2)} % of it` :
          `start: each leaves at most ${number(shrink)} of it`) + ` (what decides: ${who}).`;
    }
    function paint(plot, H, from, path) {
      const { low, high, angle } = math.eigen(H), f = math.value(H, from) || 1;
      const cos = Math.cos(angle), sin = Math.sin(angle);
      plot.begin();
      [1, 0.5, 0.2, 0.05].forEach((share, k) => {
        const a = Math.sqrt((2 * share * f) / low), b = Math.sqrt((2 * share * f) / high);
        plot.line("level" + k, ROUND.map((t) => a * Math.cos(t) * cos - b * Math.sin(t) * sin),
                  ROUND.map((t) => a * Math.cos(t) * sin + b * Math.sin(t) * cos), "c-quiet thin");
      });
      plot.line("straight", [from[0], 0], [from[1], 0], "c-guide");
      plot.line("path", path.map((p) => p[0]), path.map((p) => p[1]), "c-best");
      let last = from;
      path.forEach((p, k) => {  // dots, where they lie apart
        const apart = Math.hypot(p[0] - last[0], p[1] - last[1]) > plot.spec.x[1] / 25;
        if (apart) plot.mark("step" + k, "circle", (last = p), "c-best", 3);
      });
      plot.mark("start", "circle", from, "open", 5);
      plot.mark("minimum", "star", [0, 0], "c-model", 9);
      plot.end();
    }
    shell.redraw();
  });
})();
