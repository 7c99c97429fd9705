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
  const seen = {}; // part -> what it shows: a press is lost where its button is replaced under it
  const note = el("p", { class: "st-note", role: "status", hidden: true });
  const head = el("div", { class: "st-row" });
  const progress = el("div", { class: "teaching-head" });
  const lines = el("pre", { class: "rows-log", tabindex: "0", hidden: true });
  const chart = el("figure", { class: "teaching-chart" });
  const strip = el("div", { class: "st-row teaching-strip", role: "radiogroup", "aria-label": t("train.snapshots") });
  const samples = el("div", { class: "teaching-samples" });
  const root = el("section", { class: "teaching st-card", hidden: true, "aria-label": t("train.watch") }, head, progress, lines, note,
    el("div", { class: "teaching-both" }, chart, el("div", { class: "teaching-right" }, strip, samples)));
  element.replaceChildren(root);

  /** Draw a part if what it shows is another now. */
  function part(name, values, draw) {
    const now = JSON.stringify(values);
    if (seen[name] === now) return;
    seen[name] = now;
    draw();
  }

  function drawHead(watch) {
    const focused = head.contains(document.activeElement) ? document.activeElement.dataset.do : null;
    fill(head, el("h2", { dir: "auto", text: watch.title }), el("span", { class: "rows-state", "data-state": watch.state, text: watch.label }), el("span", { class: "st-grow" }),
      ...watch.buttons.map((each) => button(each.label, { class: `st-button st-small ${each.main ? "st-main" : ""}`, "data-do": each.do, onclick: () => act(each.do) })));
    if (focused) (head.querySelector(`[data-do="${focused}"]`) ?? head.querySelector("button"))?.focus();
  }

  function drawProgress(watch) {
    const bar = watch.fraction === null ? null : el("div", { class: "st-bar", role: "progressbar", "aria-label": watch.title,
      "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(Math.round(100 * watch.fraction)) },
      el("span", { style: `inline-size:${Math.round(100 * watch.fraction)}%` }));
    fill(progress, el("p", { class: watch.bad ? "st-note st-bad" : "", role: watch.bad ? "alert" : null, dir: "auto", text: watch.text }), bar,
      watch.facts ? el("p", { class: "st-quiet", text: watch.facts }) : null);
  }

  function drawLog() {
    lines.hidden = !log;
    lines.textContent = log ?? "";
    lines.setAttribute("aria-label", t("jobs.log_of", { title: props.value.title }));
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
    const using = samples.contains(document.activeElement);
    strip.hidden = shots.length === 0;
    fill(strip, ...shots.map((shot) => el("button", {
      type: "button", role: "radio", class: "st-chip teaching-shot", "data-id": shot.id, "data-picked": shot.picked || null, "data-suggested": shot.suggested || null,
      "aria-checked": String(shot.id === shown), "aria-label": shot.label, tabindex: shot.id === shown ? "0" : "-1", onclick: () => show(shot.id),
    }, el("span", { text: `${shot.picked ? "● " : ""}${shot.step}` }), shot.suggested ? el("small", { text: t("train.suggested") }) : null)));
    if (held) strip.querySelector(`[aria-checked="true"]`)?.focus();
    const shot = shots.find((each) => each.id === shown);
    samples.hidden = !shot && watch.base.length === 0;
    const row = (title, pictures, measured) => el("div", { class: "teaching-row" }, el("h3", { text: title }), measured ? el("p", { text: measured }) : null,
      el("ul", {}, ...pictures.map((each) => el("li", {}, el("div", { class: "st-mat" }, picture(each.url, each.alt, { loading: "eager" })), el("p", { class: "st-quiet", dir: "auto", text: each.alt })))));
    fill(samples, shot ? row(t("train.with", { step: shot.step }), shot.samples, scores(shot)) : null, watch.base.length ? row(t("train.base"), watch.base) : null,
      shot ? el("div", { class: "st-row" }, button(shot.picked ? t("train.used", { step: shot.step }) : t("train.use", { step: shot.step }), { class: "st-button st-main teaching-use", onclick: () => use(shot) })) : null);
    if (using) samples.querySelector(".teaching-use")?.focus();
  }

  /** “likeness 78, prompt 81” where it was measured. */
  function scores(shot) {
    return ["likeness", "prompt"].filter((name) => shot[name] !== null).map((name) => t(`train.${name}`, { n: shot[name] })).join(", ");
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
    if (what === "log" && log) { log = null; drawLog(); return; }
    try {
      const answer = await studio.ask(server.act, { job: props.value.job, do: what });
      if (what === "log") { log = answer.log; drawLog(); }
      tell(answer.said);
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
    if (watch.job !== job) { job = watch.job; followed = true; log = null; drawLog(); tell(""); }
    root.dataset.state = watch.state;
    root.dataset.job = watch.job;
    part("head", [watch.job, watch.title, watch.state, watch.label, watch.buttons], () => drawHead(watch));
    part("progress", [watch.title, watch.text, watch.bad, watch.fraction, watch.facts], () => drawProgress(watch));
    part("loss", [watch.loss, watch.prior, watch.total], () => drawChart(watch));
    part("shots", [watch.job, watch.shots, watch.base], () => drawShots(watch));
  }
  watch("value", take);
  take();
});
