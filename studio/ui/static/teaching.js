// A training: its loss, the samples of every snapshot beside the base model's, and which to use.
"use strict";
studio.define("Teaching", ({ element, props, server, trigger, watch }) => {
  const { t, el, button, picture, fill } = studio;
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDE, HIGH] = [560, 140];
  let shown = null; // id of the snapshot whose samples are on screen
  let followed = true; // the newest one, until the person chooses another
  let log = null;
  let job = null;
  const note = el("p", { class: "st-note", role: "status", hidden: true });
  const head = el("div", { class: "teaching-head" });
  const chart = el("figure", { class: "teaching-chart" });
  const strip = el("div", { class: "st-row teaching-strip", role: "radiogroup", "aria-label": t("train.snapshots") });
  const samples = el("div", { class: "teaching-samples" });
  const root = el("section", { class: "teaching st-card", hidden: true, "aria-label": t("train.watch") }, head, note,
    el("div", { class: "teaching-both" }, chart, el("div", { class: "teaching-right" }, strip, samples)));
  element.replaceChildren(root);

  function drawHead(watch) {
    const bar = watch.fraction === null ? null : el("div", { class: "st-bar", role: "progressbar", "aria-label": watch.title,
      "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(Math.round(100 * watch.fraction)) },
      el("span", { style: `inline-size:${Math.round(100 * watch.fraction)}%` }));
    const focused = document.activeElement?.dataset?.do;
    fill(head, el("div", { class: "st-row" }, el("h2", { dir: "auto", text: watch.title }), el("span", { class: "rows-state", "data-state": watch.state, text: watch.label }),
      el("span", { class: "st-grow" }), ...watch.buttons.map((each) => button(each.label, { class: `st-button st-small ${each.main ? "st-main" : ""}`, "data-do": each.do, onclick: () => act(each.do) }))),
      el("p", { class: watch.bad ? "st-note st-bad" : "", role: watch.bad ? "alert" : null, text: watch.text }), bar,
      watch.facts ? el("p", { class: "st-quiet", text: watch.facts }) : null,
      log ? el("pre", { class: "rows-log", tabindex: "0", "aria-label": t("jobs.log_of", { title: watch.title }), text: log }) : null);
    if (focused && !element.contains(document.activeElement)) head.querySelector(`[data-do="${focused}"]`)?.focus();
  }

  // ---- the loss ------------------------------------------------------------------------------
  function shape(name, attributes) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  function drawChart(watch) {
    chart.hidden = watch.loss.length < 2;
    if (chart.hidden) return;
    const all = [...watch.loss, ...watch.prior].map(([, value]) => value);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const x = (step) => (step / watch.total) * WIDE;
    const y = (value) => HIGH - ((value - low) / Math.max(high - low, 1e-9)) * HIGH;
    const path = (points) => points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const first = watch.loss[0][1].toFixed(3);
    const last = watch.loss.at(-1)[1].toFixed(3);
    const svg = shape("svg", { viewBox: `0 -6 ${WIDE} ${HIGH + 12}`, role: "img", preserveAspectRatio: "none", "aria-label": t("train.loss_from", { first, last }) });
    svg.append(shape("polyline", { points: path(watch.prior), class: "teaching-prior" }), shape("polyline", { points: path(watch.loss), class: "teaching-loss" }));
    fill(chart, svg, el("figcaption", { class: "st-quiet", text: `${t("train.loss_from", { first, last })} ${t("train.loss_help")}` }));
  }

  // ---- snapshots -----------------------------------------------------------------------------
  function drawShots(watch) {
    const shots = watch.shots;
    if (followed || !shots.some((shot) => shot.id === shown)) shown = shots.at(-1)?.id ?? null;
    const held = strip.contains(document.activeElement);
    strip.hidden = shots.length === 0;
    fill(strip, ...shots.map((shot) => el("button", {
      type: "button", role: "radio", class: "st-chip teaching-shot", "data-id": shot.id, "data-picked": shot.picked || null, "data-suggested": shot.suggested || null,
      "aria-checked": String(shot.id === shown), "aria-label": shot.label, tabindex: shot.id === shown ? "0" : "-1", onclick: () => show(shot.id),
    }, el("span", { text: `${shot.picked ? "● " : ""}${shot.step}` }), shot.suggested ? el("small", { text: t("train.suggested") }) : null)));
    if (held) strip.querySelector(`[aria-checked="true"]`)?.focus();
    const shot = shots.find((each) => each.id === shown);
    samples.hidden = !shot && watch.base.length === 0;
    const row = (title, pictures) => el("div", { class: "teaching-row" }, el("h3", { text: title }),
      el("ul", {}, ...pictures.map((each) => el("li", {}, el("div", { class: "st-mat" }, picture(each.url, each.alt, { loading: "eager" })), el("p", { class: "st-quiet", dir: "auto", text: each.alt })))));
    fill(samples, shot ? row(t("train.with", { step: shot.step }), shot.samples) : null, watch.base.length ? row(t("train.base"), watch.base) : null,
      shot ? el("div", { class: "st-row" }, button(shot.picked ? t("train.used", { step: shot.step }) : t("train.use", { step: shot.step }), { class: "st-button st-main teaching-use", onclick: () => use(shot) })) : null);
  }

  function show(id) {
    shown = id;
    followed = id === props.value.shots.at(-1)?.id;
    drawShots(props.value);
    strip.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus();
  }

  strip.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const shots = props.value.shots;
    const next = shots[shots.findIndex((shot) => shot.id === shown) + step];
    if (next) show(next.id);
  });

  async function use(shot) {
    try {
      const answer = await studio.ask(server.use, { subject: props.value.subject, snapshot: shot.id });
      props.value = { ...props.value, shots: props.value.shots.map((each) => ({ ...each, picked: each.id === shot.id })) };
      drawShots(props.value);
      tell(answer.said);
      trigger("used", { prompt: answer.prompt });
    } catch (error) { tell(error.message); }
  }

  async function act(what) {
    if (what === "log" && log) { log = null; drawHead(props.value); return; }
    try {
      const answer = await studio.ask(server.act, { job: props.value.job, do: what });
      if (what === "log") log = answer.log;
      tell(answer.said);
      drawHead(props.value);
    } catch (error) { tell(error.message); }
  }

  function tell(sentence) {
    note.hidden = !sentence;
    note.textContent = sentence ?? "";
  }

  function take() {
    const watch = props.value;
    root.hidden = !watch?.job;
    if (root.hidden) return;
    if (watch.job !== job) { job = watch.job; followed = true; log = null; tell(""); }
    root.dataset.state = watch.state;
    root.dataset.job = watch.job;
    drawHead(watch);
    drawChart(watch);
    drawShots(watch);
  }
  watch("value", take);
  take();
});
