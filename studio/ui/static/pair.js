// Two pictures of the same prompt side by side: pick one by tap, button or key, or say neither.
// The next pairs are decoded while this one is looked at.
"use strict";
studio.pair = ({ title, onPick, onUndo }) => {
  const { t, el, button, picture, fill } = studio;
  let decoded = new Map(); // address -> <img>
  const place = el("p", { class: "st-quiet", role: "status" });
  const prompt = el("h3", { class: "pair-prompt", dir: "auto" });
  const tap = (choice, name) => el("button", {
    type: "button", class: "st-mat pair-picture", onclick: () => onPick(choice), "aria-label": `${t(`pair.pick_${choice}`)}: ${name}`,
  });
  const left = tap("left", t("pair.left")), right = tap("right", t("pair.right"));
  const undo = button(t("studio.undo"), { key: "U", class: "st-button st-bare", onclick: onUndo });
  const node = el("div", { class: "pair", tabindex: "-1", role: "group", "aria-label": title },
    place, prompt, el("div", { class: "pair-both" }, left, right),
    el("div", { class: "pair-tools" },
      button(t("pair.pick_left"), { key: "1", onclick: () => onPick("left") }),
      button(t("pair.neither"), { key: "3", title: t("pair.neither_help"), onclick: () => onPick("neither") }),
      button(t("pair.pick_right"), { key: "2", onclick: () => onPick("right") }), undo));

  /** Decoded before it is shown, and painted together with its neighbour: hence not "async". */
  function image(url) {
    if (decoded.has(url)) return decoded.get(url);
    const made = picture(url, "", { loading: "eager", decoding: "sync" });
    made.decode?.().catch(() => {}); // a picture that is gone shows its words instead
    return made;
  }

  function put(side, made, words) {
    made.alt = words;
    if (side.firstChild !== made || side.childNodes.length > 1) fill(side, made);
  }

  return {
    node,
    keys: { 1: "left", ArrowLeft: "left", 2: "right", ArrowRight: "right", 3: "neither", s: "neither" },
    /** Show a pair with those that follow at hand, and words that say where one is. */
    show(pair, following, { words, undoable, focus = true }) {
      const urls = [pair, ...following].flatMap((each) => [each.left, each.right]);
      decoded = new Map(urls.map((url) => [url, image(url)]));
      if (place.textContent !== words) place.textContent = words; // read out when it changes
      prompt.textContent = pair.prompt;
      put(left, decoded.get(pair.left), t("pair.left"));
      put(right, decoded.get(pair.right), t("pair.right"));
      undo.disabled = !undoable;
      const held = document.activeElement;
      if (focus && (!node.contains(held) || held.disabled)) node.focus({ preventScroll: true });
    },
  };
};
