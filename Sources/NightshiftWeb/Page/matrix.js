// Items laid out by two columns: a row for each value of one, a column for each value of the other.
import { button, choice } from "./controls.js";
import { isAbort } from "./data.js";
import { h, morph } from "./dom.js";
import { count, plain } from "./format.js";
import { contentKey, tileContent } from "./media.js";
import { changeQuery, currentRoute } from "./router.js";

export class MatrixGrid {
	/** @type {?AbortController} */
	#reading = null;
	#isStale = false;
	/** @type {?Matrix} */
	#matrix = null;
	#wanted = "";
	/** @type {Map<string, Item>} */
	#items = new Map();

	/** @param {Context} context @param {(error: ?Error) => void} failed */
	constructor(context, failed) {
		this.context = context;
		this.failed = failed;
		this.axes = h("div.axes");
		this.room = h("div.matrix-room", { tabindex: 0, role: "region", "aria-label": "Matrix" });
		this.element = h("div.matrix", this.axes, this.room);
		this.room.addEventListener("click", event => {
			const item = this.#items.get(event.target.closest("[data-item]")?.dataset.item);
			if (item) event.shiftKey ? context.marks.toggle(item) : changeQuery({ item: item.key });
		});
	}

	/** The item whose cell has the focus. */
	get focused() {
		return this.#items.get(document.activeElement?.getAttribute("data-item") ?? "") ?? null;
	}

	close() {
		this.#reading?.abort();
	}

	itemsChanged() {
		if (this.#reading) this.#isStale = true;
		else this.#read();
	}

	show() {
		const { query } = currentRoute();
		const { columns } = this.context.overview;
		const firstAcross = columns.find(column => column.kind === "matrix") ?? columns[0];
		const firstDown = columns.find(column => column !== firstAcross && column.kind === "row" && column.values !== 1) ?? columns.find(column => column !== firstAcross);
		const rows = query.get("rows") ?? firstDown?.name ?? "state";
		const across = query.get("columns") ?? firstAcross?.name ?? "step";
		const names = [...new Set([...columns.map(column => column.name), "state", "step", "rating", rows, across])];
		const choose = (title, name, value) => h("label", `${title} `, choice(title, value, names.map(it => [it, it]), it => changeQuery({ [name]: it })));
		morph(this.axes, [choose("Rows", "rows", rows), choose("Columns", "columns", across), button("Swap", () => changeQuery({ rows: across, columns: rows }))]);
		const wanted = JSON.stringify([rows, across, query.get("q") ?? ""]);
		if (wanted === this.#wanted) return;
		this.#wanted = wanted;
		this.#read();
	}

	async #read() {
		const [rows, across, q] = JSON.parse(this.#wanted);
		this.#reading?.abort();
		const reading = new AbortController();
		this.#reading = reading;
		this.#isStale = false;
		try {
			this.#matrix = await this.context.source.matrix(this.context.job, rows, across, q, reading.signal);
			this.failed(null);
			this.draw();
		} catch (error) {
			if (isAbort(error)) return;
			this.failed(error);
		}
		this.#reading = null;
		if (this.#isStale) this.#read();
	}

	draw() {
		if (!this.#matrix) return;
		const { rows, columns, cells, more_rows, more_columns } = this.#matrix;
		this.#items = new Map(cells.flat(2).map(item => [item.key, item]));
		const cell = item => h("button.cell-item", { key: item.key, "data-item": item.key, "data-content": contentKey(item), "aria-pressed": String(this.context.marks.has(item.key)), "aria-label": `${item.name}, ${item.state}`, title: item.name, "data-own": true });
		morph(this.room, rows.length ? [
			h("table",
				h("thead", h("tr", h("td"), columns.map(value => h("th", { scope: "col" }, plain(value))), more_columns ? h("th.dim", `${count(more_columns)} more`) : null)),
				h("tbody", rows.map((value, index) => h("tr", h("th", { scope: "row" }, h("span", { title: plain(value) }, plain(value))), cells[index].map(items => h("td", h("div.cell", { "data-count": items.length }, items.map(cell)))))))),
			more_rows ? h("p.dim", `${count(more_rows)} more rows: a filter makes them fewer.`) : null,
		] : [h("p.blank", "No item passes this filter.")]);
		for (const element of this.room.querySelectorAll("[data-item]")) this.#fill(element);
	}

	/** Content is filled in after the cells are in place, and only where it changed. */
	#fill(element) {
		const item = this.#items.get(element.dataset.item);
		if (!item || element.shows === element.dataset.content) return;
		element.replaceChildren(h("span.frame", tileContent(item, true)));
		element.shows = element.dataset.content;
	}
}
