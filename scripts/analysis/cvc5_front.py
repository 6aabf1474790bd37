"""cvc5's command line over its Python package, for halmos: cvc5_front.py FILE.smt2

Solves bit vectors as integers: products and quotients of amounts take it half a second, and bit-blasting solvers
(yices, z3) no end of time.
"""

from __future__ import annotations

import sys

import cvc5

OPTIONS = {"produce-models": "true", "solve-bv-as-int": "sum"}


def main(path: str) -> None:
    solver = cvc5.Solver()
    for name, value in OPTIONS.items():
        solver.setOption(name, value)
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, path)
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        print(command.invoke(solver, parser.getSymbolManager()), end="", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
