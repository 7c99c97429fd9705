// Two pictures of the same prompt side by side: pick one by tap, button or key, or say neither.
// The next pair is decoded while this one is looked at.
"use strict";
studio.pair = ({ onPick, onUndo }) => {
  const { t, el, button, picture, fill } = studio;
  const decoded = new Map(); // address -> <img>
  const place = el("p", { class: "st-quiet", role: "status" });
  const prompt = el("h3", { class: "pair-prompt", dir: "auto" });
  const tap = (choice) => el("button", { type: "button", class: "st-mat pair-picture", onclick: () => onPick(choice) });
  const left = tap("left"), right = tap("right");
  const undo = button(t("studio.undo"), { key: "U", class: "st-button st-bare", onclick: onUndo });
  const node = el("div", { class: "pair", tabindex: "-1", role: "group", "aria-label": t("blind.title") },
    place, prompt, el("div", { class: "pair-both" }, left, right),
    el("div", { class: "pair-tools" },
      button(t("blind.pick_left"), { key: "1", onclick: () => onPick("left") }),
      button(t("blind.neither"), { key: "3", title: t("blind.neither_help"), onclick: () => onPick("neither") }),
      button(t("blind.pick_right"), { key: "2", onclick: () => onPick("right") }), undo));

  function image(url, words) {
    if (!decoded.has(url)) {
      const made = picture(url, words, { loading: "eager" });
      decoded.set(url, made);
      made.decode?.().catch(() => {}); // a picture that is gone shows its words instead
    }
    return decoded.get(url);
  }
  const sides = (pair) => [image(pair.left, t("blind.left")), image(pair.right, t("blind.right"))];

  return {
    node,
    keys: { 1: "left", ArrowLeft: "left", 2: "right", ArrowRight: "right", 3: "neither", s: "neither" },
    /** Show a pair, the next one at hand; `number` of `n`. */
    show(pair, following, number, n) {
      place.textContent = t("blind.pair_of", { pair: number, n });
      prompt.textContent = pair.prompt;
      const [first, second] = sides(pair);
      fill(left, first);
      fill(right, second);
      left.setAttribute("aria-label", `${t("blind.pick_left")}: ${t("blind.left")}`);
      right.setAttribute("aria-label", `${t("blind.pick_right")}: ${t("blind.right")}`);
      undo.disabled = number === 1;
      if (following) sides(following);
      node.focus({ preventScroll: true });
    },
  };
};
