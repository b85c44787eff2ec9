"""How do trials get into an Optuna study, and out of one? Used by `Study.to_optuna` and `Study.from_optuna`.

Start reading at `_as_optuna`: which of Optuna's distributions stands for which of ours, and what is lost. Optuna's
choices are None, booleans, numbers and strings, and it takes 1 for True; where that does not do, strings stand in.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hpmath._trial import Trial
from hpmath.distributions import Categorical, Distribution, Integer, LogUniform, Uniform
from hpmath.space import Config, Space

__all__ = ["CONSTRAINTS", "bring_in", "constraints_of", "export"]

CONSTRAINTS = "constraints"  # where Optuna keeps them: a list, or since version 5 a key each
_EXTRA = "hpmath:extra"  # what a searcher added to a configuration, such as a fidelity


def export(trials: Sequence[Trial], space: Space, n_objectives: int, options: Mapping[str, Any]) -> Any:
    """Make an Optuna study of our trials, in the order of their numbers."""
    optuna = _optuna()
    names = {name: _names(dist) for name, dist in space.distributions.items()}
    known = {name: _as_optuna(optuna.distributions, dist, names[name]) for name, dist in space.distributions.items()}
    study = optuna.create_study(**{"directions": ["minimize"] * n_objectives, **options})
    for trial in sorted(trials, key=lambda trial: trial.number):
        complete = trial.state == "complete"
        params = {name: _stored(trial.config[name], space[name], names[name]) for name in space if name in trial.config}
        extra = {name: value for name, value in trial.config.items() if name not in space}
        frozen = optuna.trial.create_trial(
            state=optuna.trial.TrialState.COMPLETE if complete else optuna.trial.TrialState.FAIL,
            values=list(trial.values) if complete else None,
            params=params,
            distributions={name: known[name] for name in params},
            user_attrs={"error": trial.error} if trial.error else {},
            system_attrs={_EXTRA: extra} if extra else {},
        )
        if trial.started is not None:
            frozen.datetime_start = datetime.fromtimestamp(trial.started)
            frozen.datetime_complete = frozen.datetime_start + timedelta(seconds=trial.seconds)
        study.add_trial(frozen)
    return study


def bring_in(study: Any, space: Space | None) -> tuple[Space | None, int, list[Trial]]:
    """Return the space, the number of objectives, and the finished trials in the order in which they ended."""
    optuna = _optuna()
    states = optuna.trial.TrialState
    finished = study.get_trials(deepcopy=False, states=(states.COMPLETE, states.FAIL, states.PRUNED))
    signs = [-1.0 if direction == optuna.study.StudyDirection.MAXIMIZE else 1.0 for direction in study.directions]
    names = {name: _names(dist) for name, dist in space.distributions.items()} if space is not None else {}
    trials, n_infeasible = [], 0
    for trial in finished:
        config = {**trial.params, **trial.system_attrs.get(_EXTRA, {})}
        if space is not None:
            config = _in_space(config, space, names, trial.number)
        complete = trial.state == states.COMPLETE
        values = [sign * value for sign, value in zip(signs, trial.values, strict=True)] if complete else None
        if values is not None and not all(map(math.isfinite, values)):
            values = None
        broken = _broken(trial) if values is not None else None
        if broken is not None:
            values, n_infeasible = None, n_infeasible + 1
        error = (
            broken or trial.user_attrs.get("error") or trial.system_attrs.get("fail_reason") or trial.state.name.lower()
        )
        start, end = trial.datetime_start, trial.datetime_complete
        trials.append(
            Trial(
                number=trial.number,
                config=config,
                values=tuple(values) if values else (math.nan,) * len(signs),
                state="complete" if values else "failed",
                seconds=(end - start).total_seconds() if start and end else math.nan,
                error=None if values else str(error),
                started=start.timestamp() if start else None,
            )
        )
    if n_infeasible:
        warnings.warn(
            f"{n_infeasible} of {len(trials)} trials break a constraint: they count as failed, their error says which",
            stacklevel=3,
        )
    trials.sort(key=lambda trial: (trial.started or 0.0) + (trial.seconds if trial.seconds >= 0 else 0.0))
    return space if space is not None else _space(finished), len(signs), trials


def constraints_of(trial: Any) -> dict[str, float]:
    """The constraints of a trial of Optuna's by name, met where at most 0."""
    attrs = trial.system_attrs
    if not attrs:
        return {}
    found = {str(i): limit for i, limit in enumerate(attrs.get(CONSTRAINTS) or ())}
    prefix = f"{CONSTRAINTS}:"
    return found | {key.removeprefix(prefix): limit for key, limit in attrs.items() if key.startswith(prefix)}


def _broken(trial: Any) -> str | None:
    """Which constraints a trial does not meet, as a sentence; None if it meets all."""
    broken = [
        f"{f'constraint {name}' if name.isdigit() else name} = {limit:.4g} > 0"
        for name, limit in constraints_of(trial).items()
        if limit > 0
    ]
    return f"infeasible: {', '.join(broken)}" if broken else None


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("Optuna is needed here: pip install optuna", name="optuna") from error
    return optuna


def _names(dist: Distribution) -> list[Any] | None:
    """What Optuna stores for each choice: the choice itself, or if it can't tell them apart a string."""
    if dist.kind != "categorical":
        return None
    choices = list(dist.values or ())
    plain = all(choice is None or isinstance(choice, (bool, int, float, str)) for choice in choices)
    if plain and len(set(choices)) == len(choices):
        return choices
    texts = [repr(choice) for choice in choices]
    return [text if texts.count(text) == 1 else f"{text} #{i}" for i, text in enumerate(texts)]


def _stored(value: Any, dist: Distribution, names: list[Any] | None) -> Any:
    code = dist._code(value)
    return code if names is None or code is None else names[int(code)]


def _as_optuna(kinds: Any, dist: Distribution, names: list[Any] | None) -> Any:
    if names is not None:
        return kinds.CategoricalDistribution(names)
    low, high = dist.from_unit([0.0, 1.0])  # finite ends
    if dist.kind == "integer":
        return kinds.IntDistribution(low, high, log=isinstance(dist, Integer) and dist.log)
    return kinds.FloatDistribution(low, high, log=isinstance(dist, LogUniform))


def _in_space(config: Config, space: Space, names: Mapping[str, list[Any] | None], number: int) -> Config:
    found = {}
    for name, value in config.items():
        known = names.get(name)
        if known is not None and space[name]._code(value) is None and value in known:
            value = list(space[name].values or ())[known.index(value)]
        found[name] = value
    extra = {name: value for name, value in found.items() if name not in space}
    try:
        return {**space.canonical({name: value for name, value in found.items() if name in space}), **extra}
    except ValueError as error:
        raise ValueError(f"trial {number} does not fit the space: {error}") from None


def _space(trials: Sequence[Any]) -> Space | None:
    """The smallest space that holds the ranges of all trials."""
    merged: dict[str, Distribution] = {}
    for trial in trials:
        for name, dist in trial.distributions.items():
            merged[name] = _widest(merged.get(name), _as_ours(dist))
    return Space(merged) if merged else None


def _as_ours(dist: Any) -> Distribution:
    if hasattr(dist, "choices"):
        return Categorical(list(dist.choices))
    if isinstance(dist.low, int):
        return Integer(dist.low, dist.high, log=dist.log)
    if dist.low == dist.high:
        return Categorical([dist.low])
    return LogUniform(dist.low, dist.high) if dist.log else Uniform(dist.low, dist.high)


def _widest(a: Distribution | None, b: Distribution) -> Distribution:
    if a is None or a == b:
        return b
    if isinstance(a, Categorical) or isinstance(b, Categorical):
        values = {repr(value): value for dist in (a, b) for value in (dist.values or dist.from_unit([0.0, 1.0]))}
        return Categorical(list(values.values()))
    (low, high), (lower, higher) = a.from_unit([0.0, 1.0]), b.from_unit([0.0, 1.0])
    low, high = min(low, lower), max(high, higher)
    if isinstance(a, Integer):
        return Integer(low, high, log=a.log)
    return LogUniform(low, high) if isinstance(a, LogUniform) else Uniform(low, high)
