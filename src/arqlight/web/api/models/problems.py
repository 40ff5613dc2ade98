"""What an error looks like."""

from pydantic import BaseModel, Field

__all__ = ["FieldError", "Problem"]


class FieldError(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(description="Where it is, such as `count` or `jobs.0.function`.", examples=["count"])
    detail: str = Field(examples=["must be a whole number from 1 to 100"])


class Problem(BaseModel):
    """Problem details (RFC 9457): what went wrong, for people and programs."""

    type: str = Field(
        default="about:blank", description="Always `about:blank`: the status says what kind it is."
    )
    title: str = Field(description="The status in words.", examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(
        description="What was wrong with this request, and what would be right.",
        examples=["count must be a whole number from 1 to 100"],
    )
    errors: list[FieldError] | None = Field(
        default=None, description="Each wrong part, when the request was not valid."
    )
