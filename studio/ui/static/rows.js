// Rows with their own buttons: jobs, models. A button carries the id of its row.
"use strict";
studio.define("Rows", ({ element, props, server, trigger, watch }) => {
  const { t, el, button, fill } = studio;
  const logs = new Map(); // row id -> lines, while its log is open
  const note = el("div", { class: "st-note", role: "status", hidden: true });
  const head = el("p", { class: "st-quiet", hidden: true });
  const list = el("ul", { class: "rows" });
  const empty = el("p", { class: "st-note", hidden: true });
  element.replaceChildren(el("div", { class: "rows-all" }, note, head, empty, list));

  function row(item) {
    const bar = item.fraction === null ? null : el("div", {
      class: "st-bar", role: "progressbar", "aria-label": item.title, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(Math.round(100 * item.fraction)),
    }, el("span", { style: `inline-size:${Math.round(100 * item.fraction)}%` }));
    const lines = logs.get(item.id);
    return el("li", { class: "st-card rows-row", "data-id": item.id, "data-state": item.state },
      el("div", { class: "rows-main" },
        el("div", { class: "st-row" }, el("strong", { dir: "auto", text: item.title }), el("span", { class: "rows-state", text: item.label })),
        el("p", { class: item.bad ? "rows-bad" : "st-quiet", dir: "auto", text: item.text }), bar),
      el("div", { class: "st-row rows-tools" }, ...item.buttons.map((each) => button(each.label, {
        class: `st-button st-small ${each.main ? "st-main" : ""}`, "data-do": each.do, "aria-label": `${each.label}: ${item.title}`,
        "aria-expanded": each.do === "log" ? String(Boolean(lines)) : null, onclick: () => act(item, each.do),
      }))),
      lines ? el("pre", { class: "rows-log", tabindex: "0", "aria-label": t("jobs.log_of", { title: item.title }), text: lines }) : null);
  }

  function draw() {
    const items = props.value?.rows ?? [];
    const at = document.activeElement;
    const held = element.contains(at) ? [at.closest(".rows-row")?.dataset.id, at.dataset.do] : null;
    fill(list, ...items.map(row));
    head.textContent = props.value?.head ?? "";
    head.hidden = !head.textContent;
    empty.hidden = items.length > 0 || !props.value?.empty;
    empty.textContent = props.value?.empty ?? "";
    if (!held?.[0]) return;
    const place = element.querySelector(`.rows-row[data-id="${CSS.escape(held[0])}"]`);
    (place?.querySelector(`[data-do="${held[1]}"]`) ?? place?.querySelector("button") ?? note).focus?.();
  }

  async function act(item, what) {
    if (what === "log" && logs.has(item.id)) { logs.delete(item.id); draw(); return; }
    try {
      const answer = await studio.ask(server.act, { id: item.id, do: what });
      if (what === "log") logs.set(item.id, answer.log);
      if (answer.rows) props.value = { ...props.value, rows: answer.rows };
      tell(answer.said);
      draw();
      if (answer.changed) trigger("changed", {});
      if (answer.go) trigger("opened", { go: answer.go, id: item.id });
    } catch (error) { tell(error.message); }
  }

  function tell(sentence) {
    note.hidden = !sentence;
    note.textContent = sentence ?? "";
  }

  watch("value", draw);
  draw();
});
