// Choose between two pictures of the same prompt, by gut and by keys. The next pair is painted
// before the studio has answered; choices that are not saved yet wait in the page.
"use strict";
studio.define("Chooser", ({ element, props, server, watch }) => {
  const { t, el, button, fill } = studio;
  const STAY = 2; // pairs that stay as they are; those behind them come anew with each answer
  const AHEAD = 4; // pairs whose pictures are decoded
  const NARROW = window.matchMedia("(max-width: 640px)");
  const state = { profile: null, pairs: [], said: null, busy: false };
  const answered = new Set(); // pairs chosen in this visit
  const outbox = studio.outbox(server, onSaved, showUnsaved, "studio.outbox.choices");

  // ---- the parts that stay -------------------------------------------------------------------
  const pair = studio.pair({ title: t("choose.title"), onPick: pick, onUndo: takeBack });
  const failure = el("div", { class: "st-note st-warn", role: "alert", hidden: true });
  const note = el("p", { class: "st-quiet chooser-note", role: "status", text: t("choose.intro") });
  const empty = el("div", { class: "st-note chooser-empty", tabindex: "-1", hidden: true });
  const kept = el("span", { class: "st-quiet" });
  const found = el("div", { class: "chooser-found" });
  const fold = el("details", { class: "heard-fold", open: !NARROW.matches }, // on a phone it would push the pictures away
    el("summary", { class: "st-row heard-title" }, el("h2", { text: t("choose.says") }), kept), found);
  NARROW.addEventListener("change", () => { fold.open = !NARROW.matches; });
  element.replaceChildren(el("div", { class: "chooser" },
    el("section", { class: "chooser-main", "aria-label": t("choose.title") },
      note, failure, empty, pair.node),
    el("aside", { class: "st-card heard", "aria-label": t("choose.says") }, fold)));

  // ---- what is shown -------------------------------------------------------------------------
  const hasChosen = () => Boolean(state.said?.kept) || answered.size > 0;

  function draw({ focus = false } = {}) {
    const [current, ...following] = state.pairs;
    const lost = !current && pair.node.contains(document.activeElement);
    pair.node.hidden = !current;
    empty.hidden = Boolean(current);
    if (current) {
      pair.show(current, following.slice(0, AHEAD), { words: state.said?.guess ?? "", undoable: hasChosen(), focus });
      return;
    }
    showEmpty();
    if (lost) empty.focus();
  }

  function showEmpty() {
    if (!state.profile) { fill(empty, t("choose.no_profile")); return; }
    if (!outbox.isEmpty()) { fill(empty, t("choose.waiting")); return; }
    fill(empty, el("p", { text: t(hasChosen() ? "choose.none" : "choose.none_yet") }), el("div", { class: "st-row" },
      button(t("choose.generate"), { class: "st-button st-main", onclick: () => studio.keys.goTo("generate") }),
      hasChosen() ? button(t("studio.undo"), { key: "U", onclick: takeBack }) : null));
  }

  /** What the choices say, as the studio counts them. */
  function hear(said) {
    if (JSON.stringify(said) === JSON.stringify(state.said)) return;
    state.said = said;
    kept.textContent = said.kept;
    const side = (label, polarity) => {
      const chips = said.traits.filter((trait) => trait.polarity === polarity);
      if (!chips.length) return null;
      return el("div", { class: "chooser-side" }, el("h3", { text: t(label) }), el("ul", { class: "st-row" }, ...chips.map((trait) =>
        el("li", { class: "st-chip", "data-polarity": polarity }, el("span", { dir: "auto", text: trait.label }),
          el("span", { class: "st-dots", "aria-hidden": "true", text: "•".repeat(trait.dots) })))));
    };
    const sides = [side("choose.towards", "liked"), side("choose.away", "disliked")];
    const any = sides.some(Boolean);
    fill(found, ...sides,
      ...[...said.lines, t(any ? "choose.likely" : "choose.says_none")].map((line) => el("p", { class: "st-quiet", text: line })),
      any ? el("div", {}, button(t("choose.see_profile"), { onclick: () => studio.keys.goTo("profile") })) : null);
  }

  /** In place of the first line, so that the pictures stay where they are. */
  function tell(sentence) {
    note.textContent = sentence || t("choose.intro");
    note.toggleAttribute("data-told", Boolean(sentence));
  }

  // ---- what the person does ------------------------------------------------------------------
  function pick(choice) {
    const current = state.pairs[0];
    if (!current || state.busy) return;
    answered.add(current.id);
    state.pairs.shift();
    outbox.put({
      profile: state.profile, left: current.left_id, right: current.right_id, pair: current.id,
      pick: choice, client_id: studio.newId(),
    });
    tell("");
    draw({ focus: true });
  }

  async function takeBack() {
    if (state.busy || !hasChosen()) return;
    state.busy = true; // a pick in between would come before the one that is taken back
    const { profile } = state;
    try {
      await outbox.empty();
      const answer = await studio.ask(server.undo, { profile });
      if (profile !== state.profile) return;
      hear(answer.said);
      const [back] = answer.pairs;
      if (back) {
        answered.delete(back.id);
        state.pairs = [back, ...state.pairs.filter((each) => each.id !== back.id)];
      }
      if (!answer.said.kept) answered.clear();
      draw({ focus: true });
      tell(t(back ? "choose.taken_back" : "choose.nothing_back"));
    } catch (error) { fail(error instanceof studio.Refused ? error.message : t("studio.gone")); } finally { state.busy = false; }
  }

  // ---- what the studio answers ---------------------------------------------------------------
  function onSaved(answer, sent) {
    if (sent.profile !== state.profile) return;
    const wasEmpty = !state.pairs.length;
    const stay = state.pairs.slice(0, STAY);
    const known = new Set(stay.map((each) => each.id));
    state.pairs = [...stay, ...answer.pairs.filter((each) => !answered.has(each.id) && !known.has(each.id))];
    hear(answer.said);
    draw({ focus: wasEmpty && empty.contains(document.activeElement) });
  }

  function fail(sentence, ...more) {
    failure.hidden = !sentence;
    fill(failure, el("span", { text: `${sentence ?? ""} ` }), ...more);
  }

  function showUnsaved(count, refusal) {
    if (!count || refusal) fail(refusal);
    else fail(t("choose.unsaved", { n: count }), button(t("choose.unsaved_now"), { class: "st-button st-small", onclick: outbox.now }));
    if (!state.pairs.length) showEmpty();
  }

  function take(value) {
    if (!value || typeof value !== "object") return;
    if (value.profile !== state.profile) { answered.clear(); tell(""); }
    for (const id of outbox.pairs()) answered.add(id); // of an earlier visit, and not yet there
    Object.assign(state, { profile: value.profile, pairs: value.pairs.filter((each) => !answered.has(each.id)) });
    hear(value.said);
    draw();
    outbox.now();
  }

  studio.keys.serve(element, {
    u: takeBack, ...Object.fromEntries(Object.entries(pair.keys).map(([key, choice]) => [key, () => pick(choice)])),
  });
  watch("value", () => take(props.value));
  take(props.value);
});
