"""What the answers of several nouns show."""

from pydantic import BaseModel


class MemberOut(BaseModel):
    id: int
    username: str
    full_name: str
