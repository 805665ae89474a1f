// Items of a selection by their index, read in pages as they are seen. Requests for pages that left the view are aborted.
import { isAbort } from "./data.js";
import { debounced } from "./dom.js";

const PAGE_SIZE = 200;
const MOST_PAGES = 40;
const SETTLE_TIME = 60;

export class ItemList {
	/** Null until the first page is there.
	 * @type {?number} */
	total = null;
	/** In the order of their last use.
	 * @type {Map<number, {items: ?Item[], controller: ?AbortController, isStale: boolean}>} */
	#pages = new Map();
	#from = 0;
	#to = 1;
	#isClosed = false;

	/** @param {Context} context @param {ItemSelection} selection @param {() => void} changed @param {(error: any) => void} failed */
	constructor(context, selection, changed, failed) {
		this.context = context;
		this.selection = selection;
		this.changed = changed;
		this.failed = failed;
		this.settled = debounced(() => this.#request(), SETTLE_TIME);
		this.#request();
	}

	/** @param {number} index @returns {?Item} */
	at(index) {
		return this.#pages.get(Math.floor(index / PAGE_SIZE))?.items?.[index % PAGE_SIZE] ?? null;
	}

	/** The index of an item among those read, or -1.
	 * @param {string} key */
	indexOf(key) {
		for (const [number, { items }] of this.#pages) {
			const index = items?.findIndex(item => item.key === key) ?? -1;
			if (index >= 0) return number * PAGE_SIZE + index;
		}
		return -1;
	}

	/** Says which items are seen.
	 * @param {number} from @param {number} to */
	see(from, to) {
		this.#from = from;
		this.#to = Math.max(from + 1, to);
		if (this.#seen().some(number => this.#pages.get(number)?.isStale ?? true)) this.settled();
	}

	/** Reads again what is seen, and the rest when it is seen again. */
	refresh() {
		for (const page of this.#pages.values()) page.isStale = true;
		this.#request();
	}

	close() {
		this.#isClosed = true;
		this.settled.cancel();
		for (const { controller } of this.#pages.values()) controller?.abort();
	}

	#seen() {
		const first = Math.floor(this.#from / PAGE_SIZE);
		return Array.from({ length: Math.floor((this.#to - 1) / PAGE_SIZE) - first + 1 }, (_, index) => first + index);
	}

	#request() {
		const seen = this.#seen();
		for (const [number, page] of this.#pages) {
			if (!page.controller || seen.includes(number)) continue;
			page.controller.abort();
			page.controller = null;
			page.isStale = true;
		}
		for (const number of seen) {
			const page = this.#pages.get(number) ?? { items: null, controller: null, isStale: true };
			this.#pages.delete(number);
			this.#pages.set(number, page);
			if (page.isStale && !page.controller) this.#read(number, page);
		}
		for (const number of this.#pages.keys()) if (this.#pages.size > MOST_PAGES) this.#pages.delete(number);
	}

	async #read(number, page) {
		const controller = new AbortController();
		page.controller = controller;
		page.isStale = false;
		try {
			const { items, total } = await this.context.source.items(this.context.job, this.selection, number * PAGE_SIZE, PAGE_SIZE, controller.signal);
			if (this.#isClosed || page.controller !== controller) return;
			page.items = items;
			page.controller = null;
			this.total = total;
			this.changed();
			if (page.isStale) this.settled();
		} catch (error) {
			page.isStale = true;
			if (page.controller === controller) page.controller = null;
			if (!isAbort(error) && !this.#isClosed) this.failed(error);
		}
	}
}
