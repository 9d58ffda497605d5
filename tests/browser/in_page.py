"""What the tests run within a page of the browser."""

KERNEL = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
OPEN = """async path => {
  await window.jupyterapp.commands.execute('docmanager:open', {path});
}"""
#: Unsaved changes are not asked about.
CLOSE = """async () => {
  const {currentWidget} = window.jupyterapp.shell;
  await currentWidget.sessionContext.shutdown();
  currentWidget.context.model.dirty = false;
  currentWidget.close();
}"""
#: Whether every cell was run, or one failed, which ends it.
IS_THROUGH = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets
    .map(({model}) => model).filter(({type}) => type === 'code');
  return cells.every(({executionCount}) => executionCount !== null)
    || cells.some(({outputs}) => outputs.toJSON().some(one => one.output_type === 'error'));
}"""
#: All outputs of errors, and what was written to stderr; of the model, as JupyterLab draws not all.
FAULTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(({model}) => model.type === 'code').flatMap(({model}) => model.outputs.toJSON())
  .filter(({output_type, name}) => output_type === 'error' || name === 'stderr')
  .map(output => JSON.stringify(output).slice(0, 500))"""
#: The kernel has heard what was sent and the page what came of it: a slider sends what was last
#: given only when the value before has arrived, and the desk follows in the kernel's next turn.
HEARD = f"""async () => {{
  for (let i = 0; i < 3; i += 1) await {KERNEL}.requestKernelInfo();
}}"""
#: Only what was touched is read again: to read all of it takes as long as to draw it.
PIXELS = """which => {
  const wanted = which ? `figure[data-chart=${which}]` : 'figure';
  const boxes = [...document.querySelectorAll(`.aisim-charts ${wanted} > div:first-child`)]
    .filter(box => box.offsetParent && box.querySelector('svg'));
  if (!boxes.length) throw new Error(`no chart ${which} to look at`);
  const before = new Map(boxes.map(box => [box, box.querySelector('svg').outerHTML]));
  const touched = new Set();
  const watch = new MutationObserver(records => {
    for (const {target} of records) touched.add(boxes.find(box => box.contains(target)));
  });
  for (const box of boxes) {
    watch.observe(box, {attributes: true, characterData: true, childList: true, subtree: true});
  }
  const look = () => {
    for (const box of touched) {
      const svg = box?.querySelector('svg');
      if (svg && svg.outerHTML !== before.get(box)) before.delete(box);
    }
    touched.clear();
  };
  let pressed = performance.now();
  const press = () => { pressed = performance.now(); };
  document.activeElement.addEventListener('keydown', press, {once: true, capture: true});
  window.pixels = (async () => {
    const end = performance.now() + 5000;
    while (performance.now() < end) {
      await new Promise(done => requestAnimationFrame(done));
      const now = performance.now();
      look();
      if (!before.size) return now - pressed;
    }
    return null;
  })().finally(() => watch.disconnect());
}"""
#: Every chart that can be seen: its place, its marks, texts that are cut off, its words.
FIGURES = """desk => {
  const place = node => {
    const {left, top, right, bottom} = node.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  const seen = node => node.textContent.trim() && getComputedStyle(node).opacity !== '0';
  // To each side a third of the gap between two charts.
  const within = ([l, t, r, b], [L, T, R, B]) => l > L - 7 && t > T - 2 && r < R + 7 && b < B + 2;
  return [...desk.querySelectorAll('.aisim-charts figure')]
    .filter(figure => figure.offsetParent).map(figure => {
      const svg = figure.querySelector('svg');
      const marks = [...svg?.querySelectorAll('.role-mark path, .role-mark line') ?? []];
      const texts = [...svg?.querySelectorAll('text') ?? []].filter(seen);
      return {
        chart: figure.dataset.chart,
        place: place(figure),
        drawing: svg ? place(svg) : null,
        marks: marks.map(mark => mark.getBBox()).filter(b => b.width + b.height > 1).length,
        cut: texts.filter(text => !within(place(text), place(figure))).map(one => one.textContent),
        caption: figure.querySelector('figcaption').textContent,
      };
    });
}"""
#: Texts with their contrast against the page, as WCAG has it; what cannot be used is left out.
CONTRASTS = """which => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(
      c => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const seen = node => node.textContent.trim() && node.getClientRects().length && !node.disabled;
  return [...document.querySelectorAll(which)].filter(seen).map(node => {
    const style = getComputedStyle(node);
    const a = light(node instanceof SVGElement ? style.fill : style.color);
    const b = light(behind(node));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [contrast, node.textContent.trim().slice(0, 60)];
  });
}"""
#: The theme is there once its colours are, and JupyterLab's veil over the change is gone.
IS_THEME = """isLight => {
  if (document.getElementById('jupyterlab-splash')) return false;
  const colour = getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim();
  const isWhite = /^(white|#fff|#ffffff)$/i.test(colour);
  return document.body.dataset.jpThemeLight === String(isLight) && colour && isWhite === isLight;
}"""
