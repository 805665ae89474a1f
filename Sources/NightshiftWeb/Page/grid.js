// A virtual grid of fixed tiles: only the rows that are seen are in the document, and their elements are used again.
import { h } from "./dom.js";

const EXTRA_ROWS = 2;
/** Browsers cannot place elements beyond some 30 million pixels; longer grids scroll in larger steps. */
const MOST_HEIGHT = 15_000_000;
const REST_TIME = 90;

export class VirtualGrid {
	cursor = 0;
	total = 0;
	columns = 1;
	#tileWidth = 0;
	#rowHeight = 100;
	/** @type {Map<number, HTMLElement>} */
	#rows = new Map();
	/** @type {HTMLElement[]} */
	#free = [];
	#frame = 0;
	#restTimer = 0;
	#lastTop = 0;
	#isFast = false;

	/** @param {Tiles} tiles @param {Measure} measure @param {(from: number, to: number) => void} see Is told which tiles are seen. @param {HTMLElement} [head] */
	constructor(tiles, measure, see, head) {
		this.tiles = tiles;
		this.measure = measure;
		this.see = see;
		this.canvas = h("div.canvas", { role: "presentation" });
		this.element = h("div.grid", { role: "grid", "aria-label": "Items", "aria-multiselectable": "true" }, h("div.inner", { role: "presentation" }, head, this.canvas));
		this.element.addEventListener("scroll", () => (this.#frame ||= requestAnimationFrame(() => this.#scrolled())), { passive: true });
		this.element.addEventListener("focusin", event => {
			const tile = event.target.closest("[data-index]");
			if (tile) this.moveTo(Number(tile.dataset.index), false);
		});
		this.observer = new ResizeObserver(() => this.layout());
		this.observer.observe(this.element);
	}

	close() {
		this.observer.disconnect();
		cancelAnimationFrame(this.#frame);
		clearTimeout(this.#restTimer);
		this.forget();
	}

	setTotal(total) {
		this.total = total;
		this.cursor = Math.max(0, Math.min(this.cursor, total - 1));
		this.layout();
	}

	/** Goes back to the first item. */
	reset() {
		this.cursor = 0;
		this.element.scrollTop = 0;
	}

	/** Drops all tiles, because they are made in another way now. */
	forget() {
		for (const [number, row] of this.#rows) this.#drop(number, row);
		this.#free = [];
	}

	get #viewHeight() {
		return this.element.clientHeight - this.measure.head;
	}

	/** Pixels of rows to a pixel of scrolling: 1, but for very long grids. */
	get #scale() {
		const height = Math.ceil(this.total / this.columns) * this.#rowHeight + this.measure.gap;
		return height <= MOST_HEIGHT ? 1 : (height - this.#viewHeight) / (MOST_HEIGHT - this.#viewHeight);
	}

	layout() {
		const width = this.element.clientWidth;
		if (!width) return;
		const { gap, ratio, extra } = this.measure;
		const first = Math.round((this.element.scrollTop * this.#scale) / this.#rowHeight) * this.columns;
		const padding = width < 500 ? gap : gap * 2;
		const room = width - padding * 2;
		const columns = Math.max(1, Math.floor((room + gap) / (this.measure.width + gap)));
		const tileWidth = Math.floor((room - gap * (columns - 1)) / columns);
		const rowHeight = Math.round(tileWidth * ratio) + extra + gap;
		const isChanged = columns !== this.columns || tileWidth !== this.#tileWidth;
		if (isChanged) this.forget();
		this.columns = columns;
		this.#tileWidth = tileWidth;
		this.#rowHeight = rowHeight;
		const rows = Math.ceil(this.total / columns);
		const style = { "--tile-width": tileWidth, "--tile-height": rowHeight - gap, "--row-left": padding, "--height": Math.min(rows * rowHeight + gap, MOST_HEIGHT) };
		for (const [name, value] of Object.entries(style)) this.element.style.setProperty(name, `${value}px`);
		this.element.setAttribute("aria-rowcount", String(rows + (this.tiles.isRow ? 1 : 0)));
		if (!this.tiles.isRow) this.element.setAttribute("aria-colcount", String(columns));
		if (isChanged) this.element.scrollTop = (Math.floor(first / columns) * rowHeight) / this.#scale;
		this.draw();
	}

	#scrolled() {
		const { scrollTop, clientHeight } = this.element;
		this.#isFast = Math.abs(scrollTop - this.#lastTop) > (clientHeight * 2) / 3;
		this.#lastTop = scrollTop;
		this.draw();
		clearTimeout(this.#restTimer);
		this.#restTimer = window.setTimeout(() => {
			this.#isFast = false;
			this.draw();
		}, REST_TIME);
	}

	#drop(number, row) {
		for (const tile of row.children) this.tiles.release(tile);
		row.remove();
		this.#rows.delete(number);
		this.#free.push(row);
	}

	/** Puts the rows that are seen into the document, and the row of the cursor, so that the focus is never lost. */
	draw() {
		this.#frame = 0;
		const { scrollTop } = this.element;
		const offset = scrollTop * this.#scale;
		const from = Math.max(0, Math.floor(offset / this.#rowHeight) - EXTRA_ROWS);
		const to = Math.min(Math.ceil(this.total / this.columns) - 1, Math.floor((offset + this.#viewHeight) / this.#rowHeight) + EXTRA_ROWS);
		const wanted = new Set(Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index));
		if (this.total) wanted.add(Math.floor(this.cursor / this.columns));
		for (const [number, row] of this.#rows) if (!wanted.has(number)) this.#drop(number, row);
		for (const number of wanted) {
			let row = this.#rows.get(number);
			if (!row) {
				row = this.#free.pop() ?? /** @type {HTMLElement} */ (h("div.row", { role: this.tiles.isRow ? "presentation" : "row" }, Array.from({ length: this.columns }, (_, column) => this.tiles.create(column))));
				this.#rows.set(number, row);
				if (!this.tiles.isRow) row.setAttribute("aria-rowindex", String(number + 1));
				this.canvas.append(row);
			}
			row.style.setProperty("transform", `translateY(${number * this.#rowHeight + this.measure.gap - offset + scrollTop}px)`);
			[...row.children].forEach((tile, column) => this.#fill(tile, number * this.columns + column));
		}
		this.see(from * this.columns, Math.min(this.total, (to + 1) * this.columns));
	}

	#fill(tile, index) {
		tile.hidden = index >= this.total;
		if (tile.hidden) return;
		tile.dataset.index = String(index);
		tile.tabIndex = index === this.cursor ? 0 : -1;
		this.tiles.fill(tile, index, this.#isFast);
	}

	#tileAt(index) {
		return /** @type {?HTMLElement} */ (this.#rows.get(Math.floor(index / this.columns))?.children[index % this.columns]);
	}

	/** Moves the cursor, and with `isByKey` the focus and what is seen.
	 * @param {number} index @param {boolean} [isByKey] */
	moveTo(index, isByKey = true) {
		const previous = this.#tileAt(this.cursor);
		if (previous) previous.tabIndex = -1;
		this.cursor = Math.max(0, Math.min(index, this.total - 1));
		if (isByKey) {
			const top = Math.floor(this.cursor / this.columns) * this.#rowHeight;
			const bottom = top + this.#rowHeight + this.measure.gap - this.#viewHeight;
			const offset = this.element.scrollTop * this.#scale;
			if (top < offset || bottom > offset) this.element.scrollTop = (top < offset ? top : bottom) / this.#scale;
			this.draw();
		}
		const tile = this.#tileAt(this.cursor);
		if (tile) tile.tabIndex = 0;
		if (isByKey) tile?.focus({ preventScroll: true });
	}

	/** Keys that move the cursor.
	 * @returns {KeyMap} */
	keys() {
		const to = index => () => (this.total && !this.element.hidden ? this.moveTo(index()) : false);
		const left = to(() => this.cursor - 1);
		const right = to(() => this.cursor + 1);
		const up = to(() => this.cursor - (this.cursor >= this.columns ? this.columns : 0));
		const down = to(() => this.cursor + this.columns);
		const page = () => Math.max(1, Math.floor(this.#viewHeight / this.#rowHeight)) * this.columns;
		return {
			ArrowLeft: left, h: left, ArrowRight: right, l: right, ArrowUp: up, k: up, ArrowDown: down, j: down,
			PageUp: to(() => this.cursor - page()), PageDown: to(() => this.cursor + page()), Home: to(() => 0), End: to(() => this.total - 1),
		};
	}
}
