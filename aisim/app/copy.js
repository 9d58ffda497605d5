// A button that puts a text on the clipboard.
function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  el.append(button, said);
  const name = () => { button.textContent = model.get("label"); };
  // The text is made when it is wanted: it changes with every key press.
  button.addEventListener("click", () => model.send({ wanted: true }));
  model.on("msg:custom", async ({ text }) => {
    let done = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = "The browser refused; mark the text and copy it by hand";
    }
    said.textContent = done;
    setTimeout(() => { said.textContent = ""; }, 4000);
  });
  model.on("change:label", name);
  name();
}
export default { render };
