// A button that puts a text on the clipboard, or shows it where the browser does not allow that.
function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  el.append(button, said);
  let asked = false;
  const name = () => { button.textContent = model.get("label"); };
  const show = (text) => {
    const box = document.createElement("textarea");
    box.readOnly = true;
    box.rows = 8;
    box.value = text;
    box.setAttribute("aria-label", model.get("label"));
    said.replaceChildren("The browser does not allow it; copy it from here:", box);
    box.select();
  };
  // The text is made when it is wanted: it changes with every key press.
  button.addEventListener("click", () => {
    asked = true;
    said.textContent = "Waiting for the kernel";
    model.send({ wanted: true });
  });
  model.on("msg:custom", async ({ text }) => {
    if (!asked) return;
    asked = false;
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied";
      setTimeout(() => { said.textContent = ""; }, 4000);
    } catch {
      show(text);
    }
  });
  model.on("change:label", name);
  name();
}
export default { render };
