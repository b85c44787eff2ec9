"""The mathematics of hyperparameter tuning, executable.

Every public name lives here: ``hpmath.gradient``, ``hpmath.Space``. The modules are for reading, from the ground floor
up: ``calculus``, ``distributions``, ``space``, ``searchers/sampling``. Each name is loaded when it is first used, so
``import hpmath`` costs next to nothing.
"""

import sys as _sys
from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING
from typing import Any as _Any

__version__ = "0.1.0"

_MODULES: dict[str, list[str]] = {
    "dual": ["Dual"],
    "calculus": ["classify_critical_point", "directional_derivative", "gradient", "hessian", "jacobian"],
    "descent": ["Descent", "gradient_descent", "momentum", "newton"],
    "linalg": [
        "ActiveSubspace",
        "PowerIteration",
        "active_subspace",
        "cholesky",
        "cholesky_append",
        "log_determinant",
        "lu",
        "power_iteration",
        "solve_cholesky",
    ],
    "pca": ["PCA"],
    "stats": ["Interval", "bootstrap_interval", "t_interval"],
    "information": [
        "PermutationTest",
        "Split",
        "best_split",
        "cross_entropy",
        "differential_entropy",
        "entropy",
        "gaussian_entropy",
        "gaussian_kl",
        "information_gain",
        "kl_divergence",
        "mutual_information",
        "mutual_information_histogram",
        "mutual_information_knn",
        "permutation_test",
        "variance_reduction",
    ],
    "pareto": [
        "crowding_distance",
        "dominates",
        "epsilon_indicator",
        "expected_front_size",
        "inverted_generational_distance",
        "non_dominated_mask",
        "non_dominated_sort",
    ],
    "hypervolume": ["hypervolume", "hypervolume_contributions"],
    "scalarization": ["augmented_chebyshev", "chebyshev", "epsilon_constraint", "knee_point", "weighted_sum"],
    "distributions": ["Categorical", "Distribution", "Integer", "LogUniform", "Normal", "Uniform"],
    "space": ["Space"],
    "objectives": [
        "Objective",
        "ackley",
        "branin",
        "hartmann",
        "quadratic",
        "rastrigin",
        "rosenbrock",
        "xor_optimum",
    ],
    "multiobjective": ["MultiObjective", "dtlz2", "zdt"],
    "losses": [
        "coupled_log_loss",
        "fit_temperature",
        "generalised_ridge_diabetes",
        "kernel_ridge_diabetes",
        "recorded",
        "svm_digits",
        "svm_map",
    ],
    "tables": ["Table", "table_objective"],
    "kernels": ["RBF", "Constant", "Kernel", "Matern12", "Matern32", "Matern52", "White"],
    "warping": ["KumaraswamyWarp"],
    "gaussian_process": ["GaussianProcess"],
    "acquisition": [
        "batch_expected_improvement",
        "expected_hypervolume_improvement",
        "expected_improvement",
        "feasibility",
        "log_expected_improvement",
        "lower_confidence_bound",
        "max_value_entropy_search",
        "probability_of_improvement",
        "sample_minima",
        "thompson_sample",
    ],
    "parzen": ["ParzenEstimator"],
    "searchers": [
        "NSGA2",
        "TPE",
        "BayesianOptimization",
        "GridSearch",
        "QuasiRandomSearch",
        "RandomSearch",
        "Searcher",
    ],
    "study": ["Study", "Trace", "Trial", "minimize"],
    "derivation": ["Derivation", "DerivationReport", "WrongStep"],
    "teaching": ["check", "glue", "hint"],
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}
_SUBMODULES = {*_MODULES, "exercises", "plotting"}

_NEEDS = {"derivation": "sympy", "plotting": "matplotlib"}  # what is not among the package's own dependencies

# `from hpmath import *` asks for names that can be had; the others still say what they need when they are asked for
__all__ = sorted(name for name, module in _HOME.items() if module not in _NEEDS or _find_spec(_NEEDS[module]))


def __getattr__(name: str) -> _Any:
    home = _HOME.get(name, name if name in _SUBMODULES else "")
    if home in _NEEDS and not _find_spec(_NEEDS[home]):
        raise ModuleNotFoundError(f"hpmath.{name} needs {_NEEDS[home]}: pip install {_NEEDS[home]}")
    if name in _HOME:
        value = getattr(_import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return _import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'hpmath' has no attribute {name!r}; its public names are in hpmath.__all__")


class _Package(_ModuleType):
    """Lets ``hpmath.hypervolume`` be the function even after the module of the same name has been imported."""

    def __setattr__(self, name: str, value: _Any) -> None:
        if not (name in _HOME and isinstance(value, _ModuleType)):
            super().__setattr__(name, value)


_sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})


if TYPE_CHECKING:
    from hpmath.acquisition import batch_expected_improvement as batch_expected_improvement
    from hpmath.acquisition import expected_hypervolume_improvement as expected_hypervolume_improvement
    from hpmath.acquisition import expected_improvement as expected_improvement
    from hpmath.acquisition import feasibility as feasibility
    from hpmath.acquisition import log_expected_improvement as log_expected_improvement
    from hpmath.acquisition import lower_confidence_bound as lower_confidence_bound
    from hpmath.acquisition import max_value_entropy_search as max_value_entropy_search
    from hpmath.acquisition import probability_of_improvement as probability_of_improvement
    from hpmath.acquisition import sample_minima as sample_minima
    from hpmath.acquisition import thompson_sample as thompson_sample
    from hpmath.calculus import classify_critical_point as classify_critical_point
    from hpmath.calculus import directional_derivative as directional_derivative
    from hpmath.calculus import gradient as gradient
    from hpmath.calculus import hessian as hessian
    from hpmath.calculus import jacobian as jacobian
    from hpmath.derivation import Derivation as Derivation
    from hpmath.derivation import DerivationReport as DerivationReport
    from hpmath.derivation import WrongStep as WrongStep
    from hpmath.descent import Descent as Descent
    from hpmath.descent import gradient_descent as gradient_descent
    from hpmath.descent import momentum as momentum
    from hpmath.descent import newton as newton
    from hpmath.distributions import Categorical as Categorical
    from hpmath.distributions import Distribution as Distribution
    from hpmath.distributions import Integer as Integer
    from hpmath.distributions import LogUniform as LogUniform
    from hpmath.distributions import Normal as Normal
    from hpmath.distributions import Uniform as Uniform
    from hpmath.dual import Dual as Dual
    from hpmath.gaussian_process import GaussianProcess as GaussianProcess
    from hpmath.hypervolume import hypervolume as hypervolume
    from hpmath.hypervolume import hypervolume_contributions as hypervolume_contributions
    from hpmath.information import PermutationTest as PermutationTest
    from hpmath.information import Split as Split
    from hpmath.information import best_split as best_split
    from hpmath.information import cross_entropy as cross_entropy
    from hpmath.information import differential_entropy as differential_entropy
    from hpmath.information import entropy as entropy
    from hpmath.information import gaussian_entropy as gaussian_entropy
    from hpmath.information import gaussian_kl as gaussian_kl
    from hpmath.information import information_gain as information_gain
    from hpmath.information import kl_divergence as kl_divergence
    from hpmath.information import mutual_information as mutual_information
    from hpmath.information import mutual_information_histogram as mutual_information_histogram
    from hpmath.information import mutual_information_knn as mutual_information_knn
    from hpmath.information import permutation_test as permutation_test
    from hpmath.information import variance_reduction as variance_reduction
    from hpmath.kernels import RBF as RBF
    from hpmath.kernels import Constant as Constant
    from hpmath.kernels import Kernel as Kernel
    from hpmath.kernels import Matern12 as Matern12
    from hpmath.kernels import Matern32 as Matern32
    from hpmath.kernels import Matern52 as Matern52
    from hpmath.kernels import White as White
    from hpmath.linalg import ActiveSubspace as ActiveSubspace
    from hpmath.linalg import PowerIteration as PowerIteration
    from hpmath.linalg import active_subspace as active_subspace
    from hpmath.linalg import cholesky as cholesky
    from hpmath.linalg import cholesky_append as cholesky_append
    from hpmath.linalg import log_determinant as log_determinant
    from hpmath.linalg import lu as lu
    from hpmath.linalg import power_iteration as power_iteration
    from hpmath.linalg import solve_cholesky as solve_cholesky
    from hpmath.losses import coupled_log_loss as coupled_log_loss
    from hpmath.losses import fit_temperature as fit_temperature
    from hpmath.losses import generalised_ridge_diabetes as generalised_ridge_diabetes
    from hpmath.losses import kernel_ridge_diabetes as kernel_ridge_diabetes
    from hpmath.losses import recorded as recorded
    from hpmath.losses import svm_digits as svm_digits
    from hpmath.losses import svm_map as svm_map
    from hpmath.multiobjective import MultiObjective as MultiObjective
    from hpmath.multiobjective import dtlz2 as dtlz2
    from hpmath.multiobjective import zdt as zdt
    from hpmath.objectives import Objective as Objective
    from hpmath.objectives import ackley as ackley
    from hpmath.objectives import branin as branin
    from hpmath.objectives import hartmann as hartmann
    from hpmath.objectives import quadratic as quadratic
    from hpmath.objectives import rastrigin as rastrigin
    from hpmath.objectives import rosenbrock as rosenbrock
    from hpmath.objectives import xor_optimum as xor_optimum
    from hpmath.pareto import crowding_distance as crowding_distance
    from hpmath.pareto import dominates as dominates
    from hpmath.pareto import epsilon_indicator as epsilon_indicator
    from hpmath.pareto import expected_front_size as expected_front_size
    from hpmath.pareto import inverted_generational_distance as inverted_generational_distance
    from hpmath.pareto import non_dominated_mask as non_dominated_mask
    from hpmath.pareto import non_dominated_sort as non_dominated_sort
    from hpmath.parzen import ParzenEstimator as ParzenEstimator
    from hpmath.pca import PCA as PCA
    from hpmath.scalarization import augmented_chebyshev as augmented_chebyshev
    from hpmath.scalarization import chebyshev as chebyshev
    from hpmath.scalarization import epsilon_constraint as epsilon_constraint
    from hpmath.scalarization import knee_point as knee_point
    from hpmath.scalarization import weighted_sum as weighted_sum
    from hpmath.searchers import NSGA2 as NSGA2
    from hpmath.searchers import TPE as TPE
    from hpmath.searchers import BayesianOptimization as BayesianOptimization
    from hpmath.searchers import GridSearch as GridSearch
    from hpmath.searchers import QuasiRandomSearch as QuasiRandomSearch
    from hpmath.searchers import RandomSearch as RandomSearch
    from hpmath.searchers import Searcher as Searcher
    from hpmath.space import Space as Space
    from hpmath.stats import Interval as Interval
    from hpmath.stats import bootstrap_interval as bootstrap_interval
    from hpmath.stats import t_interval as t_interval
    from hpmath.study import Study as Study
    from hpmath.study import Trace as Trace
    from hpmath.study import Trial as Trial
    from hpmath.study import minimize as minimize
    from hpmath.tables import Table as Table
    from hpmath.tables import table_objective as table_objective
    from hpmath.teaching import check as check
    from hpmath.teaching import glue as glue
    from hpmath.teaching import hint as hint
    from hpmath.warping import KumaraswamyWarp as KumaraswamyWarp
