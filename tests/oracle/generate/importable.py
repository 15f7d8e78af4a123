"""Which modules of the working directory do not import, one a line with the reason: `importable.py NAME...`."""

from __future__ import annotations

import importlib
import sys
import warnings

warnings.simplefilter("ignore")
sys.dont_write_bytecode = True
sys.path.insert(0, ".")


def settle(module) -> None:
    """What frameworks put off until something is used."""
    if hasattr(module, "Base"):
        module.Base.registry.configure()
    for value in list(vars(module).values()):
        for late in ("update_forward_refs", "model_rebuild"):
            if isinstance(value, type) and value.__module__ == module.__name__ and hasattr(value, late):
                getattr(value, late)()
                break
    if hasattr(module, "app"):
        module.app.openapi()


for name in sys.argv[1:]:
    try:
        settle(importlib.import_module(name))
    except Exception as error:  # noqa: BLE001
        print(name, type(error).__name__, str(error).replace("\n", " ")[:200])
