// A sentence beside an action. A bad one is an alert and stays until dismissed.
"use strict";
studio.define("Notice", ({ element, props, watch }) => {
  const { el, t, button, fill } = studio;
  function draw() {
    const { text = "", bad = false, ways = [] } = props.value ?? {};
    element.hidden = !text;
    if (!text) { fill(element); return; }
    const dismiss = bad ? button("×", { class: "st-button st-small st-icon st-bare", "aria-label": t("studio.close"), onclick: () => { element.hidden = true; } }) : null;
    fill(element, el("div", { class: `st-note st-row ${bad ? "st-bad" : ""}`, role: bad ? "alert" : "status" }, el("span", { class: "st-grow", dir: "auto", text }),
      ...ways.map((way) => button(way.label, { class: "st-button st-small", onclick: () => studio.keys.goTo(way.place) })), dismiss));
  }
  watch("value", draw);
  draw();
});
