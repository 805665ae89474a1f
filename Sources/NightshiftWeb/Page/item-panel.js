// An item with its bar: reads it, reads it again when it changed, and leads to its neighbours. Dialog and page hold one each.
import { iconButton } from "./controls.js";
import { isAbort } from "./data.js";
import { h, morph } from "./dom.js";
import { ItemView } from "./item-view.js";

export class ItemPanel {
	/** @type {?AbortController} */
	#reading = null;
	#isStale = false;
	/** @type {?ItemDetail} */
	item = null;
	key = "";
	/** @type {ItemSelection} */
	selection = { q: "", sort: "" };

	/** @param {Context} context @param {string} title The heading's tag. @param {(key: string) => void} go @param {(item: Item) => any[]} tools */
	constructor(context, title, go, tools) {
		this.context = context;
		this.title = title;
		this.go = go;
		this.tools = tools;
		this.view = new ItemView(context);
		this.bar = h("header.bar");
	}

	/** @param {string} key @param {ItemSelection} selection */
	async load(key, selection) {
		this.key = key;
		this.selection = selection;
		this.#reading?.abort();
		const reading = new AbortController();
		this.#reading = reading;
		this.#isStale = false;
		try {
			this.item = await this.context.source.item(this.context.job, key, selection, reading.signal);
			this.view.draw(this.item);
		} catch (error) {
			if (isAbort(error)) return;
			this.item = null;
			this.view.fail(error);
		}
		this.#reading = null;
		this.drawBar();
		if (this.#isStale) this.reload();
	}

	/** Reads again; what is being read is not aborted for that. */
	reload() {
		if (this.#reading) this.#isStale = true;
		else if (this.key) this.load(this.key, this.selection);
	}

	close() {
		this.#reading?.abort();
		this.#reading = null;
		this.key = "";
		this.item = null;
		this.view.clear();
	}

	#step(direction) {
		const key = this.item?.key === this.key ? this.item.neighbours[direction] : null;
		if (key) this.go(key);
	}

	drawBar() {
		const { item } = this;
		const step = (direction, label) => iconButton(direction, label, () => this.#step(direction), { disabled: !item?.neighbours[direction] });
		morph(this.bar, [
			h(this.title, { "data-state": item?.state }, h("span.dot"), item?.name), h("span.origin.dim", item?.origin), h("span.spacer"),
			step("previous", "Previous item"), step("next", "Next item"), item && this.tools(item),
		]);
	}

	keys() {
		const previous = () => this.#step("previous");
		const next = () => this.#step("next");
		return { ArrowLeft: previous, k: previous, h: previous, ArrowRight: next, j: next, l: next, ...this.view.keys() };
	}
}
