// One listener for all keys of the page: it serves the component that is on screen.
// Keys are left alone in text fields, selects and sliders, and with Ctrl, Alt or Meta.
"use strict";
studio.keys = (() => {
  const served = []; // [element, {key: handler}]
  const places = { r: "rate", c: "choose", p: "profile", n: "generate", t: "train", l: "gallery", j: "jobs", s: "settings" };
  let enabled = true;
  let leading = false; // "g" was pressed: the next key names a tab

  function isField(node) {
    if (!(node instanceof Element)) return false;
    if (node.closest("[contenteditable=true], select, textarea, [role=listbox], [role=combobox]")) return true;
    return node.matches("input:not([type=checkbox]):not([type=radio]):not([type=button])");
  }

  /** Open a tab. On a narrow page Gradio keeps some in its "More tabs" menu, known by their words. */
  function goTo(place) {
    const shown = document.getElementById(`tab-${place}-button`);
    const folded = [...document.querySelectorAll(".overflow-dropdown button")];
    const tab = shown ?? folded.find((each) => each.textContent.trim() === studio.t(`tab.${place}`));
    if (!tab) return false;
    tab.click();
    window.setTimeout(() => document.getElementById(`tab-${place}-button`)?.focus(), 0);
    return true;
  }

  function handlerFor(key) {
    const here = served.filter(([element]) => studio.isSeen(element));
    for (const [, handlers] of here.reverse()) if (handlers[key]) return handlers[key];
    return null;
  }

  // Not a single key, so it also works in fields and with single keys switched off.
  document.addEventListener("keydown", (event) => {
    const run = document.getElementById("generate-run");
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    if (!run || !run.getClientRects().length) return; // on another tab; a fixed button has no offsetParent
    event.preventDefault();
    run.click();
  });

  document.addEventListener("keydown", (event) => {
    if (!enabled || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (isField(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (leading) {
      leading = false;
      if (places[key] && goTo(places[key])) event.preventDefault();
      return;
    }
    if (key === "g") { leading = true; return; }
    // Enter and Space belong to the control that has the focus
    const onControl = event.target.closest?.("button, a, summary, [role=tab], [role=radio], label");
    if (onControl && (key === "Enter" || key === " ")) return;
    const handler = handlerFor(key);
    if (handler) {
      event.preventDefault();
      handler(event);
    }
  });

  return {
    /** Serve these keys while the element is on screen. */
    serve(element, handlers) { served.push([element, handlers]); },
    switch(on) { enabled = on; },
    goTo,
    isField,
  };
})();
