"""What is common to all pages: who is using the studio, what runs, and the first steps."""

from studio.context import Studio
from studio.services.conversation import ENOUGH
from studio.settings import load_settings, save_settings
from studio.ui.components.header import FirstSteps, Nothing, Step, Strip
from studio.ui.doors import Answer
from studio.ui.pages import ProfileId
from studio.ui.pages.jobs import Jobs
from studio.ui.pages.results import PREVIEWS
from studio.ui.strings import text

NEW = "new"  # the last entry of the profile list; ids have twelve digits
LAST_TAB, LAST_PROFILE, LOOKED = "ui.tab", "ui.profile", "ui.looked_at_profile"  # preferences
MADE = "ui.made_personal_picture"


class Shell:
    """What is common to all pages: who is using it, what runs, and where one is."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._jobs = Jobs(studio)
        self._asked: tuple[str, str] | None = None  # settings for which a check was asked for

    # ----------------------------------------------------------------- profiles

    def profiles(self) -> list[tuple[str, str]]:
        """The list in the header, with "New profile…" at its end."""
        listed = [(each.name, each.id) for each in self._studio.profiles.all()]
        return [*listed, (text("studio.new_profile"), NEW)]

    def last_profile(self) -> ProfileId:
        """The profile that was used last, if it is still there."""
        known = [each.id for each in self._studio.profiles.all()]
        last = self._studio.store.preferences.get(LAST_PROFILE)
        return last if last in known else (known[-1] if known else None)

    def present(self, profile: ProfileId) -> ProfileId:
        """The profile, unless another window or a command has deleted it meanwhile."""
        return profile if any(each.id == profile for each in self._studio.profiles.all()) else None

    def choose(self, profile: str | None) -> ProfileId:
        """Remember which profile is used."""
        if profile in (None, NEW, ""):
            return None
        self._studio.store.preferences.set(LAST_PROFILE, profile)
        return profile

    def create(self, name: str) -> str:
        """A new profile, in use at once."""
        made = self._studio.profiles.create(name)
        self.choose(made.id)
        return made.id

    # ------------------------------------------------------------------- header

    def strip(self) -> Strip:
        """Model and device, and what runs."""
        kept = load_settings(self._studio.paths)
        return Strip(
            machine=self.machine(),
            model=self._studio.models.in_use().id,
            jobs=self._jobs.strip(),
            shortcuts=kept.shortcuts,
            theme=kept.theme,
        )

    def machine(self) -> str:
        """“Sticker 128 · on the processor”; the device once a worker has found it out."""
        model, machine = self._studio.models.in_use().name, self._studio.machine.known()
        if machine is None:
            return text("studio.machine_unknown", model=model)
        names = {"cpu": text("studio.on_cpu"), "cuda": text("studio.on_gpu")}
        device = names.get(machine.device, machine.device)
        return text("studio.machine", model=model, device=device)

    def look(self) -> None:
        """Have a worker find out what draws, once for each version of torch and each setting."""
        settings = load_settings(self._studio.paths)
        wanted = (settings.device, settings.dtype)
        if self._asked == wanted or self._studio.machine.is_fresh(settings):
            return
        self._asked = wanted
        self._studio.jobs.submit(self._studio.machine.check())

    # -------------------------------------------------------------- first steps

    def steps(self, profile: ProfileId) -> FirstSteps:
        """Four ticks until the first personalized picture is there, or they are hidden."""
        if not load_settings(self._studio.paths).first_steps:
            return FirstSteps()
        named = profile is not None
        comments = self._studio.store.ratings.counts(profile).with_words if profile else 0
        looked = bool(profile and self._studio.store.preferences.get(LOOKED, False, scope=profile))
        made = bool(profile) and self.has_personal_picture(str(profile))
        done = (named, comments >= ENOUGH, looked, made)
        if all(done):
            return FirstSteps(said=text("steps.yours"))
        now = done.index(False)
        counted = text("steps.comments", n=min(comments, ENOUGH), enough=ENOUGH)
        words = (text("steps.name"), counted, text("steps.look"), text("steps.first"))
        places = (None, "rate", "profile", "generate")
        return FirstSteps(
            steps=tuple(
                Step(text=w, done=d, now=n == now, go=p)
                for n, (w, d, p) in enumerate(zip(words, done, places, strict=True))
            )
        )

    def has_personal_picture(self, profile: str) -> bool:
        """Whether a picture in this taste was asked for and made; previews do not count. Once it
        was, it is remembered: jobs are forgotten after a while."""
        preferences = self._studio.store.preferences
        if preferences.get(MADE, False, scope=profile):
            return True
        found = self._finds_personal_picture(profile)
        if found:
            preferences.set(MADE, True, scope=profile)
        return found

    def _finds_personal_picture(self, profile: str) -> bool:
        hidden = self._studio.store.preferences.get(PREVIEWS, [], scope=profile)
        made = [job for job in self._studio.jobs.all() if job.kind == "generate"]
        return any(
            job.profile_id == profile and job.id not in hidden and job.result.get("images")
            for job in made
        )

    def hide(self, _nothing: Nothing) -> Answer:
        """Hide the first steps; settings bring them back."""
        save_settings(self._studio.paths, {"first_steps": False})
        return {}

    # --------------------------------------------------------------------- tabs

    def first_tab(self, profile: ProfileId) -> str:
        """Rate until the first personalized picture exists, then the tab last used."""
        if profile is None or not self.has_personal_picture(profile):
            return "rate"
        last = self._studio.store.preferences.get(LAST_TAB, "rate")
        return str(last)

    def opened(self, tab: str, profile: ProfileId) -> str:
        """Remember the tab; the profile page counts as looked at once it shows something."""
        self._studio.store.preferences.set(LAST_TAB, tab)
        if tab == "profile" and profile and self._studio.profiles.find(profile).version:
            self._studio.store.preferences.set(LOOKED, True, scope=profile)
        return tab
