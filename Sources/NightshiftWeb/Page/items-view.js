// What gallery and table have in common: a selection of items in a virtual grid, marks, keys, and what opens over them.
import { itemKeys } from "./actions.js";
import { CompareDialog } from "./compare.js";
import { button } from "./controls.js";
import { h, morph } from "./dom.js";
import { VirtualGrid } from "./grid.js";
import { ItemDialog } from "./item-dialog.js";
import { ItemList } from "./item-list.js";
import { addKeys } from "./keys.js";
import { drawMarksBar } from "./marks.js";
import { QueryBar } from "./query-bar.js";
import { changeQuery } from "./router.js";

export class ItemsView {
	/** @type {?ItemList} What is shown. */
	list = null;
	/** @type {?ItemList} What will be shown as soon as it is there. */
	#next = null;
	#selected = "";

	/** @param {Context} context @param {string} name @param {Tiles} tiles @param {Measure} measure @param {HTMLElement} [head] */
	constructor(context, name, tiles, measure, head) {
		this.context = context;
		this.tools = h("div.view-tools");
		this.query = new QueryBar(context, this.tools, () => this.focus());
		this.grid = new VirtualGrid(tiles, measure, (from, to) => this.list?.see(from, to), head);
		this.message = h("div.blank", { hidden: true });
		this.marksBar = h("div.marks-bar", { role: "toolbar", "aria-label": "Marked items", hidden: true });
		this.element = h(`section.${name}`, { "aria-label": name }, this.query.element, this.message, this.grid.element, this.marksBar);
		this.dialog = new ItemDialog(context, key => {
			const index = this.list?.indexOf(key) ?? -1;
			if (index >= 0) this.grid.moveTo(index);
		});
		this.comparison = new CompareDialog(context);
		this.grid.element.addEventListener("click", event => this.#clicked(event));
		this.stopMarks = context.marks.watch(() => this.marksChanged());
		this.removeKeys = addKeys({
			"/": () => this.query.focus(),
			Enter: () => (this.current ? changeQuery({ item: this.current.key }) : false),
			X: () => context.marks.clear(),
			c: () => this.#compare(),
			...itemKeys(context, () => this.current, true),
			...this.grid.keys(),
		});
	}

	/** The item that keys are about.
	 * @returns {?Item} */
	get current() {
		return this.grid.element.hidden ? null : (this.list?.at(this.grid.cursor) ?? null);
	}

	focus() {
		this.grid.moveTo(this.grid.cursor);
	}

	drawTools() {}

	marksChanged() {
		this.grid.draw();
		this.dialog.marksChanged();
		drawMarksBar(this.marksBar, this.context, () => this.#compare());
	}

	/** @param {Route} route */
	show({ query }) {
		const selection = { q: query.get("q") ?? "", sort: query.get("sort") ?? "" };
		this.query.draw();
		this.drawTools();
		this.marksChanged();
		const wanted = JSON.stringify(selection);
		if (wanted !== this.#selected) this.#select(selection);
		else this.#drawMessage();
		this.#selected = wanted;
		this.grid.layout();
		this.dialog.show(query.get("item"), selection);
		this.comparison.show(query.get("compare"));
	}

	overviewChanged() {
		this.query.draw();
		this.#drawMessage();
	}

	itemsChanged() {
		(this.#next ?? this.list)?.refresh();
		this.dialog.itemsChanged();
		this.comparison.itemsChanged();
	}

	close() {
		this.removeKeys();
		this.stopMarks();
		for (const part of [this.dialog, this.comparison, this.query, this.grid, this.list, this.#next]) part?.close();
	}

	#select(selection) {
		this.#next?.close();
		const changed = () => {
			if (list === this.#next) {
				this.list?.close();
				this.list = list;
				this.#next = null;
				this.grid.reset();
			}
			this.query.setError(null);
			this.grid.setTotal(list.total ?? 0);
			this.#drawMessage();
		};
		const failed = error => {
			this.query.setError(error);
			if (!this.list) this.#say(error.message);
		};
		const list = new ItemList(this.context, selection, changed, failed);
		this.#next = list;
		if (!this.list) this.#say("Reading the items …");
	}

	#say(...text) {
		this.message.hidden = false;
		morph(this.message, [h("p", text)]);
	}

	#drawMessage() {
		const total = this.list?.total ?? null;
		this.query.setTotal(total);
		if (total === null) return;
		this.message.hidden = total > 0 || this.grid.element.hidden;
		if (this.message.hidden) return;
		if (this.context.overview.items === 0) this.#say("There are no items yet: the input set is still being read, or it is empty.");
		else this.#say("No item passes this filter. ", button("Show all items", () => changeQuery({ q: null })));
	}

	#clicked(event) {
		const tile = event.target.closest("[data-index]");
		if (!tile || event.target.closest("audio, video, a") || String(getSelection() ?? "")) return;
		const index = Number(tile.dataset.index);
		const item = this.list?.at(index);
		if (!item) return;
		this.grid.moveTo(index, false);
		tile.focus({ preventScroll: true });
		if (event.target.closest(".mark") || event.shiftKey) this.context.marks.toggle(item);
		else changeQuery({ item: item.key });
	}

	#compare() {
		const { marks } = this.context;
		return marks.size < 2 ? false : changeQuery({ compare: marks.keys.join(",") });
	}
}
