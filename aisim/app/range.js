// A labelled native range with a box for the exact value, its help, and a line for what is wrong.
// JupyterLab takes the arrow keys away from a range: it steps by itself and stops them.
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };

function make(tag, attributes, parent) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent.appendChild(node);
  return node;
}

function render({ model, el }) {
  // Every widget loads a copy of this script: a counter would begin anew in each.
  const id = `aisim-range-${Math.random().toString(36).slice(2)}`;
  el.classList.add("aisim-range");
  const label = make("label", { for: id }, el);
  const range = make("input", { type: "range", id, step: 1, min: 0, "aria-describedby": `${id}-help` }, el);
  const about = `${id}-help ${id}-problem`;
  const typed = { type: "text", inputmode: "decimal", autocomplete: "off", "aria-describedby": about };
  const box = make("input", typed, el);
  const unit = make("span", { class: "aisim-unit" }, el);
  make("span", { id: `${id}-help`, hidden: "" }, el);
  const help = el.lastChild;
  const problem = make("div", { class: "aisim-problem", role: "alert", id: `${id}-problem` }, el);

  function stand() {
    range.max = model.get("texts").length - 1;
    range.value = model.get("position");
  }
  function write() {
    box.value = model.get("text");
    range.setAttribute("aria-valuetext", `${model.get("text")} ${model.get("unit")}`.trim());
  }
  function name() {
    label.textContent = model.get("label");
    box.setAttribute("aria-label", `${model.get("label")}, exact value`);
    unit.textContent = model.get("unit");
    help.textContent = model.get("help");
    label.title = model.get("help");
  }
  function fault() {
    const text = model.get("problem");
    problem.textContent = text;
    // What was refused stays in the box only as long as the reason stands beside it.
    if (!text) write();
    box.setAttribute("aria-invalid", text ? "true" : "false");
  }
  function slide() {
    const position = Number(range.value);
    const text = model.get("texts")[position];
    box.value = text;
    range.setAttribute("aria-valuetext", `${text} ${model.get("unit")}`.trim());
    model.set("position", position);
    model.save_changes();
  }
  range.addEventListener("input", slide);
  range.addEventListener("keydown", (event) => {
    const last = Number(range.max);
    const ends = { Home: 0, End: last };
    const now = Number(range.value);
    const to = event.key in ends ? ends[event.key] : now + (STEPS[event.key] ?? NaN);
    if (event.ctrlKey || event.metaKey || event.key === "Tab") return;
    // JupyterLab would take letters for its own: X cuts the cell that the desk is in.
    event.stopPropagation();
    if (Number.isNaN(to) || event.altKey) return;
    event.preventDefault();
    const position = Math.min(Math.max(to, 0), last);
    if (position === now) return;
    range.value = position;
    slide();
  });
  function type() {
    if (box.value === model.get("text") && !model.get("problem")) return;
    model.set("typed", [box.value, (model.get("typed")[1] ?? 0) + 1]);
    model.save_changes();
  }
  box.addEventListener("change", type);
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") type();
  });
  model.on("change:texts change:position", stand);
  model.on("change:text", write);
  model.on("change:label change:unit change:help", name);
  model.on("change:problem", fault);
  name();
  stand();
  write();
  fault();
}
export default { render };
