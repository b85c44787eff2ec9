"""How do you search with hpmath inside the tools you already use?

One file a tool, each an optional extra: ``sklearn`` (`SearchCV`, beside scikit-learn's own searches) and ``optuna``
(every searcher as a sampler). Nothing is imported here: ``from hpmath.bridges.sklearn import SearchCV``.
"""
