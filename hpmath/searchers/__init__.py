"""How do you search? One interface, one file a family.

`Searcher` says what all can do (``_base``); ``sampling`` has those that learn nothing: grid, random, quasi-random;
``tpe`` models the good trials and the bad.
"""

from hpmath.searchers._base import Searcher
from hpmath.searchers.bayesopt import BayesianOptimization
from hpmath.searchers.sampling import GridSearch, QuasiRandomSearch, RandomSearch
from hpmath.searchers.tpe import TPE

__all__ = ["METHODS", "TPE", "BayesianOptimization", "GridSearch", "QuasiRandomSearch", "RandomSearch", "Searcher"]

# the names that `minimize` and the bridges know
METHODS: dict[str, type[Searcher]] = {
    "random": RandomSearch,
    "grid": GridSearch,
    "sobol": QuasiRandomSearch,
    "bo": BayesianOptimization,
    "tpe": TPE,
}
