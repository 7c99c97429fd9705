// Attributes to look at before something is done: what a blend would hold, what is in a file.
"use strict";
studio.define("Glimpse", ({ element, props, watch }) => {
  const { t, el, fill } = studio;
  const said = el("p", { dir: "auto", role: "status" }); // read out; the attributes are not
  const rest = el("div", { class: "glimpse-rest" });
  element.replaceChildren(el("div", { class: "glimpse" }, said, rest));

  function chip(item) {
    const sign = item.polarity === "liked" ? "+" : "−";
    return el("li", {}, el("span", { class: "st-chip", "data-polarity": item.polarity, "data-draft": item.flag ? "" : null },
      el("span", { dir: "auto", text: `${sign} ${item.phrase}` }),
      item.dots ? el("span", { class: "st-dots", "aria-hidden": "true", text: "•".repeat(item.dots) }) : null,
      item.flag ? el("span", { class: "glimpse-flag", text: item.flag }) : null));
  }

  function side(name, items) {
    if (!items.length) return null;
    return el("section", { class: "chips-side" }, el("h3", { text: t(`profile.${name}`) }), el("ul", { class: "st-row" }, ...items.map(chip)));
  }

  function draw() {
    const { text = "", chips = [], warnings = [] } = props.value ?? {};
    element.hidden = !text && !chips.length;
    said.hidden = !text;
    said.textContent = text;
    fill(rest,
      side("liked", chips.filter((item) => item.polarity === "liked")),
      side("disliked", chips.filter((item) => item.polarity === "disliked")),
      ...warnings.map((sentence) => el("p", { class: "st-note st-warn", dir: "auto", text: sentence })));
  }
  watch("value", draw);
  draw();
});
