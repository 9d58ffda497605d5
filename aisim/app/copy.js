// A button that puts a text on the clipboard, or shows it where the browser does not allow that.
// Where the same notebook is a dashboard: this page, or Voila beside this JupyterLab.
function dashboard() {
  const { origin, pathname } = window.location;
  const notebook = pathname.match(/^(.*?)\/(?:lab|doc)\/.*?tree\/(.+\.ipynb)$/);
  return notebook ? `${origin}${notebook[1]}/voila/render/${notebook[2]}` : origin + pathname;
}

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  el.append(button, said);
  let asked = false;
  const words = () => model.get("words");
  const name = () => { button.textContent = model.get("label"); };
  const show = (text) => {
    const box = document.createElement("textarea");
    box.readOnly = true;
    box.rows = 8;
    box.value = text;
    box.setAttribute("aria-label", model.get("label"));
    said.replaceChildren(words().refused, box);
    box.select();
  };
  // The text is made when it is wanted: it changes with every key press.
  button.addEventListener("click", () => {
    asked = true;
    said.textContent = words().waiting;
    model.send({ wanted: true });
  });
  model.on("msg:custom", async ({ text }) => {
    if (!asked) return;
    asked = false;
    const whole = text.startsWith("?") ? dashboard() + text : text;
    said.textContent = "";
    if (!whole) return;
    try {
      await navigator.clipboard.writeText(whole);
      said.textContent = words().copied;
      setTimeout(() => { said.textContent = ""; }, 4000);
    } catch {
      show(whole);
    }
  });
  model.on("change:label", name);
  name();
}
export default { render };
