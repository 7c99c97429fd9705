"""What is remembered for the person."""

from studio.store import Store


def test_values_are_remembered_by_name(store: Store) -> None:
    preferences = store.preferences
    assert preferences.get("tab", "Rate") == "Rate"
    preferences.set("tab", "Gallery")
    preferences.set("tab", "Jobs")
    preferences.set("draft.prompt", {"text": "a fox – 狐", "seed": None})
    preferences.set("nothing", None)
    assert preferences.get("tab") == "Jobs"
    assert preferences.get("nothing", "default") is None
    assert preferences.all("draft.") == {"draft.prompt": {"text": "a fox – 狐", "seed": None}}


def test_scopes_do_not_see_each_other(store: Store) -> None:
    store.preferences.set("draft", "mine", scope="profile-1")
    store.preferences.set("draft", "general")
    assert store.preferences.get("draft", scope="profile-2") is None
    assert store.preferences.all(scope="profile-1") == {"draft": "mine"}


def test_a_prefix_is_forgotten_letter_for_letter(store: Store) -> None:
    for name in ("a_b.1", "a_b.2", "axb.3"):
        store.preferences.set(name, 1)
    store.preferences.remove("a_b")
    assert store.preferences.all() == {"axb.3": 1}
