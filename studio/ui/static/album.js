// The photos of a subject, their score, and advice that marks the photos it is about.
"use strict";
studio.define("Album", ({ element, props, server, watch }) => {
  const { t, el, button, picture, fill } = studio;
  let marked = [];
  let open = null; // number of the photo whose tools are shown
  const note = el("p", { class: "st-note st-bad", role: "alert", hidden: true });
  const empty = el("p", { class: "st-note", hidden: true });
  const list = el("ul", { class: "album-list", "aria-label": t("train.photos") });
  const side = el("section", { class: "album-score", "aria-label": t("train.check") });
  const root = el("div", { class: "album" }, el("div", { class: "album-left" }, note, empty, list), side);
  element.replaceChildren(root);

  const frame = (box, kind) => box && el("span", { class: `album-frame ${kind}`, "aria-hidden": "true",
    style: `left:${box[0]}%;top:${box[1]}%;width:${box[2]}%;height:${box[3]}%` });

  function cell(photo) {
    const words = [t("train.photo", { n: photo.number }), photo.caption, photo.left_out ? t("train.is_left_out") : "",
      marked.includes(photo.number) ? t("train.is_marked") : ""].filter(Boolean).join(", ");
    return el("li", { class: "album-item", "data-left-out": photo.left_out || null, "data-marked": marked.includes(photo.number) || null },
      el("button", { type: "button", class: "album-cell", "data-number": photo.number, "aria-label": words,
        "aria-expanded": String(open === photo.number), onclick: () => { open = open === photo.number ? null : photo.number; draw(); } },
        el("span", { class: "album-picture" }, picture(photo.url, photo.alt), frame(photo.crop, "album-cropped"), open === photo.number ? frame(photo.crop ? null : photo.suggested, "album-suggested") : null),
        el("span", { class: "album-number", "aria-hidden": "true", text: marked.includes(photo.number) ? `${photo.number} !` : String(photo.number) })));
  }

  function tools(photo) {
    const words = el("input", { type: "text", maxlength: "500", dir: "auto", "aria-label": t("train.caption"), placeholder: t("train.caption_hint") });
    words.value = photo.caption;
    words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); edit(photo, "caption", words.value); }
      if (event.key === "Escape") { open = null; draw(); }
    });
    const does = (what, label) => button(label, { class: "st-button st-small", "data-do": what, onclick: () => edit(photo, what) });
    return el("li", { class: "st-card album-tools" },
      el("p", { class: "st-quiet", text: `${t("train.photo", { n: photo.number })}, ${photo.size}` }),
      el("div", { class: "st-row" }, el("span", { class: "st-grow" }, words), button(t("train.caption_keep"), { class: "st-button st-small", onclick: () => edit(photo, "caption", words.value) })),
      el("div", { class: "st-row" },
        photo.crop ? does("uncrop", t("train.uncrop")) : photo.suggested ? does("crop", t("train.crop")) : null,
        photo.left_out ? does("take in", t("train.take_in")) : does("leave out", t("train.leave_out")),
        does("remove", t("train.remove"))));
  }

  async function edit(photo, what, caption = "") {
    try {
      const board = await studio.ask(server.edit, { subject: props.value.subject, number: photo.number, do: what, caption });
      note.hidden = true;
      if (what === "remove") { open = null; marked = []; }
      props.value = board;
      draw();
      const again = list.querySelector(`[data-number="${photo.number}"]`) ?? list.querySelector(".album-cell");
      again?.focus();
      studio.announce(t("studio.saved"));
    } catch (error) { note.textContent = error.message; note.hidden = false; }
  }

  function score(board) {
    if (board.score === null) return [];
    const parts = board.parts.flatMap(([name, points]) => [el("dt", { text: name }), el("dd", { text: points })]);
    return [
      el("h2", {}, el("span", { class: "album-points", text: String(board.score) }), el("span", { text: ` ${t("train.of_hundred")}` })),
      el("p", { "data-verdict": board.score >= 80 ? "ready" : board.score >= 50 ? "fair" : "poor", class: "album-verdict", text: board.verdict }),
      el("ul", { class: "album-tips" }, ...board.tips.map((tip, index) => el("li", {}, el("button", {
        type: "button", class: "album-tip", "aria-pressed": String(tip.photos.length > 0 && tip.photos.join() === marked.join()),
        onclick: () => { marked = tip.photos.join() === marked.join() ? [] : [...tip.photos]; draw(); side.querySelectorAll(".album-tip")[index]?.focus(); },
      }, el("strong", { text: tip.points }), el("span", { text: tip.sentence }))))),
      el("details", {}, el("summary", { text: t("train.parts") }), el("dl", { class: "album-parts" }, ...parts), el("p", { class: "st-quiet", text: t("train.guide") })),
    ];
  }

  function draw() {
    const board = props.value;
    if (!board?.photos) return;
    empty.hidden = !board.empty;
    empty.textContent = board.empty;
    fill(list, ...board.photos.flatMap((photo) => (photo.number === open ? [cell(photo), tools(photo)] : [cell(photo)])));
    fill(side, ...score(board));
    side.hidden = board.score === null;
  }

  let subject = null;
  function take() {
    if (props.value?.subject !== subject) { subject = props.value?.subject; marked = []; open = null; note.hidden = true; }
    if (list.contains(document.activeElement) && document.activeElement.tagName === "INPUT") return; // somebody types
    draw();
  }
  watch("value", take);
  take();
});
