// The facts of a report: everything is in the page, and filters, facets and the matrix are computed here.
import { comparison, compileFilter, quoteValue, valueOf } from "./filter.js";
/** @import { Item, Job, JournalEntry, Overview, Selection, Source, Timeline } from "./types.js" */

const MOST_FACETS = 50;
const MOST_ROWS = 200;
const MOST_COLUMNS = 50;
const MOST_IN_A_CELL = 4;

/**
 * One job of a report. `items` are items, or details of items where the report contains them.
 * @typedef {{job: Job, overview: Overview, timeline: Timeline, journal: JournalEntry[], items: Item[]}} EmbeddedJob
 */

/** @implements {Source} */
export class EmbeddedData {
  isReport = true;
  readOnly = true;
  /** @type {Map<string, {selection: string, items: Item[]}>} The last selection of each job. */
  #selected = new Map();

  /** @param {{version: string, jobs: EmbeddedJob[]}} content */
  constructor(content) {
    this.version = content.version ?? "";
    this.content = content.jobs ?? [];
  }

  /** @param {string} name */
  #job(name) {
    const found = this.content.find(it => it.job.name === name);
    if (!found) throw new Error(`This report has no job ${name}.`);
    return found;
  }

  /** @param {string} name @param {Selection} selection */
  #select(name, { q = "", sort = "" }) {
    const wanted = `${sort}\n${q}`;
    const last = this.#selected.get(name);
    if (last?.selection === wanted) return last.items;
    let items = this.#job(name).items;
    if (q) items = items.filter(compileFilter(q));
    if (sort && sort !== "position") items = [...items].sort(comparison(sort));
    this.#selected.set(name, { selection: wanted, items });
    return items;
  }

  async jobs() {
    return this.content.map(it => it.job);
  }

  /** @param {string} name */
  async overview(name) {
    return this.#job(name).overview;
  }

  /** @param {string} name */
  async timeline(name) {
    return this.#job(name).timeline;
  }

  /** @param {string} name */
  async journal(name) {
    return { entries: this.#job(name).journal, next: null };
  }

  /** @param {string} name @param {Selection} selection @param {number} offset @param {number} limit */
  async items(name, selection, offset, limit) {
    const items = this.#select(name, selection);
    return { items: items.slice(offset, offset + limit), total: items.length };
  }

  /** @param {string} name @param {string} column @param {string} q */
  async facets(name, column, q) {
    const counts = new Map();
    for (const item of this.#select(name, { q })) {
      const value = valueOf(item, column);
      for (const one of Array.isArray(value) ? new Set(value) : [value]) {
        if (one !== null && one !== undefined && one !== "") counts.set(one, (counts.get(one) ?? 0) + 1);
      }
    }
    const term = column === "failure_class" ? "class" : column;
    const values = [...counts].sort((a, b) => b[1] - a[1]);
    return {
      column,
      values: values.slice(0, MOST_FACETS).map(([value, count]) => ({ value, count, query: `${quoteValue(term)}=${quoteValue(value)}` })),
      more: Math.max(0, values.length - MOST_FACETS),
    };
  }

  /** @param {string} name @param {string} rowColumn @param {string} columnColumn @param {string} q */
  async matrix(name, rowColumn, columnColumn, q) {
    /** @type {Map<any, Map<any, Item[]>>} */
    const rows = new Map();
    const columns = new Set();
    for (const item of this.#select(name, { q })) {
      const row = valueOf(item, rowColumn) ?? null;
      const column = valueOf(item, columnColumn) ?? null;
      columns.add(column);
      if (!rows.has(row)) rows.set(row, new Map());
      const cells = /** @type {Map<any, Item[]>} */ (rows.get(row));
      const cell = cells.get(column);
      if (!cell) cells.set(column, [item]);
      else if (cell.length < MOST_IN_A_CELL) cell.push(item);
    }
    const shownRows = [...rows.keys()].slice(0, MOST_ROWS);
    const shownColumns = [...columns].slice(0, MOST_COLUMNS);
    return {
      rows: shownRows,
      columns: shownColumns,
      cells: shownRows.map(row => shownColumns.map(column => rows.get(row)?.get(column) ?? [])),
      more_rows: rows.size - shownRows.length,
      more_columns: columns.size - shownColumns.length,
    };
  }

  /** @param {string} name @param {string} key @param {Selection} selection */
  async item(name, key, selection) {
    const item = this.#job(name).items.find(it => it.key === key);
    if (!item) throw new Error("This report has no such item.");
    const items = this.#select(name, selection);
    const index = items.indexOf(item);
    const kinds = new Map(this.#job(name).overview.columns.map(column => [column.name, column.kind]));
    const ofKind = (/** @type {string} */ kind) => Object.fromEntries(Object.entries(item.values).filter(([column]) => kinds.get(column) === kind));
    const neighbours = { previous: items[index - 1]?.key ?? null, next: index >= 0 ? (items[index + 1]?.key ?? null) : null };
    const absent = { row: ofKind("row"), matrix: ofKind("matrix"), input: null, output: null, model: "", version_id: null, tries: [], metrics: {}, logs: null, files: [], earlier: [], command: "" };
    return { ...absent, ...item, neighbours };
  }

  /** @param {string} url */
  async text(url) {
    if (!url.startsWith("data:")) throw new Error("A report cannot read other files; open it by its link.");
    return { text: await (await fetch(url)).text(), isWhole: true };
  }

  /** @param {string} name @param {Selection} selection @param {string[]} columns */
  csvAddress(name, selection, columns) {
    const cell = value => {
      const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = this.#select(name, selection).map(item => columns.map(column => cell(valueOf(item, column))).join(","));
    return URL.createObjectURL(new Blob([[columns.map(cell).join(","), ...lines, ""].join("\r\n")], { type: "text/csv" }));
  }

  async act() {
    throw new Error("A report cannot change anything.");
  }

  watch() {
    return () => {};
  }
}
