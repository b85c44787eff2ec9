"""How do you search? One interface, one file a family.

`Searcher` says what all can do (``_base``); ``sampling`` has those that learn nothing: grid, random, quasi-random;
``nsga2`` breeds a population towards a whole front; ``tpe`` models the good trials and the bad.
"""

from hpmath.searchers._base import Searcher
from hpmath.searchers.bayesopt import BayesianOptimization
from hpmath.searchers.nsga2 import NSGA2
from hpmath.searchers.sampling import GridSearch, QuasiRandomSearch, RandomSearch
from hpmath.searchers.tpe import TPE

__all__ = [
    "METHODS",
    "NSGA2",
    "TPE",
    "BayesianOptimization",
    "GridSearch",
    "QuasiRandomSearch",
    "RandomSearch",
    "Searcher",
]

# the names that `minimize` and the bridges know
METHODS: dict[str, type[Searcher]] = {
    "random": RandomSearch,
    "grid": GridSearch,
    "sobol": QuasiRandomSearch,
    "nsga2": NSGA2,
    "bo": BayesianOptimization,
    "tpe": TPE,
}
