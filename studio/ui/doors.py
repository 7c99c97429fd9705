"""The way from our components into Python: one JSON argument, checked, answered or refused.

Anybody who reaches the page can call these functions with anything, so the argument is parsed by a
frozen pydantic model before a service sees it. What we raise on purpose comes back as a sentence;
everything else is logged and answered without a word about the inside.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from pipelines.errors import PipelineError
from pipelines.spec import Frozen
from studio.errors import StudioError
from studio.ui.strings import text

Argument = TypeVar("Argument", bound=Frozen)
Answer = dict[str, Any]
log = logging.getLogger(__name__)


def door(
    argument: type[Argument],
) -> Callable[[Callable[[Argument], Answer]], Callable[[Any], Answer]]:
    """Make a function callable by a component: `server.name(json)` answers a JSON object.

    A refusal is `{"error": sentence}`.
    """

    def open_for(function: Callable[[Argument], Answer]) -> Callable[[Any], Answer]:
        @wraps(function)
        def answer(data: Any) -> Answer:
            try:
                return function(argument.parse(data))
            except (StudioError, PipelineError) as error:
                return {"error": str(error)}
            except Exception:
                log.exception("%s could not be answered", function.__name__)
                return {"error": text("studio.unexpected")}

        return answer

    return open_for
