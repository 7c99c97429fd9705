// Rate pictures: one card at a time because the words matter, a grid of twelve for glancing.
// The next card is painted before the studio has answered; unsaved answers wait in the page.
"use strict";
studio.define("Rater", ({ element, props, server, watch }) => {
  const { t, el, button, picture, fill } = studio;
  const state = {
    profile: null, deck: null, total: 0, cards: [], rated: [], view: "one",
    ask: null, verdict: null, chips: new Map(), skips: 0, wordless: 0, wordlessSaid: false,
  };
  const images = new Map(); // card id -> decoded <img>
  const outbox = studio.outbox(server, onSaved, showUnsaved);
  const heard = studio.heard({ server, state });

  // ---- the parts that stay -------------------------------------------------------------------
  const note = el("div", { class: "st-note rater-note", role: "status", hidden: true });
  const failure = el("div", { class: "st-note st-warn rater-note", role: "alert", hidden: true });
  const mat = el("div", { class: "st-mat rater-mat" });
  const card = el("div", { class: "st-card rater-card", tabindex: "-1", role: "group", "aria-label": t("rate.card") }, mat);
  const question = el("h2", { class: "rater-question", id: "rater-question" });
  const comment = el("textarea", { rows: "3", maxlength: "4000", dir: "auto", "aria-labelledby": "rater-question", class: "rater-comment" });
  const quick = el("div", { class: "st-row rater-quick", role: "group", "aria-label": t("rate.chips") });
  const next = button(t("rate.next"), { key: "⏎", class: "st-button st-main rater-next", onclick: save });
  const dislike = button(t("rate.dislike"), { key: "←", class: "st-button st-dislike", onclick: () => judge("disliked") });
  const skip = button(t("rate.skip"), { key: "S", class: "st-button", title: t("rate.skip_help"), onclick: () => send("skipped") });
  const like = button(t("rate.like"), { key: "→", class: "st-button st-like", onclick: () => judge("liked") });
  const undo = button(t("studio.undo"), { key: "U", class: "st-button st-bare", title: t("rate.undo_help"), onclick: takeBack });
  const verdicts = el("div", { class: "rater-verdicts" }, dislike, skip, like, undo);
  const row = el("ul", { class: "rater-row" });
  const deckList = el("select", { "aria-label": t("rate.deck"), title: t("rate.deck_help"), class: "rater-deck", onchange: openDeck });
  const views = studio.choice({
    legend: t("rate.view"), help: t("rate.view_help"), name: "rater-view", value: "one",
    options: [["one", t("rate.view_one")], ["grid", t("rate.view_grid")]], onchange: show,
  });
  const grid = studio.glance({ onDone: openMarked });
  const say = el("div", { class: "rater-say" }, question, comment,
    el("div", { class: "st-row" }, next), quick, el("p", { class: "st-quiet", text: t("rate.chips_help") }));
  const one = el("div", { class: "rater-one" }, card, say, verdicts);
  const empty = el("div", { class: "st-note", hidden: true });
  const rated = el("section", { class: "rater-rated", "aria-label": t("rate.rated") }, el("h3", { text: t("rate.rated") }), row);
  element.replaceChildren(el("div", { class: "rater" },
    el("section", { class: "rater-main" }, el("div", { class: "st-row rater-top" }, deckList, views.node, el("p", { class: "st-quiet st-grow", text: t("rate.intro") })),
      failure, note, empty, one, grid.node, rated),
    heard.node));

  // ---- what is shown -------------------------------------------------------------------------
  const current = () => state.cards[0];

  function ahead() {
    for (const item of state.cards.slice(0, 12)) {
      if (images.has(item.id)) continue;
      const image = picture(item.url, item.caption, { loading: "eager", class: item.pixelated ? "st-pixelated" : null });
      images.set(item.id, image);
      image.decode?.().catch(() => {}); // a picture that is gone shows its words instead
    }
  }

  function showCard() {
    const item = current();
    const usable = Boolean(state.profile && item);
    one.hidden = !usable || state.view === "grid";
    grid.node.hidden = !usable || state.view !== "grid";
    empty.hidden = usable;
    empty.textContent = state.profile ? t("rate.seen_all", { n: state.total }) : t("rate.no_profile");
    if (!usable) return;
    ahead();
    if (state.view === "grid") { grid.show(state.cards.slice(0, 12)); return; }
    fill(mat, images.get(item.id));
    const draft = studio.drafts.find(state.profile, item.id) ?? { comment: item.comment ?? "", verdict: item.verdict ?? null, chips: item.chosen ?? [] };
    state.verdict = draft.verdict;
    state.chips = new Map(draft.chips);
    comment.value = draft.comment;
    showChips();
    showVerdict();
  }

  function showVerdict() {
    const { verdict } = state;
    card.dataset.verdict = verdict ?? "";
    like.setAttribute("aria-pressed", String(verdict === "liked"));
    dislike.setAttribute("aria-pressed", String(verdict === "disliked"));
    next.hidden = !verdict;
    comment.placeholder = t(verdict === "disliked" ? "rate.hint_disliked" : "rate.hint_liked");
    const said = verdict ? `${t(`rate.${verdict}`)} ` : "";
    const open = t(verdict ? `rate.ask_${verdict}` : "rate.ask_first");
    question.textContent = said + ((state.ask?.id === current()?.id && state.ask?.[verdict]) || open);
  }

  function showChips() {
    fill(quick, ...(current().chips ?? []).slice(0, 6).map((chip, index) => {
      const polarity = state.chips.get(chip.label) ?? null;
      const sign = { liked: "+ ", disliked: "− " }[polarity] ?? "";
      return el("button", {
        type: "button", class: "st-chip", "data-polarity": polarity, "data-draft": polarity ? null : "",
        "aria-label": t(`rate.chip_${polarity ?? "off"}`, { label: chip.text }), onclick: () => tap(index),
      }, el("span", { text: sign + chip.text }), el("kbd", { text: String(index + 1), "aria-hidden": "true" }));
    }));
  }

  function showRow() {
    fill(row, ...state.rated.slice(0, 24).map((item) => el("li", {}, el("button", {
      type: "button", class: "rater-thumb", "data-verdict": item.verdict, onclick: () => reopen(item),
      "aria-label": t("rate.reopen", { verdict: t(`picture.${item.verdict}`), caption: item.caption }),
    }, picture(item.url, item.caption), el("span", { "aria-hidden": "true", text: { liked: "+", disliked: "−", skipped: "·" }[item.verdict] })))));
    rated.hidden = state.rated.length === 0;
    undo.disabled = state.rated.length === 0;
  }

  function tell(sentence, label, act) {
    note.hidden = !sentence;
    if (sentence) fill(note, el("span", { text: `${sentence} ` }), label ? button(label, { class: "st-button st-small", onclick: act }) : null);
  }

  function show(view) {
    state.view = view;
    showCard();
    if (view === "one") card.focus({ preventScroll: true });
  }

  // ---- what the person does ------------------------------------------------------------------
  function judge(verdict) {
    if (!current() || state.view === "grid") return;
    state.verdict = verdict;
    tell("");
    showVerdict();
    keepDraft();
    comment.focus({ preventScroll: true });
  }

  function tap(index) {
    const chip = current()?.chips?.[index];
    if (!chip) return;
    const after = { liked: "disliked", disliked: null }[state.chips.get(chip.label)];
    if (after === null) state.chips.delete(chip.label);
    else state.chips.set(chip.label, after ?? "liked");
    const inside = quick.contains(document.activeElement);
    showChips();
    if (inside) quick.children[index].focus();
    keepDraft();
  }

  function save() { if (state.verdict) send(state.verdict); }

  function send(verdict) {
    const item = state.view === "one" && current();
    if (!item) return;
    const words = verdict === "skipped" ? "" : comment.value.trim();
    const chips = verdict === "skipped" ? [] : [...state.chips].map(([label, polarity]) => ({ label, polarity }));
    studio.drafts.forget(state.profile, item.id);
    state.cards.shift();
    images.delete(item.id);
    const answer = { ...item, verdict, comment: words, chosen: [...state.chips] };
    state.rated = [answer, ...state.rated.filter((old) => old.id !== item.id)];
    advise(verdict, words);
    showCard();
    showRow();
    card.focus({ preventScroll: true });
    outbox.put({
      profile: state.profile, deck: state.deck, picture: item.id, verdict, comment: words, chips,
      client_id: studio.newId(), have: state.cards.map((each) => each.id),
    });
  }

  function advise(verdict, words) {
    state.skips = verdict === "skipped" ? state.skips + 1 : 0;
    if (verdict !== "skipped") state.wordless = words ? 0 : state.wordless + 1;
    tell("");
    if (state.skips === 3) tell(t("rate.many_skips"), t("rate.view_grid"), () => { views.set("grid"); show("grid"); });
    if (state.wordless === 5 && !state.wordlessSaid) {
      state.wordlessSaid = true;
      tell(t("rate.wordless"));
    }
  }

  function reopen(item) {
    views.set("one");
    state.view = "one";
    state.cards = [item, ...state.cards.filter((each) => each.id !== item.id)];
    tell("");
    showCard();
    card.focus({ preventScroll: true });
  }

  async function takeBack() {
    const last = state.rated[0];
    if (!last) return;
    try {
      await outbox.empty();
      const answer = await studio.ask(server.undo, { profile: state.profile });
      state.rated = answer.rated;
      heard.show(answer.heard);
      showRow();
      if (answer.card) reopen(answer.card);
      tell(t("rate.taken_back"));
    } catch (error) { showFailure(error.message); }
  }

  function openMarked(marked) {
    const opened = state.cards.filter((item) => marked.has(item.id)).map((item) => ({ ...item, verdict: marked.get(item.id) }));
    state.cards = [...opened, ...state.cards.filter((item) => !marked.has(item.id))];
    views.set("one");
    show("one");
    if (state.verdict) comment.focus({ preventScroll: true });
  }

  // ---- what the studio answers ---------------------------------------------------------------
  function onSaved(answer, sent) {
    if (sent.profile !== state.profile) return;
    const known = new Set([...state.cards, ...state.rated].map((item) => item.id));
    const wasEmpty = !current();
    state.cards.push(...answer.cards.filter((item) => !known.has(item.id)));
    heard.show(answer.heard);
    state.ask = answer.ask;
    if (answer.vague) {
      const item = state.rated.find((each) => each.id === sent.picture);
      tell(answer.vague, t("rate.vague_open"), () => { reopen(item); comment.focus(); });
    }
    if (wasEmpty || (state.view === "grid" && !grid.marked())) showCard(); else ahead();
    if (state.verdict === null) showVerdict();
  }

  function showFailure(sentence) { failure.hidden = !sentence; failure.textContent = sentence ?? ""; }

  function showUnsaved(count, sentence) {
    failure.hidden = !count;
    if (count) fill(failure, el("span", { text: `${sentence ?? t("rate.unsaved", { n: count })} ` }), button(t("rate.unsaved_now"), { class: "st-button st-small", onclick: outbox.now }));
  }

  // ---- drafts: a refresh loses no word -------------------------------------------------------
  function keepDraft() {
    if (!current()) return;
    studio.drafts.keep(state.profile, { id: current().id, card: current(), comment: comment.value, verdict: state.verdict, chips: [...state.chips] });
  }

  comment.addEventListener("input", keepDraft);
  comment.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { card.focus({ preventScroll: true }); event.preventDefault(); }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.ctrlKey) return;
    event.preventDefault();
    if (state.verdict) save();
  });
  studio.keys.serve(element, {
    ArrowRight: () => judge("liked"), l: () => judge("liked"), ArrowLeft: () => judge("disliked"), d: () => judge("disliked"),
    s: () => send("skipped"), u: takeBack, c: () => comment.focus(), Enter: save,
    v: () => { const view = state.view === "one" ? "grid" : "one"; views.set(view); show(view); },
    ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((digit) => [digit, () => tap(digit - 1)])),
  });

  async function openDeck() {
    try { take(await studio.ask(server.open_deck, { profile: state.profile, deck: deckList.value })); } catch (error) { showFailure(error.message); }
  }

  function take(value) {
    if (!value || typeof value !== "object") return;
    fill(deckList, ...value.decks.map(([name, label]) => el("option", { value: name, text: label, selected: name === value.deck })));
    const { profile, deck, total, cards, rated: earlier, ask } = value;
    const sent = outbox.pictures(); // answered here, and not yet there
    Object.assign(state, { profile, deck, total, cards: cards.filter((item) => !sent.has(item.id)), rated: [...earlier], ask, verdict: null, chips: new Map() });
    images.clear();
    const draft = studio.drafts.last(profile);
    const begun = draft && (state.cards.find((item) => item.id === draft.id) ?? draft.card);
    if (begun) state.cards = [begun, ...state.cards.filter((item) => item.id !== begun.id)];
    heard.show(value.heard);
    showCard();
    showRow();
    outbox.now();
  }
  document.addEventListener("studio:reopen", ({ detail }) => { if (detail.profile === state.profile) reopen(detail.card); });
  watch("value", () => take(props.value));
  take(props.value);
});
