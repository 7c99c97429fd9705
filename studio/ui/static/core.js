// What every component of ours uses. Loaded once, in the head of the page, before any component.
// User text reaches the page through textContent and setAttribute only: never through a template.
"use strict";
window.studio = (() => {
  const { language, direction, text } = window.studioStrings;
  const known = language.startsWith("qps") ? "en" : language; // made-up ones are stretched English
  const plural = new Intl.PluralRules(known);
  const setups = {};
  document.documentElement.lang = known;
  document.documentElement.dir = direction;

  /** A sentence of the catalogue; `{name}` is filled from values, `n` chooses the plural form. */
  function t(key, values = {}) {
    const entry = text[key];
    if (entry === undefined) throw new Error(`no sentence called ${key}`);
    const form = typeof entry === "string" ? entry : entry[plural.select(values.n)] ?? entry.other;
    return form.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  /** An element. `text` and attribute values are data; functions under `on…` become listeners. */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "text") node.textContent = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name in node && typeof value === "boolean") node[name] = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  /** A picture with its words. Ratings are given on the same neutral ground in light and dark. */
  function picture(url, words, attributes = {}) {
    const alt = (words || t("picture.unnamed")).slice(0, 250);
    return el("img", { src: url, alt, loading: "lazy", decoding: "async", draggable: "false", ...attributes });
  }

  /** A button that says its key, and has it as its description. */
  function button(label, { key, ...attributes } = {}) {
    const shown = key ? [el("kbd", { text: key, "aria-hidden": "true" })] : [];
    return el("button", { type: "button", class: "st-button", ...attributes }, el("span", { text: label }), ...shown);
  }

  /** Say something to a screen reader: politely, or at once for a failure. */
  function announce(sentence, { urgent = false } = {}) {
    const id = urgent ? "studio-alert" : "studio-status";
    let region = document.getElementById(id);
    if (!region) {
      region = el("div", { id, class: "st-unseen", role: urgent ? "alert" : "status" });
      document.body.append(region);
    }
    region.textContent = "";
    window.setTimeout(() => { region.textContent = sentence; }, 50);
  }

  /** Replace the children of a node unless the person is typing in it. */
  function fill(node, ...children) {
    node.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  /** An answer of the studio that is a refusal, in a sentence for the person. */
  class Refused extends Error {}

  /** Call a server function. Throws Refused with a sentence of ours, Error if nobody answered. */
  async function ask(call, argument) {
    const answer = await call(argument);
    if (answer && answer.error) throw new Refused(answer.error);
    return answer;
  }

  function define(name, setup) { setups[name] = setup; }

  /** Called by each component's js_on_load. */
  function mount(name, gradio) {
    gradio.element.classList.add("st");
    gradio.element.dataset.component = name;
    setups[name](gradio);
  }

  /** A number that nobody else has, for retries that must be stored once. */
  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(6));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Light, dark, or as the system is. Kept here too, so that the next visit begins in it. */
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  let wanted = localStorage.getItem("studio.theme") ?? "system";
  function theme(chosen = wanted) {
    wanted = chosen;
    localStorage.setItem("studio.theme", wanted);
    const dark = wanted === "dark" || (wanted === "system" && night.matches);
    document.body.classList.toggle("dark", dark);
  }
  night.addEventListener("change", () => window.setTimeout(theme, 0, wanted)); // after Gradio's own
  theme();

  function isSeen(element) { return element.isConnected && element.offsetParent !== null; }

  return { t, el, picture, button, announce, fill, ask, define, mount, newId, isSeen, theme, Refused, language };
})();
