/* The mathematics of the figures that move, and nothing else: no page, no chance but by seed.
   Loads in a browser as a classic script (globalThis.hpmath.math) and in Node with require().
   Same formulas and letters as the Python modules named beside each part; tests/test_explore_math.py holds them
   to the package's numbers to 1e-9. Matrices are Float64Arrays, row after row. Smaller values are better. */
(() => {
  const hpmath = (globalThis.hpmath ||= {});
  // --- chance: a small generator with a seed (mulberry32), and normal numbers from it (Box and Muller) ---
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  function normals(n, seed) {
    const uniform = random(seed);
    return Float64Array.from({ length: n }, () =>
      Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
  }

  const linspace = (low, high, n) => Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
  const indexOfMax = (values) => values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
  const indexOfMin = (values) => indexOfMax(Array.from(values, (v) => -v));

  // --- the normal distribution (hpmath/_normal.py) ---
  const LOG_SQRT_TAU = Math.log(2 * Math.PI) / 2;
  const pdf = (z) => Math.exp((-z * z) / 2 - LOG_SQRT_TAU);
  /* For t >= 0: Mills' ratio (1 - Φ(t))/φ(t), and G₁(t) = 1 - t Mills(t), which loses no digit far out:
     a series near 0, Laplace's continued fraction beyond 2 (Abramowitz & Stegun 26.2.11 and 26.2.14). */
  function tail(t) {
    if (t === Infinity) return { mills: 0, g1: 0 };
    if (t < 2) {
      let term = t, sum = t;
      for (let k = 3; Math.abs(term) > 1e-17 * sum; k += 2) sum += term *= (t * t) / k;
      const mills = 0.5 / pdf(t) - sum;
      return { mills, g1: 1 - t * mills };
    }
    let r = t;
    for (let k = 90; k > 1; k--) r = t + k / r;
    return { mills: r / (t * r + 1), g1: 1 / (t * r + 1) };
  }

  function cdf(z) {
    const below = pdf(z) * tail(Math.abs(z)).mills;
    return z < 0 ? below : 1 - below;
  }

  // --- acquisition functions (hpmath/acquisition.py); larger is better, `best` is the incumbent's value ---
  const standardised = (gain, std) => (std > 0 ? gain / std : gain === 0 ? 0 : Math.sign(gain) * Infinity);
  const acquisition = {
    ei(mean, std, best) {
      const gain = best - mean, z = standardised(gain, std);
      return Math.max(gain, 0) + std * pdf(z) * tail(Math.abs(z)).g1;
    },
    log_ei(mean, std, best) {
      const z = standardised(best - mean, std);
      if (!(z < -1)) return Math.log(acquisition.ei(mean, std, best));
      return Math.log(std) + Math.log(tail(-z).g1) - (z * z) / 2 - LOG_SQRT_TAU;
    },
    pi: (mean, std, best) => (std > 0 ? cdf((best - mean) / std) : Number(best > mean)),
    lcb: (mean, std, best, beta = 2) => beta * std - mean,
  };

  // --- Gaussian process in one dimension (hpmath/kernels.py, hpmath/gaussian_process.py) ---
  const kernels = {  // of r, the distance in length scales; variance one
    rbf: (r) => Math.exp((-r * r) / 2),
    matern52: (r) => (1 + Math.sqrt(5) * r + (5 / 3) * r * r) * Math.exp(-Math.sqrt(5) * r),
    matern32: (r) => (1 + Math.sqrt(3) * r) * Math.exp(-Math.sqrt(3) * r),
    matern12: (r) => Math.exp(-r),
  };
  const JITTERS = [0, 1e-10, 1e-8, 1e-6];  // of the variance, tried in turn, as in the package
  /* Lower factor of A + jitter I (n × n), or null where that is not positive definite. */
  function cholesky(A, n, jitter = 0) {
    const L = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let s = A[i * n + j] + (i === j ? jitter : 0);
        for (let k = 0; k < j; k++) s -= L[i * n + k] * L[j * n + k];
        if (i === j && !(s > 0)) return null;
        L[i * n + j] = i === j ? Math.sqrt(s) : s / L[j * n + j];
      }
    }
    return L;
  }
  /* L⁻¹ B for B of n rows and m columns. */
  function solveLower(L, n, B, m) {
    const V = Float64Array.from(B);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) {
        const l = L[i * n + k];
        for (let c = 0; c < m; c++) V[i * m + c] -= l * V[k * m + c];
      }
      for (let c = 0; c < m; c++) V[i * m + c] /= L[i * n + i];
    }
    return V;
  }
  /* L⁻ᵀ b. */
  function solveUpper(L, n, b) {
    const x = Float64Array.from(b);
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] -= L[k * n + i] * x[k];
      x[i] /= L[i * n + i];
    }
    return x;
  }
  /* Rasmussen & Williams (2006), Algorithm 2.1, with mean zero; no trials leave the prior. */
  function gaussianProcess({ kernel = "rbf", lengthScale = 1, variance = 1, noise = 0 }, X, y) {
    const n = X.length, profile = kernels[kernel];
    const k = (a, b) => variance * profile(Math.abs(a - b) / lengthScale);
    const matrix = (A, B) => {
      const K = new Float64Array(A.length * B.length);
      A.forEach((a, i) => B.forEach((b, j) => (K[i * B.length + j] = k(a, b))));
      return K;
    };
    const K = matrix(X, X);
    let jitter, L = null, least = Infinity;  // least pivot, in variances: rounding makes what is below 1e-10
    for (jitter of JITTERS) if ((L = cholesky(K, n, noise + jitter * variance))) break;  // line 2
    const half = solveLower(L, n, y, 1), alpha = solveUpper(L, n, half);  // line 3
    let logLikelihood = -n * LOG_SQRT_TAU;  // line 7
    for (let i = 0; i < n; i++) {
      logLikelihood -= half[i] ** 2 / 2 + Math.log(L[i * n + i]);
      least = Math.min(least, L[i * n + i] ** 2 / variance);
    }
    /* Means and standard deviations at m points; with `base` (s × m normal numbers) also s paths through them. */
    function predict(points, base) {
      const m = points.length, Ks = matrix(X, points), V = solveLower(L, n, Ks, m);
      const mean = new Float64Array(m), left = new Float64Array(m).fill(variance);
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < m; c++) {
          mean[c] += alpha[i] * Ks[i * m + c];  // line 4
          left[c] -= V[i * m + c] ** 2;  // line 6
        }
      }
      const std = left.map((v) => Math.sqrt(Math.max(v, 0)));
      return base ? { mean, std, paths: draw(points, mean, V, base) } : { mean, std };
    }
    function draw(points, mean, V, base) {
      const m = points.length, cov = matrix(points, points);
      for (let i = 0; i < n; i++) {
        for (let a = 0; a < m; a++) {
          const v = V[i * m + a];
          for (let b = 0; b <= a; b++) cov[a * m + b] -= v * V[i * m + b];  // the factor reads this half only
        }
      }
      let C = null;  // paths that are known at a trial leave the covariance singular: some jitter is always needed
      for (let share = 1e-9; !C; share *= 10) C = cholesky(cov, m, share * variance);
      return linspace(0, base.length / m - 1, base.length / m).map((s) => {
        const path = Float64Array.from(mean);
        for (let a = 0; a < m; a++) for (let b = 0; b <= a; b++) path[a] += C[a * m + b] * base[s * m + b];
        return path;
      });
    }

    return { logLikelihood, jitter: jitter * variance, singular: jitter > 0 || least < 1e-10, alpha, predict };
  }

  // --- Parzen densities on the unit interval and the unit cube, relative to the prior (hpmath/parzen.py) ---
  /* Bandwidth of one column of numbers in [0, 1]: a number as it is, or a rule; d numbers share a kernel. */
  function bandwidth(u, rule, d = 1, floor = 0.7) {
    const n = u.length;
    if (typeof rule === "number") return u.map(() => rule);
    if (n === 0) return [];
    const least = Math.max(floor / (n + 2), 1e-6), sorted = u.slice().sort((a, b) => a - b);
    const clip = (h) => Math.min(Math.max(h, least), 1);
    if (rule === "neighbours") {
      if (n === 1) return [clip(Math.max(u[0], 1 - u[0]))];
      const order = u.map((_, i) => i).sort((a, b) => u[a] - u[b] || a - b), h = [];
      order.forEach((i, k) => (h[i] = clip(Math.max(k ? sorted[k] - sorted[k - 1] : 0,
                                                    k < n - 1 ? sorted[k + 1] - sorted[k] : 0))));
      return h;
    }
    const mean = u.reduce((s, v) => s + v, 0) / n;
    const std = Math.sqrt(u.reduce((s, v) => s + (v - mean) ** 2, 0) / n);
    const quantile = (q) => {
      const at = q * (n - 1), i = Math.floor(at);
      return sorted[i] + (at - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]);
    };
    const robust = (quantile(0.75) - quantile(0.25)) / 1.349;
    return u.map(() => clip((robust > 0 ? Math.min(std, robust) : std) * n ** (-1 / (d + 4))));
  }
  /* A normal kernel of centre c and width h, cut at 0 and 1. */
  const kernelMass = (c, h) => cdf((1 - c) / h) - cdf(-c / h);
  const cutNormal = (u, c, h, mass) => pdf((u - c) / h) / (h * mass);
  /* Density of n points in the unit cube, as a function of a point: product kernels that share their component
     (joint), or the product of the marginals. The prior, flat at 1, counts as `priorWeight` observations. */
  function parzen(points, { joint = true, rule = "scott", floor = 0.7, priorWeight = 1 } = {}) {
    const n = points.length, d = n ? points[0].length : 0, total = n + priorWeight;
    const columns = Array.from({ length: d }, (_, j) => points.map((p) => p[j]));
    const widths = columns.map((u) => bandwidth(u, rule, joint ? d : 1, floor));
    const masses = columns.map((u, j) => u.map((c, i) => kernelMass(c, widths[j][i])));
    const kernel = (u, i, j) => cutNormal(u, columns[j][i], widths[j][i], masses[j][i]);
    const mixture = (of) => points.reduce((sum, _, i) => sum + of(i) / total, priorWeight / total);
    const density = (u) => {
      if (joint) return mixture((i) => u.reduce((product, v, j) => product * kernel(v, i, j), 1));
      return u.reduce((product, v, j) => (d ? product * mixture((i) => kernel(v, i, j)) : product), 1);
    };
    return { density, bandwidths: widths };
  }
  /* Which of the values are good: the best ⌈γ n⌉, at least one and not all; ties go to the first. */
  function split(values, gamma) {
    const n = values.length, count = Math.min(Math.max(Math.ceil(gamma * n - 1e-12), 1), Math.max(n - 1, 0));
    const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
    const good = new Set(order.slice(0, count));
    return values.map((_, i) => good.has(i));
  }

  // --- two objectives, smaller is better (hpmath/pareto.py, hypervolume.py, scalarization.py) ---
  const dominates = (a, b) => a.every((v, j) => v <= b[j]) && a.some((v, j) => v < b[j]);
  /* Rank of each point: 0 on the front, 1 on the front of the rest, and so on. */
  function ranks(Y) {
    const rank = Y.map(() => -1);
    for (let level = 0; rank.includes(-1); level++) {
      const left = Y.map((_, i) => i).filter((i) => rank[i] === -1);
      left.filter((i) => !left.some((k) => dominates(Y[k], Y[i]))).forEach((i) => (rank[i] = level));
    }
    return rank;
  }
  /* Area between the points and the reference: strips side by side, each as high as the lowest point to its left. */
  function hypervolume(Y, reference) {
    const inside = Y.filter((y) => y[0] < reference[0] && y[1] < reference[1]).sort((a, b) => a[0] - b[0]);
    let lowest = reference[1];
    return inside.reduce((area, [x, y], i) => {
      lowest = Math.min(lowest, y);
      return area + ((inside[i + 1] ?? reference)[0] - x) * (reference[1] - lowest);
    }, 0);
  }

  const contributions = (Y, reference) =>
    Y.map((_, i) => hypervolume(Y, reference) - hypervolume(Y.filter((_, k) => k !== i), reference));

  const weightedSum = (Y, w) => Y.map((y) => w[0] * y[0] + w[1] * y[1]);
  const chebyshev = (Y, w, z) => Y.map((y) => Math.max(w[0] * (y[0] - z[0]), w[1] * (y[1] - z[1])));

  // --- descent on a quadratic (hpmath/objectives.py, hpmath/descent.py) ---
  /* Hessian [a, b, c] for [[a, b], [b, c]] with eigenvalues 1 and κ, turned by an angle in radians, and with its
     second coordinate measured in a unit `scale` times as long: S H S. */
  function hessian(kappa, angle, scale = 1) {
    const cos = Math.cos(angle), sin = Math.sin(angle);
    return [cos * cos + kappa * sin * sin, (1 - kappa) * cos * sin * scale,
            (sin * sin + kappa * cos * cos) * scale * scale];
  }
  /* Eigenvalues, smallest first, and the angle of the first's eigenvector. */
  function eigen([a, b, c]) {
    const middle = (a + c) / 2, away = Math.hypot((a - c) / 2, b), high = middle + away;
    return { low: (a * c - b * b) / high, high, angle: away === 0 ? 0 : Math.atan2(2 * b, a - c) / 2 + Math.PI / 2 };
  }

  const value = ([a, b, c], [x, y]) => (a * x * x + 2 * b * x * y + c * y * y) / 2;
  const gradient = ([a, b, c], [x, y]) => [a * x + b * y, b * x + c * y];
  /* Gradient descent with a fixed step; stops at a gradient below the tolerance, or where numbers end. */
  function descend(H, start, step, nSteps = 100, tolerance = 1e-8) {
    const path = [start.slice()];
    while (path.length <= nSteps) {
      const x = path[path.length - 1], g = gradient(H, x);
      if (Math.hypot(...g) <= tolerance) break;
      const next = [x[0] - step * g[0], x[1] - step * g[1]];
      if (!Number.isFinite(value(H, next))) break;
      path.push(next);
    }
    return path;
  }
  /* By what the distance to the minimum shrinks, or grows, a step at worst: max |1 - α λ|. */
  function factor(H, step) {
    const { low, high } = eigen(H);
    return Math.max(Math.abs(1 - step * low), Math.abs(1 - step * high));
  }

  hpmath.math = {
    random, normals, linspace, indexOfMax, indexOfMin, pdf, cdf, tail, acquisition, kernels, cholesky, gaussianProcess,
    bandwidth, parzen, split, dominates, ranks, hypervolume, contributions, weightedSum, chebyshev,
    hessian, eigen, value, gradient, descend, factor,
  };
  if (typeof module !== "undefined") module.exports = hpmath.math;
})();
