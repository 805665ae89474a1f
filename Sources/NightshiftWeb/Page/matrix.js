// Items laid out by two columns: a row for each value of one, a column for each value of the other.
import { isAbort } from "./data.js";
import { h, morph } from "./dom.js";
import { count, plain } from "./format.js";
import { contentKey, tileContent } from "./media.js";
import { changeQuery, currentRoute } from "./router.js";
/** @import { Context } from "./app.js" */
/** @import { Column, Item, Matrix } from "./types.js" */

/** @param {Column[]} columns @returns {[string, string]} Rows and columns to begin with: few values across. */
function defaultAxes(columns) {
  const across = columns.find(column => column.kind === "matrix") ?? columns[0];
  const down = columns.find(column => column !== across && column.kind === "row" && (column.values ?? 0) > 1) ?? columns.find(column => column !== across) ?? across;
  return [down?.name ?? "state", across?.name ?? "step"];
}

export class MatrixGrid {
  #controller = new AbortController();
  /** @type {?Matrix} */
  #matrix = null;
  #wanted = "";

  /** @param {Context} context @param {(error: ?Error) => void} failed */
  constructor(context, failed) {
    this.context = context;
    this.failed = failed;
    this.axes = h("div.axes");
    this.room = h("div.matrix-room", { tabindex: 0, role: "region", "aria-label": "Matrix" });
    this.element = h("div.matrix", this.axes, this.room);
    /** @type {Map<string, Item>} */
    this.items = new Map();
    this.room.addEventListener("click", event => {
      const target = /** @type {Element} */ (event.target);
      const cell = target.closest("button[data-item]");
      const item = this.items.get(cell?.getAttribute("data-item") ?? "");
      if (item) event.shiftKey ? this.context.marks.toggle(item) : changeQuery({ item: item.key });
    });
  }

  /** The item whose cell has the focus. */
  get focused() {
    return this.items.get(document.activeElement?.getAttribute("data-item") ?? "") ?? null;
  }

  close() {
    this.#controller.abort();
  }

  show() {
    const { query } = currentRoute();
    const { columns } = this.context.overview;
    const [defaultRows, defaultColumns] = defaultAxes(columns);
    const rows = query.get("rows") ?? defaultRows;
    const across = query.get("columns") ?? defaultColumns;
    const names = [...columns.map(column => column.name), "state", "step", "rating"];
    const choose = (/** @type {string} */ label, /** @type {string} */ name, /** @type {string} */ value) => h("label", `${label} `, h("select", { key: name, value, onchange: event => changeQuery({ [name]: event.target.value }) },
      [...new Set([...names, value])].map(it => h("option", { value: it, selected: it === value }, it))));
    morph(this.axes, [choose("Rows", "rows", rows), choose("Columns", "columns", across), h("button.quiet", { key: "swap", onclick: () => changeQuery({ rows: across, columns: rows }) }, "Swap")]);
    const wanted = JSON.stringify([rows, across, query.get("q") ?? ""]);
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.room.setAttribute("aria-busy", "true");
      this.read();
    }
  }

  async read() {
    if (!this.#wanted) return;
    const [rows, across, q] = JSON.parse(this.#wanted);
    this.#controller.abort();
    const controller = new AbortController();
    this.#controller = controller;
    try {
      this.#matrix = await this.context.source.matrix(this.context.job, rows, across, q, controller.signal);
      this.failed(null);
      this.draw();
    } catch (error) {
      if (!isAbort(error)) this.failed(/** @type {Error} */ (error));
    }
    if (this.#controller === controller) this.room.removeAttribute("aria-busy");
  }

  draw() {
    if (!this.#matrix) return;
    const { rows, columns, cells, more_rows, more_columns } = this.#matrix;
    this.items = new Map(cells.flat(2).map(item => [item.key, item]));
    if (!rows.length) return this.room.replaceChildren(h("p.blank", "No item matches this filter."));
    morph(this.room, [
      h("table",
        h("thead", h("tr", h("td"), columns.map(value => h("th", { scope: "col" }, plain(value))), more_columns ? h("th.dim", `${count(more_columns)} more`) : null)),
        h("tbody", rows.map((value, index) => h("tr", h("th", { scope: "row" }, h("span", { title: plain(value) }, plain(value))), cells[index].map(items => h("td", h("div.cell", { "data-count": items.length }, items.map(item => this.#cell(item))))))))),
      more_rows ? h("p.dim", `${count(more_rows)} more rows: a filter makes them fewer.`) : null,
    ]);
    for (const cell of this.room.querySelectorAll("button[data-item]")) this.#fill(/** @type {HTMLElement} */ (cell));
  }

  /** @param {Item} item */
  #cell(item) {
    const isMarked = this.context.marks.has(item.key);
    return h("button.cell-item", { key: `item-${item.key}`, "data-item": item.key, "data-content": contentKey(item), "data-state": item.state, "aria-pressed": String(isMarked), "aria-label": `${item.name}, ${item.state}`, title: item.name }, h("span.frame", { "data-own": true }));
  }

  /** Content is filled in after the cells are in place, and only where it changed. @param {HTMLElement} cell */
  #fill(cell) {
    const item = this.items.get(cell.dataset.item ?? "");
    const frame = /** @type {any} */ (cell.firstElementChild);
    if (!item || frame.shows === cell.dataset.content) return;
    frame.replaceChildren(...tileContent(item, true));
    frame.shows = cell.dataset.content;
  }
}
