"""How do you search? One interface, one file a family.

`Searcher` says what all can do (``_base``); ``sampling`` has those that learn nothing: grid, random, quasi-random.
"""

from hpmath.searchers._base import Searcher
from hpmath.searchers.sampling import GridSearch, QuasiRandomSearch, RandomSearch

__all__ = ["METHODS", "GridSearch", "QuasiRandomSearch", "RandomSearch", "Searcher"]

# the names that `minimize` and the bridges know
METHODS: dict[str, type[Searcher]] = {"random": RandomSearch, "grid": GridSearch, "sobol": QuasiRandomSearch}
