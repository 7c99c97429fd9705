// How far a slow reader is with the comments: a sentence, a bar, and what can be done about it.
"use strict";
studio.reading = (ask) => {
  const { t, el, button, fill } = studio;
  const node = el("div", { class: "reading", hidden: true });
  let shown = "";

  function way(label, act) { return button(t(label), { class: "st-button st-small", onclick: act }); }

  function show(value) {
    const now = JSON.stringify(value ?? null);
    if (now === shown) return; // a button that has the focus stays
    shown = now;
    node.hidden = !value?.text;
    if (node.hidden) return;
    const percent = value.fraction === null ? null : Math.round(100 * value.fraction);
    const ways = value.active ? [way("jobs.cancel", () => ask("cancel"))]
      : value.bad ? [way("studio.again", () => ask("again")), way("reading.change", () => studio.keys.goTo("settings"))] : [];
    const held = node.contains(document.activeElement);
    fill(node, el("div", { class: `st-note st-row ${value.bad ? "st-bad" : ""}`, role: value.bad ? "alert" : "status" },
      el("span", { class: "st-grow", dir: "auto", text: value.text }), ...ways,
      percent === null ? null : el("div", { class: "st-bar", role: "progressbar", "aria-label": t("reading.title"), "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent) },
        el("span", { style: `inline-size:${percent}%` }))));
    if (held) node.querySelector("button")?.focus();
  }
  return { node, show };
};

studio.define("Reading", ({ element, props, server, trigger, watch }) => {
  let active = null; // id of the reading that was under way when we last looked
  const line = studio.reading(act);
  element.replaceChildren(line.node);

  async function act(what) {
    try {
      take((await studio.ask(server.read, { profile: props.value.profile, do: what })).reading);
    } catch (error) { studio.announce(error.message, { urgent: true }); }
  }

  function take(value) {
    if (!value) return;
    element.hidden = !value.text;
    line.show(value);
    if (active && !value.active && value.job === active) trigger("finished", { job: active });
    active = value.active ? value.job : null;
  }
  watch("value", () => take(props.value));
  take(props.value);
});
