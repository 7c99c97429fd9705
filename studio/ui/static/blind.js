// Does it work for you? A blind test: prepared as a job, answered pair by pair, told at the end.
"use strict";
studio.define("Blind", ({ element, props, server, watch }) => {
  const { t, el, button, fill } = studio;
  let desk = null;
  let begun = false; // the pairs are being answered
  const sent = new Set(); // pairs answered here, perhaps not yet there
  const outbox = studio.outbox(server, (answer) => takeMine(answer.desk), showUnsaved, "studio.outbox.blind");
  const pair = studio.pair({ title: t("blind.title"), onPick: pick, onUndo: takeBack });
  const note = el("div", { class: "st-note st-warn", role: "alert", hidden: true });
  const body = el("div", { class: "blind-body" });
  element.replaceChildren(el("section", { class: "blind", "aria-label": t("blind.title") }, el("h3", { text: t("blind.title") }), note, body));

  const answering = { u: takeBack, ...Object.fromEntries(Object.entries(pair.keys).map(([key, choice]) => [key, () => pick(choice)])) };
  const keys = {}; // only while pairs are answered: arrows belong to the fields of the page
  studio.keys.serve(element, keys);

  const open = () => desk.pairs.filter((each) => !each.answered && !sent.has(each.number));

  function take(value) {
    if (!value) return;
    if (value.test !== desk?.test || value.state !== "ready") { begun = begun && value.test === desk?.test && value.state === "ready"; sent.clear(); }
    const same = JSON.stringify(value) === JSON.stringify(desk);
    desk = value;
    if (!same) draw();
    outbox.now(); // what an earlier visit could not send
  }

  /** An answer that comes after another profile was chosen is not for this desk. */
  function takeMine(value) { if (value.profile === desk?.profile) take(value); }

  function draw() {
    const waiting = open();
    for (const key of Object.keys(keys)) delete keys[key];
    if (desk.state === "ready" && begun) Object.assign(keys, answering);
    if (desk.state === "ready" && begun && waiting.length) {
      if (!body.contains(pair.node)) fill(body, pair.node);
      const number = desk.pairs.length - waiting.length + 1;
      pair.show(waiting[0], waiting.slice(1, 2), { words: t("blind.pair_of", { pair: number, n: desk.pairs.length }), undoable: number > 1 });
      return;
    }
    const held = body.contains(document.activeElement);
    const last = desk.state === "ready" && begun; // all is chosen here, the studio counts
    const percent = desk.fraction === null ? null : Math.round(100 * desk.fraction);
    const done = desk.pairs.length - waiting.length;
    const start = desk.state === "ready" && !begun
      ? button(done ? t("blind.resume", { pair: done + 1 }) : t("blind.start"), { class: "st-button st-main", onclick: () => { begun = true; draw(); pair.node.scrollIntoView({ block: "start" }); } }) : null;
    fill(body,
      el("p", { class: desk.bad ? "st-note st-bad" : "blind-text", role: desk.bad ? "alert" : "status", dir: "auto", text: last ? t("blind.summing") : desk.text }),
      desk.caption ? el("p", { class: "st-quiet", dir: "auto", text: desk.caption }) : null,
      percent === null ? null : el("div", { class: "st-bar", role: "progressbar", "aria-label": t("blind.title"), "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent) },
        el("span", { style: `inline-size:${percent}%` })),
      el("div", { class: "st-row" }, start, ...desk.buttons.map((each) => button(each.label, { class: `st-button ${each.main ? "st-main" : ""}`, "data-do": each.do, onclick: () => act(each.do) }))));
    if (held) (body.querySelector("button") ?? element.querySelector("section")).focus?.();
  }

  function pick(choice) {
    const [current] = begun ? open() : [];
    if (!current) return;
    sent.add(current.number);
    draw();
    outbox.put({ profile: desk.profile, test: desk.test, pair: current.number, choice, client_id: studio.newId() });
  }

  async function takeBack() {
    try {
      await outbox.empty();
      sent.clear();
      takeMine((await studio.ask(server.undo, { profile: desk.profile, test: desk.test })).desk);
      studio.announce(t("blind.taken_back"));
    } catch (error) { tell(error.message); }
  }

  async function act(what) {
    try {
      tell("");
      takeMine((await studio.ask(server.act, { profile: desk.profile, do: what })).desk);
    } catch (error) { tell(error.message); }
  }

  function showUnsaved(count, sentence) {
    tell(count ? sentence ?? t("blind.unsaved") : "");
    if (sentence) { sent.clear(); draw(); } // refused, so that pair is still open
  }
  function tell(sentence) { note.hidden = !sentence; note.textContent = sentence; }

  watch("value", () => take(props.value));
  take(props.value);
});
