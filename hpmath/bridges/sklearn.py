"""How do you search with a model of the scores where you would have written ``RandomizedSearchCV``?

`SearchCV` is one more ``BaseSearchCV`` of scikit-learn: cross-validation, refitting, ``cv_results_``, metadata, cloning
are scikit-learn's own. Ours is who proposes the next candidate, and a log from which a killed search goes on. Start
reading at `SearchCV._run_search`, where the loop is; ``_cross_validation`` has what a search remembers while it runs.

Used on the page *At work with scikit-learn*; the searchers are those of chapters 13 to 23.

Symbols: n candidates, each a configuration and its scores on k folds. scikit-learn maximises scores; the searcher is
told minus their mean, a Study's value.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from hpmath._log import Log
from hpmath.searchers import Searcher
from hpmath.space import Config

try:
    from sklearn.base import is_classifier
    from sklearn.model_selection import check_cv
    from sklearn.model_selection._search import BaseSearchCV
    from sklearn.utils import indexable
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("SearchCV needs scikit-learn: pip install hpmath[sklearn]", name=error.name) from error

from hpmath.bridges._cross_validation import Run, as_path, is_all_failed

__all__ = ["SearchCV"]


class SearchCV(BaseSearchCV):  # type: ignore[misc,unused-ignore]
    """Search for an estimator's hyperparameters by cross-validation, with any searcher of this package.

    It stands in for ``RandomizedSearchCV``: the same arguments, the same ``cv_results_``, to be cloned, pickled, nested
    and put into pipelines as that is.

    Parameters
    ----------
    estimator : estimator
        What is tuned: an estimator or a Pipeline.
    param_distributions : dict or Space
        Where to search: lists, frozen distributions of ``scipy.stats``, this package's distributions, by the name of
        the parameter (``"svc__C"`` in a Pipeline). A `Space` has conditions and constraints too; a candidate leaves out
        what is inactive, so that the estimator's own value stands. With a searcher as ``method`` it may be None.
    method : str, Searcher or its class
        ``"tpe"``, ``"bo"``, ``"random"``, ``"sobol"``, ``"grid"``, ``"nsga2"`` ... or a searcher with settings of its
        own; it is copied.
    n_iter : int
        How many candidates there are in the end, failed ones and those of the log included. A space with fewer
        candidates is tried out whole.
    scoring : str, callable, list, tuple, dict or None
        As in ``RandomizedSearchCV``. Of several metrics the search follows the one that ``refit`` names. If it names
        none (False, or a callable that chooses), all are objectives and the search looks for their front; so it does
        with ``"nsga2"`` whatever ``refit`` is.
    n_jobs : int or None
        Fits at a time. Candidates are proposed one by one, or ``ceil(n_jobs / n_splits)`` at a time if one
        candidate's folds don't keep all jobs busy. Methods that learn nothing propose all at once (without a log).
    refit : bool, str or callable
        As in ``RandomizedSearchCV``.
    cv : int, splitter, iterable or None
        As in ``RandomizedSearchCV``. It splits once: all candidates meet the same folds.
    verbose, pre_dispatch, return_train_score
        As in ``RandomizedSearchCV``.
    random_state : int, RandomState, Generator or None
        Seed of a method given by name. None: drawn, or with a log the one it holds.
    error_score : "raise" or number
        The score of a fit that raises. A candidate whose mean score is NaN, or of which every fit raised, has failed:
        it is kept in ``cv_results_``, not proposed again, and the search goes on.
    log : path or None
        A file of JSON lines, one for each candidate. If it is there, its candidates are not fitted again, failed ones
        neither, and the search goes on from them. Only if it holds all ``n_iter`` is one of them fitted again, the
        quickest: scikit-learn needs a result of today to make its tables, and if it scores otherwise a warning says
        so. To try failed candidates again delete the file, or its lines from the first failure on. With the same
        ``random_state`` and ``n_jobs``, and an int as the splitter's, all scores equal those of a search that was never
        stopped. `Study.load` reads it. Functions and classes of your own are known again by their code, those of
        installed packages by name.

    Attributes
    ----------
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, refit_time_, multimetric_
        As in ``RandomizedSearchCV``.
    study_ : Study
        The candidates as trials, for this package's figures; a value is minus a mean score. Its ``searcher`` has what
        was learned.

    Raises
    ------
    TypeError
        If ``param_distributions`` or ``log`` is of a wrong type.
    ValueError
        From ``fit``: if the method is unknown, ``n_iter`` below 1, the space impossible, the method can't follow
        several metrics and ``refit`` names none, the log is of another search, data or splits, or every fit failed.
    RuntimeError
        If another search uses the log.

    Warns
    -----
    FitFailedWarning
        If fits of some candidates failed.
    UserWarning
        If ``n_iter`` is more than there are candidates, or less than a grid has; if no candidate has a score; if a
        tuple of two numbers may be meant as a range; if a complete log's candidate scores otherwise today.

    Notes
    -----
    A candidate that comes again is not fitted again: its scores stand.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from hpmath.bridges.sklearn import SearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = SearchCV(SVC(), space, method="tpe", n_iter=25, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.97), len(search.cv_results_["params"]), len(search.study_.trials)
    (True, 25, 25)
    """

    _parameter_constraints: dict[str, Any] = {  # noqa: RUF012  (scikit-learn's way to declare them)
        **BaseSearchCV._parameter_constraints,
        **dict.fromkeys(("param_distributions", "method", "n_iter", "random_state", "log"), "no_validation"),
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        method: str | Searcher = "tpe",
        n_iter: int = 50,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        log: str | os.PathLike[str] | None = None,
    ) -> None:
        self.param_distributions = param_distributions
        self.method = method
        self.n_iter = n_iter
        self.random_state = random_state
        self.log = log
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )

    def fit(self, X: Any, y: Any = None, **params: Any) -> SearchCV:
        """Search, and refit the estimator with the best candidate.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or whatever the estimator takes
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
        **params
            Passed to the estimator, the splitter (``groups``) and the scorer, as in ``RandomizedSearchCV``.

        Returns
        -------
        SearchCV
            Itself.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.linear_model import Ridge
        >>> from hpmath import LogUniform
        >>> from hpmath.bridges.sklearn import SearchCV
        >>> X, y = load_diabetes(return_X_y=True)
        >>> search = SearchCV(Ridge(), {"alpha": LogUniform(1e-4, 1e2)}, method="sobol", n_iter=16, random_state=0)
        >>> round(float(search.fit(X, y).best_score_), 3)
        0.482
        """
        with ExitStack() as stack:
            log = None if self.log is None else stack.enter_context(Log(as_path(self.log)))
            table, target = indexable(X, y)
            self._run = Run(self, log, table, target, params)
            try:
                super().fit(X, y, **params)
            finally:
                del self._run
        return self

    def _run_search(self, evaluate_candidates: Callable[..., Any], *, callback_ctx: Any = None) -> None:
        """Ask, cross-validate, tell."""
        run = self._run
        run.begin(self._splits())
        splits = check_cv(run.splits)
        with _subcontext(self, callback_ctx, "search", None) as context:

            def evaluate(configs: list[Config]) -> None:
                n_fits = len(configs) * run.n_splits
                with _subcontext(self, context.get("callback_ctx"), "batch", n_fits) as inner:
                    evaluate_candidates(configs, cv=splits, **inner)

            while configs := run.ask():
                started, new = time.time(), run.unknown(configs)
                try:
                    if new:
                        evaluate(new)
                except ValueError as error:  # scikit-learn forgets a batch of which every fit failed
                    if self.error_score == "raise" or not is_all_failed(error):
                        raise
                    run.take_failures(new, error, time.time() - started)
                run.tell(configs, started)

            run.finish()
            if not run.n_taken:  # all came from the log, but scikit-learn needs one result to look at
                run.recording = False
                evaluate([run.quickest()])
        run.results.update(super()._format_results(run.configs, run.n_splits, run.all_folds(), {}))
        run.look()
        self.study_ = run.study()

    def _splits(self) -> list[Any]:
        """Split once, so that all candidates meet the same folds, and today's those of yesterday's log."""
        X, y, params = self._run.data
        cv = getattr(self, "_checked_cv_orig", None)  # which scikit-learn keeps from version 1.8 on
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator)) if cv is None else cv
        splits = list(cv.split(X, y, **self._get_routed_params_for_fit(params).splitter.split))
        if not splits:
            raise ValueError(
                f"cv must give splits (a generator gives them once: make it a list), got none of {self.cv!r}"
            )
        return splits

    def _format_results(self, candidate_params: Any, n_splits: int, out: Any, more_results: Any = None) -> Any:
        """Hand what was just evaluated to the run. The table is made once, at the end, else its cost is quadratic."""
        run = self._run
        for i in range(run.n_taken, len(candidate_params)):
            run.take(candidate_params[i], out[i * n_splits : (i + 1) * n_splits])
        run.n_taken = len(candidate_params)
        return run.results

    def __getstate__(self) -> Any:
        state = super().__getstate__()  # workers get a copy of the search while it runs: without the open log
        return {name: value for name, value in state.items() if name != "_run"}


@contextmanager
def _subcontext(search: SearchCV, parent: Any, name: str, n_fits: int | None) -> Iterator[dict[str, Any]]:
    """The argument by which scikit-learn's callbacks hear of a part of the search; none before version 1.9."""
    if parent is None:
        yield {}
        return
    context = parent.subcontext(task_name=name, max_subtasks=n_fits, sequential_subtasks=n_fits is None)
    context.call_on_fit_task_begin(estimator=search)
    try:
        yield {"callback_ctx": context}
    finally:
        context.call_on_fit_task_end(estimator=search)
