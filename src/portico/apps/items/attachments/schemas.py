"""What goes out of the attachment routes."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class FileOut(BaseModel):
    id: UUID
    name: str
    media_type: str = Field(description="What the bytes look like, whatever their sender called them.")
    size: int = Field(description="bytes")
    sha256: str
    created_at: datetime
