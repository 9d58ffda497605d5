// A list of what can be downloaded and a button; what the kernel makes is saved by the browser.
const KEEP_MS = 60000;

function save(data, name, type) {
  const address = URL.createObjectURL(new Blob([data], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Not at once: the browser may still be asking where to put it.
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
}

function render({ model, el }) {
  const id = `aisim-download-${Math.random().toString(36).slice(2)}`;
  const [label, list, button, said, problem] =
    ["label", "select", "button", "span", "div"].map((tag) => document.createElement(tag));
  label.htmlFor = list.id = id;
  button.type = "button";
  button.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
  said.setAttribute("role", "status");
  problem.setAttribute("role", "alert");
  problem.className = "aisim-problem";
  el.classList.add("aisim-download");
  el.append(label, list, button, said, problem);
  let ticket = "";

  function tell(words, fault = "") {
    said.textContent = words;
    problem.textContent = fault;
  }
  function fill() {
    const chosen = list.value;
    list.replaceChildren(...model.get("labels").map((text) => new Option(text, text)));
    if (model.get("labels").includes(chosen)) list.value = chosen;
    button.disabled = list.length === 0;
  }
  function name() {
    label.textContent = model.get("texts").what;
    button.textContent = model.get("texts").save;
  }
  // JupyterLab would take keys for its own: X cuts the cell that the desk is in.
  el.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey || event.key === "Tab")) event.stopPropagation();
  });
  button.addEventListener("click", () => {
    ticket = Math.random().toString(36).slice(2);
    tell(model.get("texts").waiting);
    model.send({ wanted: list.value, ticket });
  });
  // Every view of the widget hears every answer: only that with the ticket is its own.
  function answered(answer, buffers) {
    if (answer.ticket !== ticket) return;
    ticket = "";
    if (answer.problem) {
      tell("", answer.problem);
      return;
    }
    save(buffers[0], answer.name, answer.mime);
    tell(answer.said);
  }
  model.on("msg:custom", answered);
  model.on("change:labels", fill);
  model.on("change:texts", name);
  fill();
  name();
  return () => {
    model.off("msg:custom", answered);
    model.off("change:labels", fill);
    model.off("change:texts", name);
  };
}
export default { render };
