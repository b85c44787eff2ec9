/* Descent on a quadratic, in the units you were given and in the units you choose: the same walk, seen twice.
   options: kappa, degrees (of rotation), unit (of x2), pace (step times L), start. */
(() => {
  const { core, math } = globalThis.hpmath, { number } = core;
  const ROUND = math.linspace(0, 2 * Math.PI, 97), STEPS = 60;

  core.register("quadratic", (box, options) => {
    const given = { kappa: 10, degrees: 30, unit: 1, pace: 1, start: [-2.4, 1.6], ...options };
    const shell = core.shell(box, () => given, draw);
    const frame = { x: [-3, 3], y: [-3, 3], names: ["x₁", "x₂"], xlabel: "x₁", square: true };
    const left = core.plot(shell, { ...frame, ylabel: "x₂", label: "Levels and path in the units given" });
    const right = core.plot(shell, { ...frame, ylabel: "x₂ in your unit", label: "The same in the units you chose" });
    const bowl = shell.row("Bowl"), walk = shell.row("Walk");
    core.slider(bowl, { key: "kappa", label: "Condition number κ", min: 1, max: 100, step: 0.01, log: true });
    core.slider(bowl, { key: "degrees", label: "Rotation", min: 0, max: 90, step: 1, show: (v) => `${v}°` });
    core.slider(walk, { key: "pace", label: "Step α, in units of 1/L", min: 0.05, max: 2.2, step: 0.01 });
    core.slider(walk, { key: "unit", label: "Your unit of x₂", min: 0.1, max: 10, step: 0.01, log: true });
    core.button(walk, "Start again", () => shell.restart());
    shell.key([["line", "c-quiet", "equal loss"], ["line", "c-best", "steepest descent"], ["star", "c-best", "minimum"],
               ["line", "c-guide", "straight to the minimum"]]);
    const start = core.handle(left, {
      label: "Start", at: () => shell.state.start, step: [0.05, 0.05], look: () => ["circle", "c-truth", 7],
      on: (x, y) => (shell.state.start = [x, y]),
    });

    function draw({ kappa, degrees, unit, pace, start: from }) {
      const angle = (degrees * Math.PI) / 180, H = math.hessian(kappa, angle), Hu = math.hessian(kappa, angle, unit);
      const { low, high } = math.eigen(Hu), step = pace / high, wide = 3 * Math.max(1, 1 / unit);
      const inUnits = [from[0], from[1] / unit], path = math.descend(Hu, inUnits, step, STEPS);
      right.limits({ x: [-wide, wide], y: [-wide, wide] });
      paint(left, H, from, path.map(([x, y]) => [x, y * unit]));
      paint(right, Hu, inUnits, path);
      start.draw();

      const shrink = math.factor(Hu, step), far = Math.hypot(...path.at(-1)), g = math.gradient(Hu, inUnits);
      const units = `Condition number ${number(kappa)}, in your units ${number(high / low, 4)}. `;
      if (Math.hypot(...from) < 1e-9) return shell.say(units + "The start is the minimum: nothing to descend.");
      const turn = Math.atan2(g[1] * unit, g[0]) - Math.atan2(from[1], from[0]);  // both point away from the minimum
      const miss = (Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) * 180) / Math.PI;
      const steps = Math.max(1, Math.ceil(Math.log(1e-3) / Math.log(shrink)));
      let fate = `beyond α = 2/L it runs away, here to a distance of ${number(far)} in ${path.length - 1} steps.`;
      if (Math.abs(shrink - 1) < 1e-9) fate = "at α = 2/L it walks to and fro for ever.";
      else if (shrink < 1) fate = `${steps} ${steps > 1 ? "steps are" : "step is"} enough for a thousandth of it.`;
      shell.say(units + `In the units given, the first step points ${number(miss, 2)}° beside the minimum. ` +
        `A step of α = ${number(step)} multiplies the distance in your units by at most ${number(shrink)}: ${fate}`);
    }

    function paint(plot, H, from, path) {
      const { low, high, angle } = math.eigen(H), f = math.value(H, from), cos = Math.cos(angle), sin = Math.sin(angle);
      plot.begin();
      [1, 0.5, 0.2, 0.05].forEach((share, k) => {
        const a = Math.sqrt((2 * share * f) / low), b = Math.sqrt((2 * share * f) / high);
        plot.line("level" + k, ROUND.map((t) => a * Math.cos(t) * cos - b * Math.sin(t) * sin),
                  ROUND.map((t) => a * Math.cos(t) * sin + b * Math.sin(t) * cos), "c-quiet thin");
      });
      plot.line("straight", [from[0], 0], [from[1], 0], "c-guide");
      plot.line("path", path.map((p) => p[0]), path.map((p) => p[1]), "c-best");
      path.slice(1, 25).forEach((p, k) => plot.mark("step" + k, "circle", p, "c-best", 3));
      plot.mark("start", "circle", from, "c-truth", 5);
      plot.mark("minimum", "star", [0, 0], "c-best", 9);
      plot.end();
    }
    shell.redraw();
  });
})();
