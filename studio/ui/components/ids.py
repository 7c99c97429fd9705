"""What our components send to name a thing."""

from typing import Annotated

from pydantic import Field

Id = Annotated[str, Field(pattern=r"^[\w.:-]{1,80}$")]
