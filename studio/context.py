"""The composition root: the one place that knows what every service is made of.

    with build_studio() as studio:
        job = studio.jobs.submit(studio.generation.job(request))

A service is built when it is first asked for, so that a command pays only for what it uses.
"""

from dataclasses import dataclass
from functools import cached_property

from studio.jobs.reconcile import reconcile_if_alone
from studio.paths import Paths, data_folder
from studio.services.blind_tests import BlindTestService
from studio.services.choices import ChoiceService
from studio.services.decks import DeckService
from studio.services.engine import Engine
from studio.services.generation import GenerationService
from studio.services.images import ImagesService
from studio.services.jobs import JobService
from studio.services.machine import MachineService
from studio.services.models import ModelService
from studio.services.profiles import ProfileService
from studio.services.rating import RatingService
from studio.services.readings import Readings
from studio.services.restore import recover
from studio.services.sharing import SharingService
from studio.services.subject_file import SubjectFiles
from studio.services.subjects import SubjectService
from studio.services.training import TrainingService
from studio.settings import Settings, load_settings
from studio.store import Store, open_store


@dataclass(frozen=True)
class Studio:
    """One data folder, opened. Leaving its `with` block ends workers and closes the database."""

    paths: Paths
    given: Settings | None  # settings for as long as this studio is open, whatever the files say
    store: Store

    @property
    def settings(self) -> Settings:
        """As they are now: a page or a command may have changed them since the start."""
        return self.given or load_settings(self.paths)

    @cached_property
    def jobs(self) -> JobService:
        """Long work."""
        return JobService(self.store.jobs, self.paths)

    @cached_property
    def profiles(self) -> ProfileService:
        """What the studio has learnt about people."""
        return ProfileService(self.paths, self.store, self.readings)

    @cached_property
    def blind_tests(self) -> BlindTestService:
        """Whether a profile works for its person."""
        return BlindTestService(self.store, self.models, self.generation)

    @cached_property
    def readings(self) -> Readings:
        """What readers found in comments."""
        from pipelines.preference.extract.rules import RuleExtractor

        return Readings(self.store, RuleExtractor())

    @cached_property
    def sharing(self) -> SharingService:
        """Profiles as files."""
        return SharingService(self.paths, self.store, self.decks, self.profiles)

    @cached_property
    def subjects(self) -> SubjectService:
        """What the person teaches from photos."""
        return SubjectService(self.paths, self.store)

    @cached_property
    def subject_files(self) -> SubjectFiles:
        """Subjects as files."""
        return SubjectFiles(self.subjects)

    @cached_property
    def training(self) -> TrainingService:
        """Teaching subjects."""
        return TrainingService(self.paths, self.store, self.subjects, self.models)

    @cached_property
    def decks(self) -> DeckService:
        """Pictures to react to."""
        return DeckService(self.paths, self.store)

    @cached_property
    def rating(self) -> RatingService:
        """Cards out, answers in."""
        return RatingService(self.paths, self.store, self.decks, self.profiles, self.readings)

    @cached_property
    def choices(self) -> ChoiceService:
        """Pairs out, choices in, and what they say."""
        return ChoiceService(self.paths, self.store, self.decks, self.rating)

    @property
    def engine(self) -> Engine:
        """Which model, on which device, as the settings are now."""
        return Engine(self.paths, self.settings, self.store)

    @cached_property
    def machine(self) -> MachineService:
        """What this computer draws with."""
        return MachineService(self.store)

    @cached_property
    def generation(self) -> GenerationService:
        """Requests for pictures, and what they cost."""
        return GenerationService(self.store, self.models, self.machine)

    @cached_property
    def images(self) -> ImagesService:
        """Pictures that the studio made."""
        return ImagesService(self.paths, self.store)

    @cached_property
    def models(self) -> ModelService:
        """Base models."""
        return ModelService(self.paths)

    def close(self) -> None:
        """End workers, let go of the lock if a job took it, close the database."""
        try:
            self.jobs.close()
        finally:
            self.store.close()

    def __enter__(self) -> "Studio":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def build_studio(paths: Paths | None = None, settings: Settings | None = None) -> Studio:
    """Open a data folder: the person's own by default, with the settings kept in it.

    Raises:
        NewerDatabase, StoreError, InvalidInput: the database or the settings cannot be used.
        Busy: a backup is being restored.
    """
    paths = (paths or Paths(data_folder())).make()
    recover(paths)
    if settings is None:
        load_settings(paths)  # wrong ones are said before anything is opened
    studio = Studio(paths, settings, open_store(paths.database, paths.backups))
    reconcile_if_alone(studio.store.jobs, paths)
    return studio
