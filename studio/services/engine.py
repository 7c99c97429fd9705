"""The model that is loaded: on which device, in which precision, and that there is only one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipelines.models.cards import ModelCard, find_card
from pipelines.spec import AdapterUse
from studio.paths import Paths
from studio.services.machine import Machine, MachineService, torch_version
from studio.settings import Settings
from studio.store import Store

if TYPE_CHECKING:
    import torch

    from pipelines.adapters.lora import LoraAdapter
    from pipelines.models.base import BaseModel

PROBE = "cpu.probe"  # preference: what the speed probe of this processor found
KEY, ADAPTERS = "base", "adapters"  # of the warm worker's dictionary


class Engine:
    """Loads base models; `kept` outlives a job, so that the next picture finds its model warm."""

    def __init__(
        self, paths: Paths, settings: Settings, store: Store, kept: dict[str, Any] | None = None
    ) -> None:
        self._paths = paths
        self._settings = settings
        self._store = store
        self._kept = {} if kept is None else kept

    def card(self, model_id: str | None = None) -> ModelCard:
        """The card of a model, or of the one chosen in the settings.

        Raises:
            ModelNotFound
        """
        return find_card(model_id or self._settings.model, self._paths.own_cards)

    def base(self, model_id: str | None = None) -> "BaseModel":
        """The loaded model. Another one that was loaded is dropped first and its memory returned.

        Raises:
            ModelError: it cannot be loaded; nothing is loaded then.
        """
        import torch

        from pipelines import runtime
        from pipelines.models.loader import load

        card = self.card(model_id)
        loaded = self._kept.get(KEY)
        if loaded is not None and loaded.card == card:
            return loaded
        if self._settings.threads:
            torch.set_num_threads(self._settings.threads)
        loaded = None
        self._kept.pop(ADAPTERS, None)  # they hold on to the model that they are for
        if self._kept.pop(KEY, None) is not None:
            runtime.release_memory()
        device, dtype = self.place()
        self._kept[KEY] = load(card, device, dtype)
        return self._kept[KEY]

    def adapters(self, uses: Sequence[AdapterUse], base: "BaseModel") -> "dict[str, LoraAdapter]":
        """The LoRA files of these uses by hash, read when they are first asked for. What is not
        here is left out: `generate` says so.

        Raises:
            WrongFamily, DamagedFile: a file does not fit the model.
        """
        held: dict[str, LoraAdapter] = self._kept.setdefault(ADAPTERS, {})
        missing = [use.hash for use in uses if use.hash not in held]
        if missing:
            from pipelines.adapters.files import load as load_adapter

            for name, snapshot in self._store.subjects.of_hashes(missing).items():
                held[name] = load_adapter(self._paths.home / snapshot.path, base)
        return held

    def place(self) -> "tuple[torch.device, torch.dtype]":
        """Device and precision: the settings', else what suits the machine. A processor is probed
        for a second the first time. The answer is noted for the pages, which import no torch."""
        from pipelines import runtime

        device, dtype = runtime.pick_device(self._settings.device), self._settings.dtype
        if dtype != "auto":
            chosen = runtime.DTYPES[dtype]
        else:
            cpu_dtype = self.probe()["dtype"] if device.type == "cpu" else "float32"
            chosen = runtime.pick_dtype(device, cpu_dtype)
        found = Machine(
            device=device.type,
            dtype=str(chosen).removeprefix("torch."),
            torch=torch_version(),
            wanted=(self._settings.device, dtype),
        )
        MachineService(self._store).note(found)
        return device, chosen

    def probe(self) -> dict[str, Any]:
        """The processor's faster precision and GFLOP/s of both, as measured at first start with
        this version of torch."""
        from pipelines import runtime

        found = self._store.preferences.get(PROBE)
        if found is None or found.get("torch") != torch_version():
            dtype, rates = runtime.probe_cpu_dtype()
            rates = {name: round(rate, 1) for name, rate in rates.items()}
            found = {"dtype": dtype, "gflops": rates, "torch": torch_version()}
            self._store.preferences.set(PROBE, found)
        return found
