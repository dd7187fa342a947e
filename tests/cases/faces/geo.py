"""A Python function of the project that mistakes are made around."""

import pyarrow as pa
import pyarrow.compute as pc


def twice(values: pa.Array) -> pa.Array:
    """Return every value doubled."""
    return pc.multiply(values, 2.0)
