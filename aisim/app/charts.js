// The charts: drawn once, then only their rows and scales are replaced, in place.
// Drawing them anew at every key press took three to five times as long, and flickered.
async function render({ model, el }) {
  el.classList.add("aisim-charts");
  const views = {};
  const drawn = {};
  const captions = {};

  function place(name) {
    const figure = document.createElement("figure");
    const box = document.createElement("div");
    captions[name] = document.createElement("figcaption");
    figure.dataset.chart = name;
    figure.append(box, captions[name]);
    el.appendChild(figure);
    return box;
  }
  // With its rows from the beginning, a chart finds its layout at once.
  async function draw(name, spec) {
    const box = el.querySelector(`[data-chart=${name}] div`) ?? place(name);
    views[name]?.finalize();
    drawn[name] = JSON.stringify(spec);
    const options = { actions: false, renderer: "svg" };
    const rows = structuredClone(model.get("rows")[name]);
    const whole = { ...structuredClone(spec), datasets: { rows } };
    views[name] = (await vegaEmbed(box, whole, options)).view;
  }
  function say() {
    for (const [name, text] of Object.entries(model.get("summaries"))) {
      if (captions[name]) captions[name].textContent = text;
    }
  }
  function update() {
    const scales = model.get("scales");
    const runs = [];
    for (const [name, rows] of Object.entries(model.get("rows"))) {
      const view = views[name];
      if (!view) continue;
      for (const [param, value] of Object.entries(scales[name] ?? {})) view.signal(param, value);
      view.data("rows", structuredClone(rows));
      runs.push(view.runAsync());
    }
    return Promise.all(runs);
  }
  function fail(error) {
    let line = el.querySelector(".aisim-problem");
    if (!line) {
      line = document.createElement("div");
      line.className = "aisim-problem";
      line.setAttribute("role", "alert");
      el.prepend(line);
    }
    line.textContent = `A chart could not be drawn: ${error}`;
  }
  async function begin() {
    for (const [name, spec] of Object.entries(model.get("specs"))) {
      if (drawn[name] !== JSON.stringify(spec)) await draw(name, spec);
    }
    await update();
    say();
  }
  // One after the other, so that no two of them draw at once.
  let turn = Promise.resolve();
  const next = (act) => { turn = turn.then(act).catch(fail); };
  model.on("change:specs", () => next(begin));
  model.on("change:rows", () => next(update));
  model.on("change:summaries", say);
  let width = 0;
  const fit = new ResizeObserver(() => {
    if (el.clientWidth === width) return;
    width = el.clientWidth;
    window.dispatchEvent(new Event("resize"));
  });
  fit.observe(el);
  next(begin);
  await turn;
  return () => {
    fit.disconnect();
    for (const view of Object.values(views)) view.finalize();
  };
}
export default { render };
