// The table: chosen columns of the items, sorted by their headers, downloadable.
import { icon, openMenu } from "./controls.js";
import { h, morph, preference } from "./dom.js";
import { BUILT_IN, cellText, isSortable } from "./format.js";
import { ItemsView } from "./items-view.js";
import { changeQuery, currentRoute } from "./router.js";

const ROW_HEIGHT = 36;
const NUMERIC = ["attempts", "duration", "waiting", "running", "download", "predict_time", "cost", "rating"];

/** The least width of a column in rem, and its share of what is left. */
function columnWidth(name) {
	if (name === "name") return [11, 2];
	if (NUMERIC.includes(name)) return [5.6, 0.5];
	if (name.endsWith("_at")) return [10, 0.4];
	return name === "state" || name === "step" ? [7.6, 0.6] : [6.5, 1.4];
}

export class TableView extends ItemsView {
	#columns = "";

	/** @param {Context} context */
	constructor(context) {
		const head = h("div.table-row.head", { role: "row", "aria-rowindex": 1 });
		const mark = () => h("span", { role: "gridcell" }, h("button.mark.plain", { tabindex: -1, "aria-label": "Mark" }, icon("check")));
		const cell = name => h("span", { role: "gridcell", class: NUMERIC.includes(name) ? "numeric" : name in BUILT_IN ? name : null });
		super(context, "table", {
			isRow: true,
			create: () => h("div.table-row", { role: "row" }, mark(), this.columns.map(cell)),
			fill: (row, index) => this.#fill(row, index),
			release: () => {},
		}, { width: Infinity, ratio: 0, extra: ROW_HEIGHT, gap: 0, head: ROW_HEIGHT }, head);
		this.head = head;
	}

	/** The columns that are shown.
	 * @returns {string[]} */
	get columns() {
		const chosen = currentRoute().query.get("columns") ?? preference(`columns.${this.context.job}`);
		if (chosen) return chosen.split(",").map(decodeURIComponent);
		const { columns, steps, cost } = this.context.overview;
		return ["name", ...(steps.length > 1 ? ["step"] : []), "state", ...columns.slice(0, 4).map(column => column.name), "attempts", "duration", ...(cost ? ["cost"] : []), "rating", "ended_at"];
	}

	#fill(row, index) {
		const item = this.list?.at(index) ?? null;
		row.setAttribute("aria-rowindex", String(index + 2));
		row.setAttribute("aria-selected", String(item !== null && this.context.marks.has(item.key)));
		row.dataset.state = item?.state ?? "";
		this.columns.forEach((name, at) => {
			const cell = row.children[at + 1];
			const text = item ? cellText(item, name) : "";
			if (cell.textContent === text) return;
			cell.replaceChildren(name === "state" && text ? h("span.dot") : "", text);
			cell.title = text;
		});
	}

	drawTools() {
		const { source, job } = this.context;
		const { query } = currentRoute();
		const { columns } = this;
		const sort = query.get("sort") ?? "";
		const address = () => source.csvAddress(job, { q: query.get("q") ?? "", sort }, columns);
		morph(this.tools, [
			h("button", { key: "columns", "aria-haspopup": "dialog", onclick: event => this.#chooseColumns(event.currentTarget) }, "Columns", icon("down")),
			h("a.button", { key: "csv", href: source.isReport ? "#" : address(), download: `${job}.csv`, onclick: event => (event.currentTarget.href = address()) }, icon("download"), "CSV"),
		]);
		if (columns.join() !== this.#columns) this.grid.forget();
		this.#columns = columns.join();
		const widths = columns.map(columnWidth);
		this.grid.element.style.setProperty("--columns", `2.2rem ${widths.map(([least, share]) => `minmax(${least}rem, ${share}fr)`).join(" ")}`);
		this.grid.element.style.setProperty("--least-width", `${widths.reduce((sum, [least]) => sum + least, 5.2)}rem`);
		morph(this.head, [h("span", { role: "columnheader", "aria-label": "Marked" }), columns.map(name => {
			const order = sort === name ? "ascending" : sort === `-${name}` ? "descending" : "none";
			const next = { none: name, ascending: `-${name}`, descending: null }[order];
			const title = BUILT_IN[name] ?? name;
			return h("span", { role: "columnheader", class: NUMERIC.includes(name) ? "numeric" : "", key: name, "aria-sort": isSortable(name) ? order : null },
				isSortable(name) ? h("button.plain", { onclick: () => changeQuery({ sort: next }) }, title, h("span", { "aria-hidden": "true" }, { none: "", ascending: "↑", descending: "↓" }[order])) : title);
		})]);
	}

	#chooseColumns(opener) {
		const all = [...new Set([...Object.keys(BUILT_IN), ...this.context.overview.columns.map(column => column.name)])];
		const change = (name, isChosen) => {
			const value = [...this.columns.filter(it => it !== name), ...(isChosen ? [name] : [])].map(encodeURIComponent).join();
			preference(`columns.${this.context.job}`, value);
			changeQuery({ columns: value }, true);
		};
		openMenu("Columns", opener, [h("h3", "Columns"), all.map(name => h("label", h("input", { type: "checkbox", checked: this.columns.includes(name), onchange: event => change(name, event.target.checked) }), h("span.value", BUILT_IN[name] ?? name)))]).querySelector("input")?.focus();
	}
}
