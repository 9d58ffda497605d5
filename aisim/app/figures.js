// The figures as a real table, and below it where one of them comes from. All is text: nothing
// that a planner wrote is ever taken for markup.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function make(tag, attributes, parent, text) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  parent?.appendChild(node);
  return node;
}

function address(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function from(parent, text) {
  const href = address(text);
  if (href) make("a", { href, target: "_blank", rel: "noopener noreferrer" }, parent, text);
  else parent.append(text);
}

// What is there of some texts, with something between.
const joined = (texts, between) => texts.filter(Boolean).join(between);

function price(list, one) {
  const item = make("li", {}, list);
  const range = one.range ? ` [${one.range}]` : "";
  const about = joined([one.unit, one.quality, one.as_of], ", ");
  item.append(`${one.key} = ${one.value}${range} (${about}): `);
  from(item, one.source);
}

function part(list, one) {
  const item = make("li", {}, list);
  make("strong", {}, item, one.amount);
  item.append(` ${one.what}: ${one.product}`);
  if (one.description) make("div", {}, item, one.description);
  const prices = make("ul", {}, item);
  for (const each of one.prices) price(prices, each);
}

function origin(list, one) {
  const item = make("li", {}, list, one.what);
  if (!one.source && !one.about) return;
  item.append(": ");
  if (one.source) from(item, one.source);
  if (one.about) item.append(one.source ? ` (${one.about})` : one.about);
}

function listed(parent, title, items, write) {
  if (!items.length) return;
  make("div", { class: "aisim-of" }, parent, title);
  const list = make("ul", {}, parent);
  for (const item of items) write(list, item);
}

function section(parent, one, words, isFirst) {
  if (!isFirst) make("h4", {}, parent, one.title);
  make("p", { class: "aisim-value" }, parent, one.value);
  make("p", { class: "aisim-formula" }, parent, `= ${one.formula}`);
  const input = (list, { name, value }) => make("li", {}, list, `${name} = ${value}`);
  listed(parent, words.inputs, one.inputs, input);
  listed(parent, words.parts, one.parts, part);
  listed(parent, words.sources, one.sources, origin);
}

function render({ model, el }) {
  // Every widget loads a copy of this script: a counter would begin anew in each.
  const id = `aisim-figures-${Math.random().toString(36).slice(2)}`;
  const words = () => model.get("words");
  el.classList.add("aisim-figures");
  const table = make("table", { class: "aisim-table" }, el);
  const help = make("p", { class: "aisim-help", id: `${id}-help` }, el, words().help);
  const open = { class: "aisim-opened", id, role: "region", "aria-live": "polite" };
  const region = make("section", { ...open, "aria-labelledby": `${id}-title`, hidden: "" }, el);
  let caption, heads, rows, built;
  let at = [0, 0];
  let asked = null;
  let mayFocus = false;

  function head(row, { name }) {
    const cell = make("th", { scope: "col" }, row, name);
    cell.append(" ");
    return { cell, chip: make("span", {}, cell) };
  }
  function line(body, row, i) {
    const tr = make("tr", {}, body);
    const label = make("th", { scope: "row" }, tr);
    if (row.part) label.classList.add("aisim-part");
    const cells = row.cells.map((_, j) => {
      const td = make("td", {}, tr);
      const about = { type: "button", tabindex: -1, "aria-expanded": "false", "aria-controls": id };
      const cell = make("button", about, td);
      cell.addEventListener("click", () => { go(i, j); ask(i, j); });
      cell.addEventListener("focus", () => go(i, j));
      return cell;
    });
    return { figure: row.figure, label, cells };
  }
  function build({ heads: names, groups }) {
    caption = make("caption", { "aria-describedby": `${id}-help` });
    const top = make("tr", {}, make("thead", {}));
    make("td", {}, top);
    heads = names.map((one) => head(top, one));
    rows = [];
    const bodies = groups.map((group) => {
      const body = make("tbody", {});
      for (const row of group) rows.push(line(body, row, rows.length));
      return body;
    });
    table.replaceChildren(caption, top.parentNode, ...bodies);
  }
  // Only what differs is written: at a key press the table stands still, and so does the focus.
  function write(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }
  function fill({ caption: title, heads: names, groups }) {
    write(caption, title);
    names.forEach(({ state, word }, j) => {
      const { chip } = heads[j];
      chip.className = state === "sound" ? "" : `aisim-chip aisim-${state}`;
      write(chip, state === "sound" ? "" : word);
    });
    groups.flat().forEach((row, i) => {
      const { label, cells } = rows[i];
      write(label, row.label);
      row.cells.forEach((text, j) => {
        const kind = [row.bad.includes(j) && "aisim-bad", names[j].state === "excluded" && "aisim-loser"];
        const td = cells[j].parentNode;
        if (td.className !== joined(kind, " ")) td.className = joined(kind, " ");
        write(cells[j], text);
        cells[j].setAttribute("aria-label", `${row.label}, ${names[j].name}: ${text}`);
      });
    });
  }
  function hint() {
    const hints = model.get("hints");
    for (const { figure, label, cells } of rows) {
      for (const node of [label, ...cells]) node.title = hints[figure] ?? "";
    }
  }
  function update() {
    const shown = model.get("table");
    if (!shown.heads) return;
    const shape = JSON.stringify([
      shown.heads.map(({ name }) => name),
      shown.groups.map((group) => group.map(({ figure, part: isPart }) => [figure, isPart])),
    ]);
    if (shape !== built) {
      const hadFocus = table.contains(document.activeElement);
      build(shown);
      built = shape;
      hint();
      go(Math.min(at[0], rows.length - 1), Math.min(at[1], heads.length - 1));
      if (hadFocus) spot()?.focus();
    }
    fill(shown);
    expand();
    region.classList.toggle("aisim-stale", !region.hidden);
  }
  const spot = () => rows?.[at[0]]?.cells[at[1]];
  // One stop of the Tab key for the whole table: the cell that was last stood on.
  function go(i, j) {
    spot()?.setAttribute("tabindex", -1);
    at = [i, j];
    spot()?.setAttribute("tabindex", 0);
  }
  function place(candidate, figure) {
    const i = rows.findIndex((row) => row.figure === figure);
    const j = model.get("table").heads.findIndex(({ name }) => name === candidate);
    return rows[i]?.cells[j];
  }
  function expand() {
    for (const { cells } of rows) {
      for (const cell of cells) cell.setAttribute("aria-expanded", "false");
    }
    if (asked) place(asked.candidate, asked.figure)?.setAttribute("aria-expanded", "true");
  }
  function ask(i, j) {
    const { name } = model.get("table").heads[j];
    asked = { candidate: name, figure: rows[i].figure };
    mayFocus = true;
    begin(`${rows[i].label.textContent}, ${name}`);
    make("p", {}, region, words().waiting);
    expand();
    model.send(asked);
  }
  function begin(title) {
    const hadFocus = region.contains(document.activeElement);
    region.hidden = false;
    region.classList.remove("aisim-stale");
    const top = make("h3", { id: `${id}-title`, tabindex: -1 }, null, title);
    const out = make("button", { type: "button", class: "aisim-close" }, null, words().close);
    out.addEventListener("click", close);
    region.replaceChildren(top, out);
    if (hadFocus || mayFocus) top.focus({ preventScroll: !mayFocus });
  }
  function close() {
    const back = asked && place(asked.candidate, asked.figure);
    asked = null;
    region.hidden = true;
    region.replaceChildren();
    expand();
    model.send({ closed: true });
    (back ?? spot())?.focus();
  }
  function answered({ candidate, figure, sections, problem }) {
    if (asked?.candidate !== candidate || asked.figure !== figure) return;
    begin(sections?.[0].title ?? region.querySelector("h3").textContent);
    mayFocus = false;
    if (problem) make("p", { class: "aisim-problem" }, region, problem);
    (sections ?? []).forEach((one, i) => section(region, one, words(), i === 0));
  }
  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    // JupyterLab would take the keys for its own: arrows go to another cell, X cuts this one.
    event.stopPropagation();
    const [down, right] = STEPS[event.key] ?? [0, 0];
    const ends = { Home: 0, End: heads.length - 1 };
    if (event.key === "Enter" || event.key === " ") ask(...at);
    else if (down || right || event.key in ends) {
      const i = Math.min(Math.max(at[0] + down, 0), rows.length - 1);
      go(i, ends[event.key] ?? Math.min(Math.max(at[1] + right, 0), heads.length - 1));
      spot()?.focus();
    } else return;
    event.preventDefault();
  }
  table.addEventListener("keydown", pressed);
  region.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" && !event.ctrlKey && !event.metaKey) event.stopPropagation();
    if (event.key === "Escape") close();
  });
  model.on("msg:custom", answered);
  model.on("change:table", update);
  model.on("change:hints", () => { if (rows) hint(); });
  model.on("change:words", () => { help.textContent = words().help; });
  update();
}
export default { render };
