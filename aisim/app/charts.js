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
    figure.append(box, captions[name], saving(name));
    el.appendChild(figure);
  }
  // The chart as it stands, as a file of the browser's.
  function saving(name) {
    const row = document.createElement("div");
    row.className = "aisim-save";
    for (const kind of ["svg", "png"]) {
      const button = document.createElement("button");
      button.textContent = kind.toUpperCase();
      button.title = `${model.get("words").save} ${kind.toUpperCase()}`;
      button.setAttribute("aria-label", `${button.title}: ${name}`);
      button.addEventListener("click", () => save(name, kind).catch(fail));
      row.append(button);
    }
    return row;
  }
  async function save(name, kind) {
    const link = document.createElement("a");
    link.href = await views[name].toImageURL(kind, kind === "png" ? 2 : 1);
    link.download = `${name}.${kind}`;
    link.click();
  }
  // With its rows from the beginning, a chart finds its layout at once.
  async function draw(name, spec) {
    const box = el.querySelector(`[data-chart=${name}] div`);
    views[name]?.finalize();
    drawn[name] = JSON.stringify(spec);
    const options = { actions: false, renderer: "svg", formatLocale: model.get("locale") };
    const rows = JSON.parse(model.get("rows")[name]);
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
      view.data("rows", JSON.parse(rows));
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
    line.textContent = `${model.get("words").failed} ${error}`;
  }
  async function begin() {
    // All have their place before one is drawn: it takes the width that it finds.
    const wanted = model.get("specs");
    for (const figure of [...el.querySelectorAll("figure")]) {
      const name = figure.dataset.chart;
      if (name in wanted) continue;
      views[name]?.finalize();
      delete views[name];
      delete drawn[name];
      figure.remove();
    }
    for (const name of Object.keys(wanted)) {
      if (!el.querySelector(`[data-chart=${name}]`)) place(name);
    }
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
