// The facts of a report: everything is in the page. It answers what ServerData answers, in the same form.
import { comparison, compileFilter, valueOf } from "./evaluate.js";
import { quoteValue } from "./filter.js";

const MOST_FACETS = 50;
const MOST_ROWS = 200;
const MOST_COLUMNS = 50;
const MOST_IN_A_CELL = 4;
const ABSENT = { row: null, matrix: null, input: null, output: null, model: "", version_id: null, tries: [], metrics: {}, logs: null, files: [], earlier: [], command: "" };

/** @implements {Source} */
export class EmbeddedData {
	isReport = true;
	readOnly = true;
	#selected = new Map();

	/** @param {{version: string, jobs: EmbeddedJob[]}} content */
	constructor(content) {
		this.version = content.version;
		this.content = content.jobs;
	}

	#job(name) {
		const found = this.content.find(it => it.job.name === name);
		if (!found) throw new Error(`This report has no job ${name}.`);
		return found;
	}

	/** The items of a selection; the last one of each job is kept. */
	#select(name, { q = "", sort = "" }) {
		const wanted = `${sort}\n${q}`;
		const last = this.#selected.get(name);
		if (last?.wanted === wanted) return last.items;
		let { items } = this.#job(name);
		if (q) items = items.filter(compileFilter(q));
		if (sort && sort !== "position") items = [...items].sort(comparison(sort));
		this.#selected.set(name, { wanted, items });
		return items;
	}

	async jobs() {
		return this.content.map(it => it.job);
	}

	async overview(name) {
		return this.#job(name).overview;
	}

	async timeline(name) {
		return this.#job(name).timeline;
	}

	async journal(name) {
		return { entries: this.#job(name).journal, next: null };
	}

	async items(name, selection, offset, limit) {
		const items = this.#select(name, selection);
		return { items: items.slice(offset, offset + limit), total: items.length };
	}

	async facets(name, column, q) {
		const counts = new Map();
		for (const item of this.#select(name, { q })) {
			for (const value of new Set([valueOf(item, column)].flat())) if (value != null && value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
		}
		const term = quoteValue(column === "failure_class" ? "class" : column);
		const values = [...counts].sort((a, b) => b[1] - a[1]);
		return { column, values: values.slice(0, MOST_FACETS).map(([value, count]) => ({ value, count, query: `${term}=${quoteValue(value)}` })), more: Math.max(0, values.length - MOST_FACETS) };
	}

	async matrix(name, rowColumn, acrossColumn, q) {
		const table = new Map();
		const across = new Set();
		for (const item of this.#select(name, { q })) {
			const row = valueOf(item, rowColumn) ?? null;
			const column = valueOf(item, acrossColumn) ?? null;
			across.add(column);
			if (!table.has(row)) table.set(row, new Map());
			const cell = table.get(row).get(column) ?? [];
			if (cell.length < MOST_IN_A_CELL) table.get(row).set(column, [...cell, item]);
		}
		const rows = [...table.keys()].slice(0, MOST_ROWS);
		const columns = [...across].slice(0, MOST_COLUMNS);
		return { rows, columns, cells: rows.map(row => columns.map(column => table.get(row).get(column) ?? [])), more_rows: table.size - rows.length, more_columns: across.size - columns.length };
	}

	async item(name, key, selection) {
		const item = this.#job(name).items.find(it => it.key === key);
		if (!item) throw new Error("This report has no such item.");
		const items = this.#select(name, selection);
		const index = items.indexOf(item);
		return { ...ABSENT, row: item.values, ...item, neighbours: { previous: items[index - 1]?.key ?? null, next: index < 0 ? null : (items[index + 1]?.key ?? null) } };
	}

	async text(url) {
		if (!url.startsWith("data:")) throw new Error("A report cannot read other files; open it by its link.");
		return { text: await (await fetch(url)).text(), isWhole: true };
	}

	csvAddress(name, selection, columns) {
		const cell = value => {
			const text = value == null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
			return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
		};
		const lines = this.#select(name, selection).map(item => columns.map(column => cell(valueOf(item, column))).join(","));
		return URL.createObjectURL(new Blob([[columns.map(cell).join(","), ...lines, ""].join("\r\n")], { type: "text/csv" }));
	}

	watch() {
		return () => {};
	}
}
