// The photos of a subject, their score, and advice that marks the photos it is about.
"use strict";
studio.define("Album", ({ element, props, server, watch }) => {
  const { t, el, button, picture, fill } = studio;
  let board = null; // as the studio last said it
  let marked = [];
  let open = null; // id of the photo whose tools are shown
  let pressed = false; // a button was, and the studio has not answered
  let answered = Promise.resolve(); // changes go one after the other: the last answer is the newest
  const typed = new Map(); // photo id -> words that are not with the studio yet
  const note = el("p", { class: "st-note st-bad", role: "alert", hidden: true });
  const unscored = el("p", { class: "st-note", hidden: true });
  const list = el("ul", { class: "album-list", "aria-label": t("train.photos") });
  const side = el("section", { class: "album-score", "aria-label": t("train.check") });
  const root = el("div", { class: "album", tabindex: "-1" }, el("div", { class: "album-left" }, note, unscored, list), side);
  element.replaceChildren(root);

  const frame = (box, kind) => box && el("span", { class: `album-frame ${kind}`, "aria-hidden": "true",
    style: `left:${box[0]}%;top:${box[1]}%;width:${box[2]}%;height:${box[3]}%` });

  const cellOf = (id) => list.querySelector(`[data-photo="${CSS.escape(id)}"] .album-cell`);
  const wordsOf = (photo) => [t("train.photo", { n: photo.number }), photo.caption, photo.damaged ? t("train.is_damaged") : "",
    photo.left_out ? t("train.is_left_out") : "", marked.includes(photo.number) ? t("train.is_marked") : ""].filter(Boolean).join(", ");

  function cell(photo) {
    return el("li", { class: "album-item", "data-photo": photo.id, "data-left-out": photo.left_out || null, "data-damaged": photo.damaged || null, "data-marked": marked.includes(photo.number) || null },
      el("button", { type: "button", class: "album-cell", "data-number": photo.number, "aria-label": wordsOf(photo),
        "aria-expanded": String(open === photo.id), onclick: () => { open = open === photo.id ? null : photo.id; draw(); } },
        photo.damaged ? el("span", { class: "album-damaged", text: t("train.is_damaged") })
          : el("span", { class: "album-picture" }, picture(photo.url, photo.alt), frame(photo.crop, "album-cropped"), open === photo.id ? frame(photo.crop ? null : photo.suggested, "album-suggested") : null),
        el("span", { class: "album-number", "aria-hidden": "true", text: marked.includes(photo.number) ? `${photo.number} !` : String(photo.number) })));
  }

  function tools(photo) {
    const words = el("input", { type: "text", maxlength: "500", dir: "auto", "aria-label": t("train.caption"), placeholder: t("train.caption_hint") });
    words.value = typed.get(photo.id) ?? photo.caption;
    words.addEventListener("input", () => typed.set(photo.id, words.value));
    words.addEventListener("blur", () => keepWords(photo));
    words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); cellOf(photo.id)?.focus(); }
      if (event.key === "Escape") { keepWords(photo); open = null; draw(); }
    });
    const does = (what, label) => button(label, { class: "st-button st-small", "data-do": what, onclick: () => press(photo, what) });
    return el("li", { class: "st-card album-tools", "data-photo": photo.id },
      el("p", { class: "st-quiet", text: `${t("train.photo", { n: photo.number })}, ${photo.size}` }),
      el("div", { class: "st-row" }, el("span", { class: "st-grow" }, words), button(t("train.caption_keep"), { class: "st-button st-small", onclick: () => keepWords(photo) })),
      el("div", { class: "st-row" },
        photo.crop ? does("uncrop", t("train.uncrop")) : photo.suggested ? does("crop", t("train.crop")) : null,
        photo.left_out ? does("take in", t("train.take_in")) : does("leave out", t("train.leave_out")),
        does("remove", t("train.remove"))));
  }

  /** One change; whether it was made. */
  function edit(photo, what, caption = "") {
    const about = board.subject;
    answered = answered.then(async () => {
      try {
        const after = await studio.ask(server.edit, { subject: about, photo: photo.id, do: what, caption });
        if (about !== board.subject) return false; // another subject is on screen by now
        board = after;
        props.value = after;
        note.hidden = true;
        studio.announce(t("studio.saved"));
        return true;
      } catch (error) { note.textContent = error.message; note.hidden = false; return false; }
    });
    return answered;
  }

  /** A press while another is on its way does nothing: the second of a double press would hit the next photo. */
  async function press(photo, what) {
    if (pressed) return;
    pressed = true;
    list.setAttribute("aria-busy", "true");
    const done = await edit(photo, what);
    pressed = false;
    list.removeAttribute("aria-busy");
    if (!done) return;
    if (what === "remove") { open = null; marked = []; }
    draw();
    (cellOf(photo.id) ?? list.querySelector(`[data-number="${photo.number}"]`) ?? list.querySelector(".album-cell") ?? root).focus();
  }

  /** Store words that were typed. Draws nothing: a press may be under way on a button beside them. */
  async function keepWords({ id }) {
    const words = typed.get(id);
    if (words === undefined) return;
    typed.delete(id);
    board = { ...board, photos: board.photos.map((each) => (each.id === id ? { ...each, caption: words.trim() } : each)) };
    if (!await edit({ id }, "caption", words)) { if (!typed.has(id)) typed.set(id, words); return; }
    const photo = board.photos.find((each) => each.id === id);
    if (!photo) return;
    cellOf(id)?.setAttribute("aria-label", wordsOf(photo));
    cellOf(id)?.querySelector("img")?.setAttribute("alt", photo.alt);
  }

  function score() {
    if (board.score === null) return [];
    const parts = board.parts.flatMap(([name, points]) => [el("dt", { text: name }), el("dd", { text: points })]);
    return [
      el("h2", {}, el("span", { class: "album-points", text: String(board.score) }), el("span", { text: ` ${t("train.of_hundred")}` })),
      el("p", { "data-verdict": board.grade, class: "album-verdict", text: board.verdict }),
      el("ul", { class: "album-tips" }, ...board.tips.map((tip, index) => el("li", {}, el("button", {
        type: "button", class: "album-tip", "aria-pressed": String(tip.photos.length > 0 && tip.photos.join() === marked.join()),
        onclick: () => { marked = tip.photos.join() === marked.join() ? [] : [...tip.photos]; draw(); side.querySelectorAll(".album-tip")[index]?.focus(); },
      }, el("strong", { text: tip.points }), el("span", { dir: "auto", text: tip.sentence }))))),
      el("details", {}, el("summary", { text: t("train.parts") }), el("dl", { class: "album-parts" }, ...parts), el("p", { class: "st-quiet", text: t("train.guide") })),
    ];
  }

  function draw() {
    if (!board?.photos) return;
    const held = list.contains(document.activeElement) ? document.activeElement.closest("[data-photo]")?.dataset.photo : null;
    unscored.hidden = !board.unscored;
    unscored.textContent = board.unscored;
    fill(list, ...board.photos.flatMap((photo) => (photo.id === open ? [cell(photo), tools(photo)] : [cell(photo)])));
    fill(side, ...score());
    side.hidden = board.score === null;
    if (held) cellOf(held)?.focus();
  }

  let subject = null;
  function take() {
    if (props.value?.subject !== subject) { subject = props.value?.subject; marked = []; open = null; note.hidden = true; typed.clear(); }
    if (JSON.stringify(props.value) === JSON.stringify(board)) return; // our own change
    board = props.value;
    if (list.contains(document.activeElement) && document.activeElement.tagName === "INPUT") return; // somebody types
    draw();
  }
  watch("value", take);
  take();
});
