"""What can go wrong in a pipeline, said for the person who meets it.

    PipelineError
    ├── InvalidSpec          a value is out of its range, or the prompt cannot be read
    ├── ModelError
    │   ├── ModelNotFound    nothing to load at this place
    │   ├── UnsafeFile       the file could run code when opened (pickle)
    │   ├── WrongFamily      the file was made for another model family
    │   ├── DamagedFile      the hash or the header does not match
    │   ├── AdapterMissing   a picture names an adapter that is not at hand
    │   └── UnknownAdapter   a kind of adapter that is not read (DoRA, LoHa, LoKr)
    ├── OutOfMemory          the device has no room for this size and batch
    ├── ExtractionError      a reader of comments failed
    │   └── BackendMissing   the reader needs a package, a model or a server that is not there
    └── TrainingError        a recipe cannot start or go on

Every message says what happened, with which value, and what to do.
"""


class PipelineError(Exception):
    """Root of the tree: catch this to catch everything that this package raises on purpose."""


class InvalidSpec(PipelineError, ValueError):
    """A value given by the caller is out of its range."""


class ModelError(PipelineError):
    """A model cannot be used."""


class ModelNotFound(ModelError):
    """Nothing to load at this place."""


class UnsafeFile(ModelError):
    """The file could run code when opened."""


class WrongFamily(ModelError):
    """The file was made for another model family."""


class DamagedFile(ModelError):
    """The hash or the header does not match what the model's card says."""


class AdapterMissing(ModelError):
    """A picture names an adapter that is not at hand."""


class UnknownAdapter(ModelError):
    """A kind of adapter that is not read."""


class OutOfMemory(PipelineError):
    """The device has no room for this size and batch."""


class ExtractionError(PipelineError):
    """A reader of comments failed."""


class BackendMissing(ExtractionError):
    """The reader needs a package, a model or a server that is not there."""


class TrainingError(PipelineError):
    """A recipe cannot start or go on."""
