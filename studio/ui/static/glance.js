// Twelve pictures at once: mark what leaves you hot or cold; the marked ones are asked about.
"use strict";
studio.glance = ({ onDone }) => {
  const { t, el, button, picture, fill } = studio;
  const marks = new Map(); // card id -> verdict
  const list = el("ul", { class: "glance-list" });
  const done = button("", { class: "st-button st-main", onclick: () => { const chosen = new Map(marks); marks.clear(); onDone(chosen); } });
  const node = el("div", { class: "glance", hidden: true }, el("p", { class: "st-quiet", text: t("rate.grid_help") }), list, done);

  function mark(item, verdict, cell) {
    if (marks.get(item.id) === verdict) marks.delete(item.id); else marks.set(item.id, verdict);
    paint(item, cell);
    count();
  }

  function paint(item, cell) {
    const verdict = marks.get(item.id) ?? "";
    cell.dataset.verdict = verdict;
    for (const each of cell.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each.dataset.verdict === verdict));
  }

  function count() {
    done.firstChild.textContent = t("rate.grid_done", { n: marks.size });
    done.disabled = marks.size === 0;
  }

  function show(items) {
    marks.clear();
    fill(list, ...items.map((item) => {
      const choose = (verdict, sign, label) => el("button", {
        type: "button", class: `st-button st-small st-icon st-${verdict === "liked" ? "like" : "dislike"}`, text: sign, "data-verdict": verdict,
        "aria-label": t(label, { caption: item.caption }), "aria-pressed": "false", onclick: () => mark(item, verdict, cell),
      });
      const cell = el("li", { class: "glance-cell st-card" },
        el("div", { class: "st-mat" }, picture(item.url, item.caption)),
        el("div", { class: "glance-marks" }, choose("disliked", "−", "rate.grid_dislike"), choose("liked", "+", "rate.grid_like")));
      return cell;
    }));
    count();
  }
  return { node, show, marked: () => marks.size > 0 };
};
