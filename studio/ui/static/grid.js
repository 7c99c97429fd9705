// The gallery: pages of thumbnails, one picture beside them, rated, recalled or trashed in place.
"use strict";
studio.define("PictureGrid", ({ element, props, server, trigger, watch }) => {
  const { t, el, button, picture, fill } = studio;
  const state = { profile: null, filters: {}, items: [], next: null, before: [null], open: null, index: 0 };

  const note = el("div", { class: "st-note", role: "status", hidden: true });
  const count = el("p", { class: "st-quiet" });
  const list = el("ul", { class: "grid-list", "aria-label": t("gallery.pictures") });
  const why = el("span", { class: "st-grow", dir: "auto" });
  const clear = button(t("gallery.clear"), { class: "st-button st-small", onclick: () => trigger("cleared", {}) });
  const make = button(t("tab.generate"), { class: "st-button st-small", onclick: () => studio.keys.goTo("generate") });
  const empty = el("div", { class: "st-note st-row", hidden: true }, why, clear, make);
  const newer = button(t("gallery.newer"), { class: "st-button st-small", onclick: () => turn(-1) });
  const older = button(t("gallery.older"), { class: "st-button st-small", onclick: () => turn(1) });
  const pages = el("nav", { class: "st-row", "aria-label": t("gallery.pages") }, newer, older);
  const side = el("section", { class: "st-card grid-side", tabindex: "-1", hidden: true });
  const shelf = el("div", { class: "grid-shelf" }, count, empty, list, pages);
  element.replaceChildren(el("div", { class: "grid-all" }, note, el("div", { class: "grid-both" }, shelf, side)));

  // ---- the shelf -----------------------------------------------------------------------------
  function cell(item, index) {
    const sign = { liked: "+", disliked: "−" }[item.verdict];
    const words = item.verdict ? `${item.alt}, ${t(`picture.${item.verdict}`)}` : item.alt;
    return el("li", {}, el("button", {
      type: "button", class: "grid-cell", "data-id": item.id, "aria-current": item.id === state.open ? "true" : null,
      tabindex: index === state.index ? "0" : "-1", onclick: () => openItem(index),
      onfocus: () => { state.index = index; },
    }, picture(item.thumb, words, { class: item.pixelated ? "st-pixelated" : null }), sign ? el("span", { "aria-hidden": "true", "data-verdict": item.verdict, text: sign }) : null));
  }

  function draw() {
    state.index = Math.max(0, Math.min(state.index, state.items.length - 1));
    fill(list, ...state.items.map(cell));
    empty.hidden = state.items.length > 0;
    newer.disabled = state.before.length < 2;
    older.disabled = state.next === null;
    pages.hidden = newer.disabled && older.disabled;
  }

  function focusCell(index) {
    const cells = list.querySelectorAll(".grid-cell");
    const target = cells[Math.max(0, Math.min(index, cells.length - 1))];
    if (!target) { note.focus(); return; }
    cells.forEach((each) => { each.tabIndex = -1; });
    target.tabIndex = 0;
    target.focus();
  }

  async function load(before) {
    const answer = await call(server.turn_page, { profile: state.profile, filters: state.filters, before });
    if (!answer) return false;
    Object.assign(state, { items: answer.items, next: answer.next });
    count.textContent = answer.count ?? count.textContent;
    draw();
    return true;
  }

  async function turn(step) {
    if (step > 0 && state.next !== null) state.before.push(state.next); else if (step < 0 && state.before.length > 1) state.before.pop(); else return;
    state.index = 0;
    if (await load(state.before.at(-1))) focusCell(0);
  }

  list.addEventListener("keydown", (event) => {
    const columns = getComputedStyle(list).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    focusCell(state.index + step);
  });

  // ---- one picture ---------------------------------------------------------------------------
  async function openItem(index) {
    const item = state.items[index];
    if (!item) return;
    state.index = index;
    state.open = item.id;
    draw();
    const answer = await call(server.detail, { profile: state.profile, picture: item.id });
    if (answer && state.open === item.id) { showSide(item, answer); side.focus({ preventScroll: true }); }
  }

  function showSide(item, detail) {
    const key = `studio.draft.gallery.${state.profile}.${item.id}`;
    const words = el("textarea", { rows: "2", maxlength: "4000", dir: "auto", "aria-label": t("gallery.comment"), placeholder: t("gallery.comment_hint"), class: "grid-comment" });
    words.value = localStorage.getItem(key) ?? detail.comment;
    words.addEventListener("input", () => localStorage.setItem(key, words.value));
    words.addEventListener("keydown", (event) => {
      if (event.key === "Escape") side.focus();
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); rate(item.verdict ?? "liked"); }
    });
    const verdict = (name, kind, shortcut) => button(t(`rate.${name}`), {
      key: shortcut, class: `st-button st-small st-${name}`, "aria-pressed": String(item.verdict === kind), disabled: !state.profile, onclick: () => rate(kind),
    });
    side.hidden = false;
    element.firstChild.classList.add("grid-open");
    side.setAttribute("aria-label", item.alt);
    fill(side,
      el("div", { class: "st-row" }, button(t("gallery.back"), { class: "st-button st-small grid-back", onclick: close }), el("span", { class: "st-grow" }), button(t("studio.close"), { class: "st-button st-small", onclick: close })),
      detail.missing ? el("p", { class: "st-note st-warn", text: t("gallery.missing") }) : el("div", { class: "st-mat grid-large" }, picture(detail.url, item.alt, { loading: "eager", class: item.pixelated ? "st-pixelated" : null })),
      el("p", { class: "compare-prompt", dir: "auto", text: detail.prompt }), el("p", { class: "st-quiet", text: detail.about }),
      state.filters.trashed ? trashTools(item) : el("div", { class: "grid-tools" },
        el("div", { class: "st-row" }, verdict("dislike", "disliked", "D"), verdict("like", "liked", "L")), words,
        el("div", { class: "st-row" },
          button(t("gallery.recall"), { key: "R", class: "st-button st-small", title: t("gallery.recall_help"), onclick: recall }),
          detail.personal ? button(t("gallery.without"), { class: "st-button st-small", onclick: () => trigger("without", { picture: item.id }) }) : null,
          button(t("gallery.trash"), { key: "Del", class: "st-button st-small", onclick: () => trash(item) }))),
      el("details", {}, el("summary", { text: t("studio.details") }),
        el("dl", { class: "compare-details" }, ...detail.details.flatMap(([name, text]) => [el("dt", { text: name }), el("dd", { dir: "auto", text })])),
        el("p", { class: "st-row" }, el("a", { href: detail.url, download: detail.file, text: t("gallery.download") }), el("a", { href: detail.copy, download: detail.file, text: t("gallery.download_plain") }))));
    side.words = words;
    side.draft = key;
  }

  function trashTools(item) {
    return el("div", { class: "st-row" },
      button(t("gallery.restore"), { class: "st-button st-small st-main", onclick: () => move(server.restore, item, t("gallery.restored", { n: 1 }), null) }));
  }

  function close() {
    side.hidden = true;
    element.firstChild.classList.remove("grid-open");
    state.open = null;
    draw();
    focusCell(state.index);
  }

  const current = () => state.items.find((item) => item.id === (state.open ?? list.querySelector(".grid-cell:focus")?.dataset.id));

  async function rate(kind) {
    const item = current();
    if (!item || !state.profile) return;
    const comment = state.open === item.id ? side.words.value.trim() : "";
    const answer = await call(server.rate, { profile: state.profile, picture: item.id, verdict: kind, comment, client_id: studio.newId() });
    if (!answer) return;
    item.verdict = kind;
    localStorage.removeItem(`studio.draft.gallery.${state.profile}.${item.id}`);
    tell(t("studio.saved"));
    const inSide = side.contains(document.activeElement);
    draw();
    if (state.open) {
      for (const each of side.querySelectorAll(".grid-tools [aria-pressed]")) each.setAttribute("aria-pressed", String(each.classList.contains(kind === "liked" ? "st-like" : "st-dislike")));
    }
    if (!inSide) focusCell(state.index);
  }

  function recall() { const item = current(); if (item) trigger("recall", { picture: item.id }); }

  function trash(item) {
    move(server.trash, item, t("gallery.trashed", { n: 1 }), () => move(server.restore, item, t("gallery.restored", { n: 1 }), null));
  }

  async function move(door, item, sentence, undo) {
    if (!await call(door, { pictures: [item.id] })) return;
    side.hidden = true;
    element.firstChild.classList.remove("grid-open");
    state.open = null;
    await load(state.before.at(-1));
    tell(sentence, undo);
    if (undo) note.querySelector("button").focus(); else focusCell(state.index);
  }

  async function call(door, argument) {
    try { return await studio.ask(door, argument); } catch (error) { tell(error.message); return null; }
  }

  function tell(sentence, undo = null) {
    note.hidden = !sentence;
    fill(note, el("span", { text: `${sentence} ` }), undo ? button(t("studio.undo"), { class: "st-button st-small", onclick: undo }) : null);
  }

  studio.keys.serve(element, {
    l: () => rate("liked"), d: () => rate("disliked"), r: recall, c: () => { if (state.open) side.words?.focus(); },
    Delete: () => { const item = current(); if (item && !state.filters.trashed) trash(item); },
    Escape: () => { if (state.open) close(); },
    "/": () => document.querySelector("#gallery-search input, #gallery-search textarea")?.focus(),
  });

  function take() {
    const value = props.value;
    if (!value?.items) return;
    const fresh = JSON.stringify(value.filters) !== JSON.stringify(state.filters) || value.profile !== state.profile;
    if (!fresh && state.before.length > 1) return; // a poll must not turn the page back
    Object.assign(state, { profile: value.profile, filters: value.filters, items: value.items, next: value.next });
    if (fresh) { state.before = [null]; state.index = 0; note.hidden = true; if (!side.hidden) { side.hidden = true; state.open = null; element.firstChild.classList.remove("grid-open"); } }
    count.textContent = value.count;
    why.textContent = value.empty;
    clear.hidden = !value.narrowed;
    make.hidden = value.narrowed;
    const held = list.contains(document.activeElement);
    draw();
    if (held) focusCell(state.index);
  }
  watch("value", take);
  take();
});
