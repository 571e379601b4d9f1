"""Path parameters of the store's routes."""

from typing import Annotated

from fastapi import Path

from portico.kernel.paging import BIGGEST_ID

Id = Annotated[int, Path(ge=0, le=BIGGEST_ID)]
"""An id as it stands in a path. One that no row can have is 404, not invalid input."""
