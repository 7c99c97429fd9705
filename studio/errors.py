"""What can go wrong in the studio, said for the person who meets it.

    StudioError
    ├── NotFound         no profile, picture, job … with this name or id
    ├── AlreadyExists    the name is taken
    ├── InvalidInput     a value, a line of a file or an upload cannot be used
    ├── Busy             another studio holds the data folder, or the job cannot be changed now
    ├── StoreError       the database cannot be used
    │   └── NewerDatabase    it was written by a newer studio
    ├── JobFailed        a piece of long work ended badly; the message is its reason
    │   └── JobCancelled     the person stopped it
    └── NoRoom           the disk is full

Every message says what happened, with which value, and what to do. The doors (page, CLI, API) show
these and `pipelines.errors.PipelineError` as they are, and log everything else.
"""


class StudioError(Exception):
    """Root of the tree: catch this to catch everything that this package raises on purpose."""


class NotFound(StudioError):
    """No profile, picture or job with this name or id."""


class AlreadyExists(StudioError):
    """The name is taken."""


class InvalidInput(StudioError, ValueError):
    """A value, a line of a file or an upload cannot be used."""


class Busy(StudioError):
    """Another studio holds the data folder, or the job cannot be changed now."""


class StoreError(StudioError):
    """The database cannot be used."""


class NewerDatabase(StoreError):
    """The database was written by a newer studio."""


class JobFailed(StudioError):
    """A piece of long work ended badly."""


class JobCancelled(JobFailed):
    """The person stopped it."""


class NoRoom(StudioError):
    """The disk is full."""
