# {mark}
"""Where modules are imported from, and the database that tests of migrations ask."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from alignment_witness import ROOTS  # noqa: E402

sys.path[1:1] = ROOTS


@pytest.fixture(scope="session")
def database():
    """A connection to the database in ALIGNMENT_WITNESS_DATABASE, on which all migrations have run."""
    url = os.environ.get("ALIGNMENT_WITNESS_DATABASE")
    if not url:
        pytest.skip("ALIGNMENT_WITNESS_DATABASE names no database on which all migrations have run")
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
