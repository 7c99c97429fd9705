// What a generation made: with and without taste at the same seed, single pictures, or a sweep.
"use strict";
studio.define("Compare", ({ element, props, server, trigger, watch }) => {
  const { t, el, button, picture, fill } = studio;
  const seen = { batch: null, index: 0, at: 50, details: false };
  let value = { profile: null, batches: [] };
  const LOUD = 0.8; // a strength that shows
  const NUDGE = 0.05;
  let announced = "";

  const list = el("div", { class: "compare" });
  const empty = el("div", { class: "st-note", text: t("generate.empty") });
  element.replaceChildren(empty, list);

  const shown = () => value.batches.find((batch) => batch.job === seen.batch) ?? value.batches[0];
  const steps = (batch) => (batch.kind === "pair" ? Math.floor(batch.pictures.length / 2) : batch.pictures.length);
  /** The pictures of one step: [without, with] of a pair, or the one picture. */
  function stepOf(batch, index) {
    if (batch.kind !== "pair") return [batch.pictures[index]];
    const half = steps(batch);
    return [batch.pictures[index], batch.pictures[half + index]];
  }
  function chosen() {
    const batch = shown();
    if (!batch?.pictures.length) return null;
    return stepOf(batch, Math.min(seen.index, steps(batch) - 1)).at(-1);
  }

  // ---- drawing -------------------------------------------------------------------------------
  function draw() {
    const batch = shown();
    empty.hidden = Boolean(batch);
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.stay : null;
    if (!batch) { fill(list); return; }
    Object.assign(list.dataset, { job: batch.job, state: batch.state });
    fill(list, head(batch), status(batch), batch.pictures.length ? stage(batch) : waiting(batch), thumbs(batch), tools(batch), details(batch), earlier());
    if (focused) element.querySelector(`[data-stay="${focused}"]`)?.focus({ preventScroll: true });
    tellOnce(batch);
  }

  function head(batch) { return el("p", { class: "compare-prompt", dir: "auto", text: batch.prompt }); }

  function status(batch) {
    const bad = batch.state === "failed";
    const cancel = batch.active ? button(t("generate.cancel"), { class: "st-button st-small", "data-stay": "cancel", onclick: () => cancelJob(batch) }) : null;
    const bar = batch.active ? el("div", { class: "st-bar", "aria-hidden": "true" }, el("span", { style: `inline-size:${Math.round(100 * batch.fraction)}%` })) : null;
    return el("div", { class: "compare-status" },
      el("div", { class: "st-row" }, el("span", { class: bad ? "st-note st-bad st-grow" : "st-quiet st-grow", role: bad ? "alert" : null, text: batch.text }), cancel),
      bar, batch.same ? el("div", { class: "st-note st-warn st-row" }, el("span", { class: "st-grow", text: t("generate.same") }), ...louder(batch),
        button(t("generate.open_profile"), { class: "st-button st-small", "data-stay": "profile", onclick: () => studio.keys.goTo("profile") })) : null);
  }

  /** A strength that would show, if this one was lower. */
  function louder(batch) {
    if (batch.pictures.at(-1).strength >= LOUD) return [];
    return [button(t("generate.louder", { strength: LOUD }), { class: "st-button st-small", "data-stay": "louder", onclick: () => setStrength(LOUD) })];
  }

  function waiting(batch) {
    if (!batch.active) return null;
    const image = batch.preview ? picture(batch.preview, t("generate.preview_of", { prompt: batch.prompt }), { loading: "eager" }) : null;
    return el("div", { class: "st-mat compare-stage compare-waiting" }, image);
  }

  function stage(batch) {
    const index = Math.min(seen.index, steps(batch) - 1);
    const [first, second] = stepOf(batch, index);
    if (batch.kind !== "pair" || !second) return el("div", { class: "st-mat compare-stage" }, image(first));
    const stack = el("div", { class: "st-mat compare-stage compare-stack", style: `--at:${seen.at}%` },
      el("div", { class: "compare-under" }, image(first)), el("div", { class: "compare-over" }, image(second)),
      el("span", { class: "compare-line", "aria-hidden": "true" }),
      el("span", { class: "compare-label compare-left", text: t("generate.without") }), el("span", { class: "compare-label compare-right", text: t("generate.with") }));
    const range = el("input", {
      type: "range", min: "0", max: "100", step: "5", value: String(seen.at), class: "compare-range", "data-stay": "range",
      "aria-label": t("generate.slide"), "aria-valuetext": t("generate.slide_at", { percent: seen.at }),
    });
    range.addEventListener("input", () => {
      seen.at = Number(range.value);
      stack.style.setProperty("--at", `${seen.at}%`);
      range.setAttribute("aria-valuetext", t("generate.slide_at", { percent: seen.at }));
    });
    const flip = button(t("generate.flip"), { class: "st-button st-small compare-flip", "data-stay": "flip", onclick: () => { seen.at = seen.at > 50 ? 0 : 100; draw(); } });
    return el("div", {}, stack, el("div", { class: "st-row compare-slide" }, range, flip));
  }

  function image(item) {
    return picture(item.url, item.alt, { loading: "eager", class: item.pixelated ? "st-pixelated" : null });
  }

  function thumbs(batch) {
    const count = steps(batch);
    if (count < 2) return null;
    return el("div", { class: "st-row compare-thumbs", role: "group", "aria-label": t("generate.pictures") },
      ...Array.from({ length: count }, (_, index) => {
        const item = stepOf(batch, index).at(-1);
        return el("button", {
          type: "button", class: "compare-thumb", "aria-pressed": String(index === Math.min(seen.index, count - 1)), "data-stay": `thumb-${index}`,
          "aria-label": item.label, onclick: () => { seen.index = index; draw(); },
        }, picture(item.thumb ?? item.url, item.alt), el("span", { text: item.label }));
      }));
  }

  function tools(batch) {
    const item = chosen();
    if (!item) return null;
    const [first, second] = stepOf(batch, Math.min(seen.index, steps(batch) - 1));
    const pair = batch.kind === "pair" && second;
    const verdict = (one, name, kind, key) => button(t(`rate.${name}`), {
      key, class: `st-button st-${name}`, "aria-pressed": String(one.verdict === kind), disabled: !value.profile, "data-stay": `${name}-${one.id}`, onclick: () => rate(kind, one),
    });
    /** Both pictures of a pair can be rated; the keys are for the one in the person's taste. */
    const verdicts = (one, label) => el("div", { class: "st-row compare-verdict", role: "group", "aria-label": label },
      label ? el("span", { class: "st-quiet", text: label }) : null,
      verdict(one, "dislike", "disliked", one === item ? "D" : null), verdict(one, "like", "liked", one === item ? "L" : null));
    return el("div", { class: "compare-tools" },
      el("div", { class: "st-row compare-verdicts" }, pair ? verdicts(first, t("generate.without")) : null, verdicts(item, pair ? t("generate.with") : null)),
      el("div", { class: "st-row" },
        button(t("generate.keep_seed"), { key: "K", "data-stay": "keep", onclick: () => keepSeed(item) }),
        button(t("studio.details"), { "aria-expanded": String(seen.details), "data-stay": "details", onclick: () => { seen.details = !seen.details; draw(); } }),
        batch.kind === "sweep" && value.profile && item.strength !== null
          ? button(t("generate.use_strength"), { class: "st-button st-main", "data-stay": "use", onclick: () => useStrength(item) }) : null));
  }

  function details(batch) {
    const item = chosen();
    if (!item || !seen.details) return null;
    const rows = [...item.details, ...batch.details];
    return el("dl", { class: "compare-details" }, ...rows.flatMap(([name, text]) => [el("dt", { text: name }), el("dd", { dir: "auto", text })]));
  }

  function earlier() {
    const others = value.batches.filter((batch) => batch !== shown());
    if (!others.length) return null;
    return el("section", { class: "compare-earlier" }, el("h3", { text: t("generate.earlier") }),
      el("div", { class: "st-row" }, ...others.slice(0, 8).map((batch) => el("button", {
        type: "button", class: "compare-thumb", onclick: () => { seen.batch = batch.job; seen.index = 0; draw(); },
        "aria-label": t("generate.show", { prompt: batch.prompt }),
      }, batch.pictures.length ? picture(batch.pictures.at(-1).thumb ?? batch.pictures.at(-1).url, batch.prompt) : null, el("span", { text: batch.short })))));
  }

  /** A reader of the screen hears that it is done, once, and not every step. */
  function tellOnce(batch) {
    const said = `${batch.job} ${batch.state}`;
    if (batch.active || said === announced) return;
    if (announced) studio.announce(batch.text, { urgent: batch.state === "failed" });
    announced = said;
  }

  // ---- what the person does ------------------------------------------------------------------
  async function call(action) {
    try { return await action(); } catch (error) { studio.announce(error.message, { urgent: true }); trigger("refused", { text: error.message }); return null; }
  }
  async function rate(kind, item = chosen()) {
    if (!item || !value.profile) return;
    const before = item.verdict;
    item.verdict = kind;
    draw();
    const answer = await call(() => studio.ask(server.rate, { profile: value.profile, picture: item.id, verdict: kind, client_id: studio.newId() }));
    if (!answer) { item.verdict = before; draw(); } else studio.announce(t("studio.saved"));
  }
  async function cancelJob(batch) {
    const answer = await call(() => studio.ask(server.cancel, { job: batch.job }));
    if (answer) { batch.text = answer.said; draw(); }
  }
  async function useStrength(item) {
    const answer = await call(() => studio.ask(server.use_strength, { profile: value.profile, strength: item.strength }));
    if (!answer) return;
    studio.announce(answer.said);
    trigger("strength", { strength: item.strength, said: answer.said });
  }
  function keepSeed(item) {
    trigger("seed", { seed: item.seed });
    studio.announce(t("generate.seed_kept", { seed: item.seed }));
  }

  /** The form's slider, as if the person had typed into its number. */
  function setStrength(strength) {
    const field = document.querySelector("#generate-strength input[type=number]");
    if (!field) return;
    const at = Math.round(100 * Math.min(1, Math.max(0, strength))) / 100;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, String(at));
    for (const event of ["input", "change", "blur"]) field.dispatchEvent(new Event(event, { bubbles: true }));
    studio.announce(`${t("generate.strength")} ${at}`);
  }
  function nudge(by) {
    const field = document.querySelector("#generate-strength input[type=number]");
    if (field) setStrength(Number(field.value) + by);
  }

  studio.keys.serve(element, {
    l: () => rate("liked"), d: () => rate("disliked"), k: () => { const item = chosen(); if (item) keepSeed(item); },
    "-": () => nudge(-NUDGE), "+": () => nudge(NUDGE), "=": () => nudge(NUDGE), // + without Shift
  });

  function take() {
    if (!props.value?.batches) return;
    const newest = props.value.batches[0]?.job;
    if (newest && newest !== value.batches[0]?.job) { seen.batch = newest; seen.index = 0; seen.details = false; }
    value = props.value;
    draw();
  }
  watch("value", take);
  take();
});
