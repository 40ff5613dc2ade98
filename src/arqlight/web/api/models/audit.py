"""The audit log as it is answered."""

from pydantic import BaseModel, Field

__all__ = ["AuditLine", "AuditPage"]


class AuditLine(BaseModel):
    """One thing that somebody did."""

    at_ms: int = Field(description="When, in Unix ms.", examples=[1764000000000])
    viewer: str = Field(description="Who.", examples=["ada"])
    action: str = Field(examples=["abort"])
    targets: list[str] = Field(
        description="The ids or names of what it was done to, a hundred at the most.",
        examples=[["6c1f0b9e3f0d4a7b8e21"]],
    )
    total: int = Field(description="To how many it was done.", examples=[1])
    address: str = Field(description="From where.", examples=["10.0.0.7"])


class AuditPage(BaseModel):
    """A page of the audit log, the newest line first."""

    lines: list[AuditLine]
    next: str | None = Field(description="The `cursor` of the next page; null after the last.")
