// A few exclusive choices as native radio buttons.
"use strict";
studio.choice = ({ legend, help, name, options, value, onchange }) => {
  const { el } = studio;
  const inputs = options.map(([id]) => el("input", { type: "radio", name, value: id, checked: id === value, onchange: () => onchange(id) }));
  const node = el("fieldset", { class: "st-choice", title: help },
    el("legend", { class: "st-unseen", text: legend }),
    ...options.map(([, label], index) => el("label", {}, inputs[index], el("span", { text: label }))));
  return { node, set(id) { inputs.forEach((input) => { input.checked = input.value === id; }); } };
};
