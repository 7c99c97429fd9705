// The line above the tabs: model and device, what is running, and the keys; and the first steps.
"use strict";
studio.define("Header", ({ element, props, trigger, watch }) => {
  const { t, el, button, fill } = studio;
  const machine = el("span", { class: "st-quiet header-machine" });
  const strip = el("button", { type: "button", class: "st-button st-small st-bare header-strip", title: t("studio.jobs_open"), onclick: () => studio.keys.goTo("jobs") });
  const help = el("button", { type: "button", class: "st-button st-small st-icon", text: "?", "aria-label": t("studio.shortcuts"), title: t("studio.shortcuts"), "aria-expanded": "false", "aria-controls": "studio-keys", onclick: toggle });
  const keys = el("section", { id: "studio-keys", class: "st-card header-keys", hidden: true, tabindex: "-1", "aria-label": t("keys.title") });
  const gone = el("div", { class: "st-note st-bad header-gone", role: "alert", hidden: true }, el("span", { text: `${t("studio.gone")} ` }), button(t("studio.reload"), { class: "st-button st-small", onclick: () => location.reload() }));
  element.replaceChildren(el("div", { class: "header" }, machine, strip, help), keys, gone);

  const groups = [["keys.everywhere", ["keys.go", "keys.help"]], ["tab.rate", ["keys.verdict", "keys.skip", "keys.comment", "keys.chips", "keys.undo", "keys.view"]],
    ["tab.profile", ["keys.evidence", "keys.add", "keys.blind"]], ["tab.generate", ["keys.generate", "keys.strength", "keys.rate", "keys.seed"]], ["tab.gallery", ["keys.search", "keys.arrows", "keys.rate", "keys.recall", "keys.trash"]]];
  fill(keys, el("div", { class: "st-row" }, el("h2", { class: "st-grow", text: t("keys.title") }), button(t("studio.close"), { class: "st-button st-small", onclick: toggle })),
    el("div", { class: "header-groups" }, ...groups.map(([title, lines]) => el("div", {}, el("h3", { text: t(title) }), ...lines.map((line) => el("p", { text: t(line) }))))));

  function toggle() {
    keys.hidden = !keys.hidden;
    help.setAttribute("aria-expanded", String(!keys.hidden));
    (keys.hidden ? help : keys).focus();
  }
  keys.addEventListener("keydown", (event) => { if (event.key === "Escape") toggle(); });
  studio.keys.serve(element, { "?": toggle });

  let model = null;
  function draw() {
    const value = props.value;
    if (!value) return;
    machine.textContent = value.machine;
    studio.keys.switch(value.shortcuts);
    studio.theme(value.theme);
    const other = model !== null && model !== value.model; // the first value came with the fields
    model = value.model;
    if (other) trigger("remodelled", {});
    const first = value.jobs[0];
    const more = value.jobs.length > 1 ? ` +${value.jobs.length - 1}` : "";
    fill(strip, first ? el("span", { class: "header-dot", "aria-hidden": "true" }) : null, el("span", { dir: "auto", text: first ? first.text + more : t("studio.jobs_idle") }));
  }
  watch("value", draw);
  draw();

  /** Ask whether the studio is there, in the page's own time: Gradio's timer stops without it. */
  const ASK_MS = 10000;
  async function listen() {
    let there = false;
    try { there = (await fetch("/studio/whoami", { cache: "no-store" })).ok; } catch { there = false; }
    const wasGone = !gone.hidden;
    gone.hidden = there;
    if (there && wasGone) location.reload();
    window.setTimeout(listen, ASK_MS);
  }
  window.setTimeout(listen, ASK_MS);

  const skip = el("a", { href: "#studio-tabs", text: t("studio.skip"), onclick: skipToContent });
  function skipToContent(event) {
    event.preventDefault();
    const panel = [...document.querySelectorAll("[role=tabpanel]")].find(studio.isSeen);
    panel?.querySelector("button, input, select, textarea, [tabindex]")?.focus();
  }
  if (!document.getElementById("studio-skip")) document.body.prepend(el("nav", { id: "studio-skip", class: "st", "aria-label": t("studio.skip") }, skip));
});

studio.define("Steps", ({ element, props, server, watch }) => {
  const { t, el, button, fill } = studio;
  function draw() {
    const value = props.value;
    const wanted = Boolean(value?.steps?.length || value?.said);
    element.hidden = !wanted;
    if (!wanted) { fill(element); return; }
    if (value.said) { fill(element, done(value)); return; }
    fill(element, el("section", { class: "steps", "aria-label": t("steps.title") },
      el("ol", { class: "st-row st-grow" }, ...value.steps.map((step) => el("li", { class: "steps-one", "data-done": step.done ? "" : null, "aria-current": step.now ? "step" : null },
        el("span", { "aria-hidden": "true", class: "steps-mark", text: step.done ? "✓" : "" }), el("span", { class: "st-unseen", text: step.done ? t("steps.done") : "" }),
        step.go ? button(step.text, { class: "st-button st-small st-bare", onclick: () => studio.keys.goTo(step.go) }) : el("span", { text: step.text })))),
      button(t("steps.hide"), { class: "st-button st-small st-bare", onclick: () => hide() })));
  }
  /** The first picture in the person's taste is there: once, what comes next. */
  function done(value) {
    return el("section", { class: "steps steps-said", "aria-label": t("steps.title") },
      el("p", { class: "st-grow", text: value.said }),
      button(t("steps.hide"), { class: "st-button st-small st-bare", onclick: () => hide() }));
  }
  async function hide() {
    await studio.ask(server.hide, {});
    element.hidden = true;
    document.querySelector("[role=tab][aria-selected=true]")?.focus();
  }
  watch("value", draw);
  draw();
});
