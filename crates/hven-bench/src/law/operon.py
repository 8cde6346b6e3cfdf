"""Searches one law with Operon: reads a problem as JSON from standard input, writes the result as JSON to standard output.

Operon does not stop by itself, so it is started again with time limits of 1, 2, 4, ... seconds until its law predicts
unseen rows exactly or the time limit is reached: the reported time is an upper bound of the needed time.
"""
import json
import resource
import sys
import time
import warnings

import numpy
from pyoperon.sklearn import SymbolicRegressor

warnings.filterwarnings("ignore")
problem = json.load(sys.stdin)
inputs, unseen = (numpy.array(problem[key]).T for key in ("inputs", "unseen_inputs"))
target, truth = (numpy.array(problem[key]) for key in ("target", "unseen_target"))
start = time.monotonic()


def spent():
    return time.monotonic() - start


best, law, seconds, runs = -numpy.inf, None, None, 0
while best <= 1 - problem["tolerance"] and problem["seconds"] - spent() >= 1:
    model = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,sqrt,exp,log,sin,cos,tanh,asin,acos,square,constant,variable",
        population_size=1000,
        pool_size=1000,
        max_length=40,
        generations=10_000,
        max_evaluations=1_000_000,
        max_time=min(2**runs, max(1, int(problem["seconds"] - spent()))),
        optimizer_iterations=5,
        n_threads=problem["threads"],
        random_state=problem["seed"] + runs,
        epsilon=1e-12,
    )
    model.fit(inputs, target)
    runs += 1
    predicted = numpy.nan_to_num(model.predict(unseen))
    r2 = 1 - numpy.sum((truth - predicted) ** 2) / numpy.sum((truth - truth.mean()) ** 2)
    if r2 > best:
        best, seconds = float(r2), spent()
        law = model.get_model_string(model.model_, 17, problem["names"])
used = resource.getrusage(resource.RUSAGE_SELF)
json.dump({"r2": best, "law": law, "seconds": seconds, "cpu_s": used.ru_utime + used.ru_stime}, sys.stdout)
