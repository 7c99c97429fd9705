// A profile as chips. A chip opens its evidence in a row below it: one at a time, no overlay.
"use strict";
studio.define("Chips", ({ element, props, server, trigger, watch }) => {
  const { t, el, button, picture, fill } = studio;
  const FIRST = 12; // chips a side before "Show all"
  let profile = null;
  let sides = {};
  let open = null; // id of the attribute whose evidence is shown
  const all = new Set(); // sides that show everything

  const note = el("div", { class: "st-note", role: "status", hidden: true });
  const conflicts = el("div", { class: "chips-conflicts" });
  const panel = el("section", { class: "st-card chips-panel", id: "chips-panel", tabindex: "-1" });
  const rows = { liked: el("ul", { class: "st-row chips-list" }), disliked: el("ul", { class: "st-row chips-list" }) };
  const side = (name) => el("section", { class: "chips-side" }, el("h3", { text: t(`profile.${name}`) }), rows[name]);
  const empty = el("div", { class: "st-note", hidden: true }, el("span", { text: `${t("profile.none")} ` }),
    button(t("profile.start"), { class: "st-button st-small", onclick: () => studio.keys.goTo("rate") }));
  element.replaceChildren(el("div", { class: "chips" }, note, conflicts, empty, side("liked"), side("disliked")));

  // ---- chips ---------------------------------------------------------------------------------
  function chip(item) {
    const sign = item.polarity === "liked" ? "+" : "−";
    const words = { n: item.count, phrase: item.phrase, weight: item.dots };
    return el("li", {}, el("button", {
      type: "button", class: "st-chip", "data-polarity": item.polarity, "data-id": item.id, "data-draft": item.split ? "" : null,
      "aria-expanded": String(open === item.id), "aria-controls": "chips-panel",
      "aria-label": t(item.split ? "profile.chip_split" : `profile.chip_${item.polarity}`, words), onclick: () => toggle(item),
    }, el("span", { dir: "auto", text: `${item.split ? "±" : sign} ${item.phrase}` }), el("span", { class: "st-dots", text: "•".repeat(item.dots) }),
    el("span", { class: "chips-count", text: item.edited ? t("profile.yours") : t("rate.comments", { n: item.count }) })));
  }

  function showSide(name) {
    const items = sides[name] ?? [];
    const shown = all.has(name) ? items : items.slice(0, FIRST);
    const more = items.length > shown.length
      ? el("li", {}, button(t("profile.show_all", { n: items.length }), { class: "st-button st-small st-bare", onclick: () => { all.add(name); showSide(name); } })) : null;
    fill(rows[name], ...shown.map(chip), more);
    if (!items.length) fill(rows[name], el("li", { class: "st-quiet", text: t("profile.none_here") }));
  }

  function chipOf(id) { return element.querySelector(`.st-chip[data-id="${CSS.escape(id)}"]`); }

  function show(value, focusOn = null) {
    profile = value.profile;
    sides = { liked: value.liked, disliked: value.disliked };
    const count = value.liked.length + value.disliked.length;
    empty.hidden = count > 0;
    for (const name of Object.keys(rows)) { rows[name].parentElement.hidden = count === 0; showSide(name); }
    fill(conflicts, ...value.conflicts.map(conflict));
    if (open) {
      const item = [...value.liked, ...value.disliked].find((each) => each.id === open);
      if (item) unfold(item); else close();
    }
    if (focusOn) (chipOf(focusOn) ?? element.querySelector(".st-chip") ?? note).focus();
  }

  // ---- evidence ------------------------------------------------------------------------------
  async function toggle(item) {
    if (open === item.id) { close(item.id); return; }
    const before = open;
    open = item.id;
    if (before) chipOf(before)?.setAttribute("aria-expanded", "false");
    chipOf(item.id)?.setAttribute("aria-expanded", "true");
    await unfold(item);
    panel.focus({ preventScroll: true });
  }

  async function unfold(item) {
    const asked = item.id;
    let evidence;
    try { evidence = (await studio.ask(server.evidence, { profile, attribute: asked })).evidence; } catch (error) { tell(error.message); return; }
    if (open !== asked) return;
    const place = chipOf(asked)?.closest("li");
    if (!place) return;
    draw(item, evidence);
    lastOfLine(place).after(el("li", { class: "chips-fold" }, panel));
  }

  /** The last chip on the same line, so that the panel opens under the whole row. */
  function lastOfLine(place) {
    let last = place;
    for (let next = place.nextElementSibling; next && next.offsetTop === place.offsetTop; next = next.nextElementSibling) last = next;
    return last;
  }

  function draw(item, evidence) {
    const other = item.polarity === "liked" ? "disliked" : "liked";
    const weight = el("input", { type: "range", min: "0", max: "1", step: "0.1", value: String(item.weight), id: "chips-weight", title: t("profile.weight_help") });
    const shown = el("output", { for: "chips-weight", text: item.weight.toFixed(1) });
    weight.addEventListener("input", () => { shown.textContent = Number(weight.value).toFixed(1); });
    weight.addEventListener("change", () => change(server.weigh, { attribute: item.id, weight: Number(weight.value) }, item.id));
    panel.setAttribute("aria-label", t("profile.evidence_for", { phrase: item.phrase }));
    fill(panel,
      el("div", { class: "st-row chips-head" }, el("h2", { class: "st-grow", dir: "auto", text: `${item.polarity === "liked" ? "+" : "−"} ${item.phrase}` }),
        button(t("studio.close"), { class: "st-button st-small", onclick: () => close(item.id) })),
      item.doubt ? el("p", { class: "st-quiet", text: item.doubt }) : null,
      el("ul", { class: "chips-evidence" }, ...evidence.map(proof)),
      evidence.length ? null : el("p", { class: "st-quiet", text: t("profile.no_evidence") }),
      el("div", { class: "st-row chips-tools" },
        el("label", { for: "chips-weight", text: t("profile.weight") }), weight, shown, el("span", { class: "st-grow" }),
        button(t(`profile.turn_${other}`), { class: "st-button st-small", onclick: () => change(server.turn, { attribute: item.id }, item.id) }),
        button(t("profile.remove"), { class: "st-button st-small", onclick: () => remove(item) })),
      el("p", { class: "st-quiet", text: t("profile.weight_help") }));
  }

  function proof(each) {
    const words = el("p", { class: "chips-words", dir: "auto" });
    for (const [part, decisive] of each.parts) words.append(decisive ? el("mark", { text: part }) : part);
    if (!each.parts.length) words.append(el("span", { class: "st-quiet", text: each.chip ?? t("profile.no_words") }));
    return el("li", { class: "chips-proof" }, el("div", { class: "st-mat chips-thumb" }, picture(each.url, each.caption)),
      el("div", { class: "st-grow" }, el("p", {}, el("strong", { text: t(`picture.${each.verdict}`) })), words,
        el("p", { class: "st-quiet st-row" }, el("span", { class: "st-grow", text: each.read_by }),
          button(t("profile.open_rating"), { class: "st-button st-small", onclick: () => openRating(each.rating) }))));
  }

  async function openRating(rating) {
    try {
      const { card } = await studio.ask(server.reopen, { rating });
      studio.drafts.open(profile, card);
      studio.keys.goTo("rate");
    } catch (error) { tell(error.message); }
  }

  function close(id = open) {
    open = null;
    panel.parentElement?.remove();
    const closed = id && chipOf(id);
    closed?.setAttribute("aria-expanded", "false");
    closed?.focus();
  }

  // ---- changes -------------------------------------------------------------------------------
  async function change(call, argument, focusOn, undo = null) {
    try {
      const answer = await studio.ask(call, { profile, ...argument });
      show(answer.profile, focusOn);
      tell(answer.said, undo ?? answer.undo);
      trigger("changed", { version: answer.profile.version });
    } catch (error) { tell(error.message); }
  }

  function remove(item) {
    open = null;
    panel.parentElement?.remove();
    const next = chipOf(item.id)?.closest("li").nextElementSibling?.querySelector(".st-chip")?.dataset.id;
    change(server.remove, { attribute: item.id }, next ?? "");
  }

  function conflict(each) {
    const choose = (label, keep) => button(t(label), { class: "st-button st-small", onclick: () => change(server.resolve, { attribute: each.id, keep }, null) });
    return el("div", { class: "st-note st-warn st-row" }, el("span", { class: "st-grow", dir: "auto", text: each.text }),
      choose("profile.keep_dislike", "disliked"), choose("profile.keep_like", "liked"), choose("profile.drop_both", "none"));
  }

  function tell(sentence, undo = null) {
    note.hidden = !sentence;
    if (!sentence) return;
    fill(note, el("span", { text: `${sentence} ` }),
      undo ? button(t("studio.undo"), { class: "st-button st-small", onclick: () => change(server.go_back, { version: undo }, null) }) : null);
  }

  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(); }
  });
  element.addEventListener("keydown", (event) => {
    const id = event.target.closest?.(".st-chip")?.dataset.id;
    const item = id && [...(sides.liked ?? []), ...(sides.disliked ?? [])].find((each) => each.id === id);
    if (item && event.key === "Delete") { event.preventDefault(); remove(item); }
    if (open && event.key === "Escape") close();
  });

  studio.keys.serve(element, { a: () => document.querySelector("#profile-add input")?.focus() });

  function take() {
    const value = props.value;
    if (!value || !value.liked) return;
    if (value.profile !== profile) { open = null; panel.parentElement?.remove(); all.clear(); tell(""); }
    show(value);
  }
  watch("value", take);
  take();
});
