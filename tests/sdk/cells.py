"""Runs the code cells of a notebook in order, as Jupyter would: one namespace, `await` allowed at the top.

usage: python cells.py NOTEBOOK     (`%` lines, such as an installation, are left out)
"""

import ast
import asyncio
import inspect
import json
import sys
from pathlib import Path


async def main(path: Path) -> None:
    names: dict = {"__name__": "__main__"}
    for number, cell in enumerate(json.loads(path.read_text())["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or source.lstrip().startswith("%"):
            continue
        code = compile(source, f"{path.name}[{number}]", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        made = eval(code, names)
        if inspect.isawaitable(made):
            await made


asyncio.run(main(Path(sys.argv[1])))
