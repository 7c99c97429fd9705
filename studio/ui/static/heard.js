// What the studio has heard so far: attributes, progress in plain numbers, and a small preview.
"use strict";
studio.heard = ({ server, state }) => {
  const { t, el, button, picture, fill } = studio;
  const POLL_MS = 1500;
  const NARROW = window.matchMedia("(max-width: 640px)");
  const title = el("h2", { tabindex: "-1" });
  const reader = el("span", { class: "st-quiet" });
  const list = el("ul", { class: "heard-list" });
  const lines = el("div", { class: "heard-lines", role: "status" });
  const preview = el("figure", { class: "heard-preview", hidden: true });
  const actions = el("div", { class: "st-row" });
  const reading = studio.reading(read);
  const fold = el("details", { class: "heard-fold", open: !NARROW.matches }, // on a phone it would push the card away
    el("summary", { class: "st-row heard-title" }, title, reader), list, lines);
  const node = el("aside", { class: "st-card heard", "aria-label": t("rate.heard") }, fold, reading.node, preview, actions);
  NARROW.addEventListener("change", () => { fold.open = !NARROW.matches; });
  let polling = null;
  let listed = ""; // what the list shows, so that a poll takes no focus away

  function attribute(item) {
    const sign = item.split ? "±" : item.polarity === "liked" ? "+" : "−";
    return el("li", { class: "heard-item" },
      el("span", { class: "st-chip", "data-polarity": item.polarity, "data-draft": item.draft ? "" : null },
        el("span", { dir: "auto", text: `${sign} ${item.phrase}` }),
        el("span", { class: "st-dots", "aria-hidden": "true", text: "•".repeat(item.dots) })),
      el("span", { class: "st-quiet", text: item.tally || t("rate.comments", { n: item.count }) }),
      button("×", { class: "st-button st-small st-icon st-bare", "aria-label": t("rate.remove", { phrase: item.phrase }), onclick: () => remove(item) }));
  }

  async function remove(item) {
    const answer = await studio.ask(server.remove, { profile: state.profile, attribute: item.id });
    studio.announce(t("rate.removed", { phrase: item.phrase }));
    show(answer.heard);
    title.focus();
  }

  function show(value) {
    if (!value) return;
    reader.textContent = value.reader;
    title.textContent = NARROW.matches ? t("rate.heard_n", { n: value.attributes.length }) : t("rate.heard");
    reading.show(value.reading);
    window.clearTimeout(polling);
    if (value.preview?.running || value.reading.active) polling = window.setTimeout(poll, POLL_MS);
    const { preview: pair, reading: _told, ...rest } = value;
    showPreview(pair);
    if (listed === JSON.stringify(rest)) return;
    listed = JSON.stringify(rest);
    fill(list, ...value.attributes.map(attribute));
    if (!value.attributes.length) fill(list, el("li", { class: "st-quiet", text: t("rate.heard_none") }));
    fill(lines, ...value.lines.map((line) => el("p", { class: "st-quiet", text: line })));
    fill(actions, value.enough ? goButton("rate.see_profile", "profile") : null, value.enough ? goButton("rate.try_it", "generate") : null);
  }

  function goButton(label, place) {
    return button(t(label), { class: `st-button ${place === "generate" ? "st-main" : ""}`, onclick: () => studio.keys.goTo(place) });
  }

  function showPreview(value) {
    preview.hidden = !value;
    if (!value) return;
    const side = (url, label) => el("div", {}, el("div", { class: "st-mat" }, url ? picture(url, `${value.prompt}, ${label}`) : null), el("span", { class: "st-quiet", text: label }));
    const pair = value.without && value.with
      ? el("div", { class: "heard-pair" }, side(value.without, t("rate.preview_without")), side(value.with, t("rate.preview_with"))) : null;
    fill(preview, pair, el("figcaption", { class: "st-quiet", text: value.text }));
  }

  async function read(what) {
    try { show((await studio.ask(server.read, { profile: state.profile, do: what })).heard); } catch (error) { studio.announce(error.message, { urgent: true }); }
  }

  async function poll() {
    const profile = state.profile;
    try {
      const answer = await studio.ask(server.listen, { profile });
      if (profile === state.profile) show(answer.heard);
    } catch { polling = window.setTimeout(poll, 4 * POLL_MS); } // the studio is away: ask less often
  }

  return { node, show };
};
