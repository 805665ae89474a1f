// A virtual grid of fixed tiles: only the rows that are seen are in the document, and their elements are used again.
import { h } from "./dom.js";
/** @import { KeyMap } from "./keys.js" */

const EXTRA_ROWS = 2;
/** Browsers cannot place elements beyond some 30 million pixels; longer grids scroll in larger steps. */
const MOST_HEIGHT = 15_000_000;
const FAST = 3;
const REST_TIME = 90;

/**
 * What fills the tiles. `isRow`: a tile is a whole row of a table.
 * @typedef {{label: string, isRow?: boolean, create: (column: number) => HTMLElement, fill: (tile: HTMLElement, index: number, isFast: boolean) => void, release: (tile: HTMLElement) => void}} Tiles
 */
/** @typedef {{width: number, ratio: number, extra: number, gap: number, head: number}} Measure A tile is about `width` wide and `width * ratio + extra` high. */

export class VirtualGrid {
  cursor = 0;
  total = 0;
  columns = 1;
  #tileWidth = 100;
  #rowHeight = 100;
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  /** @type {HTMLElement[]} */
  #free = [];
  #frame = 0;
  #restTimer = 0;
  #lastTop = 0;
  #isFast = false;

  /** @param {Tiles} tiles @param {Measure} measure @param {{see: (from: number, to: number) => void}} listener @param {HTMLElement} [head] */
  constructor(tiles, measure, listener, head) {
    this.tiles = tiles;
    this.measure = measure;
    this.listener = listener;
    this.canvas = h("div.canvas", { role: "presentation" });
    this.element = h("div.grid", { role: "grid", "aria-label": tiles.label, "aria-multiselectable": "true" }, h("div.inner", { role: "presentation" }, head, this.canvas));
    this.element.addEventListener("scroll", () => this.#schedule(), { passive: true });
    this.element.addEventListener("focusin", event => {
      const tile = event.target instanceof Element ? event.target.closest("[data-index]") : null;
      if (tile instanceof HTMLElement) this.moveTo(Number(tile.dataset.index), { focus: false });
    });
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.element);
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#restTimer);
    for (const row of this.#rows.values()) for (const tile of row.children) this.tiles.release(/** @type {HTMLElement} */ (tile));
  }

  /** @param {number} total */
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

  get #height() {
    return Math.ceil(this.total / this.columns) * this.#rowHeight + this.measure.gap;
  }

  get #viewHeight() {
    return this.element.clientHeight - this.measure.head;
  }

  /** How far the rows are scrolled, which differs from the element's scroll position only where the grid is very long. */
  get #offset() {
    const { scrollTop } = this.element;
    const height = this.#height;
    return height <= MOST_HEIGHT ? scrollTop : scrollTop * ((height - this.#viewHeight) / (MOST_HEIGHT - this.#viewHeight));
  }

  layout() {
    const width = this.element.clientWidth;
    if (!width) return;
    const first = Math.round(this.#offset / this.#rowHeight) * this.columns;
    const { gap, ratio, extra } = this.measure;
    const padding = width < 500 ? gap : gap * 2;
    const room = width - padding * 2;
    const columns = Math.max(1, Math.floor((room + gap) / (this.measure.width + gap)));
    const tileWidth = Math.floor((room - gap * (columns - 1)) / columns);
    const rowHeight = Math.round(tileWidth * ratio) + extra + gap;
    const isChanged = columns !== this.columns || rowHeight !== this.#rowHeight || tileWidth !== this.#tileWidth;
    this.columns = columns;
    this.#tileWidth = tileWidth;
    this.#rowHeight = rowHeight;
    this.canvas.style.setProperty("height", `${Math.min(this.#height, MOST_HEIGHT)}px`);
    this.element.style.setProperty("--tile-width", `${tileWidth}px`);
    this.element.style.setProperty("--tile-height", `${rowHeight - gap}px`);
    this.element.style.setProperty("--row-left", `${padding}px`);
    this.element.setAttribute("aria-rowcount", String(Math.ceil(this.total / columns)));
    this.element.setAttribute("aria-colcount", String(columns));
    if (isChanged) {
      this.forget();
      this.element.scrollTop = Math.floor(first / columns) * rowHeight;
    }
    this.draw();
  }

  #schedule() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      const { scrollTop, clientHeight } = this.element;
      this.#isFast = Math.abs(scrollTop - this.#lastTop) > clientHeight / FAST * 2;
      this.#lastTop = scrollTop;
      this.draw();
      clearTimeout(this.#restTimer);
      this.#restTimer = window.setTimeout(() => {
        if (!this.#isFast) return;
        this.#isFast = false;
        this.draw();
      }, REST_TIME);
    });
  }

  /** @param {number} number @param {HTMLElement} row */
  #drop(number, row) {
    for (const tile of row.children) this.tiles.release(/** @type {HTMLElement} */ (tile));
    row.remove();
    this.#rows.delete(number);
    this.#free.push(row);
  }

  /** Puts the rows that are seen into the document, and the row of the cursor, so that the focus is never lost. */
  draw() {
    this.#frame = 0;
    const offset = this.#offset;
    const { scrollTop } = this.element;
    const last = Math.ceil(this.total / this.columns) - 1;
    const from = Math.max(0, Math.floor(offset / this.#rowHeight) - EXTRA_ROWS);
    const to = Math.min(last, Math.floor((offset + this.#viewHeight) / this.#rowHeight) + EXTRA_ROWS);
    const cursorRow = Math.floor(this.cursor / this.columns);
    for (const [number, row] of this.#rows) if ((number < from || number > to) && number !== cursorRow) this.#drop(number, row);
    const wanted = [];
    for (let number = from; number <= to; number++) wanted.push(number);
    if (this.total && (cursorRow < from || cursorRow > to)) wanted.push(cursorRow);
    for (const number of wanted) {
      let row = this.#rows.get(number);
      if (!row) {
        row = this.#free.pop() ?? h("div.row", { role: this.tiles.isRow ? "presentation" : "row" }, Array.from({ length: this.columns }, (_, column) => this.tiles.create(column)));
        this.#rows.set(number, row);
        if (!this.tiles.isRow) row.setAttribute("aria-rowindex", String(number + 1));
        this.canvas.append(row);
      }
      row.style.setProperty("transform", `translateY(${number * this.#rowHeight + this.measure.gap - offset + scrollTop}px)`);
      for (let column = 0; column < this.columns; column++) this.#fill(/** @type {HTMLElement} */ (row.children[column]), number * this.columns + column);
    }
    this.listener.see(Math.max(0, from) * this.columns, Math.min(this.total, (to + 1) * this.columns));
  }

  /** @param {HTMLElement} tile @param {number} index */
  #fill(tile, index) {
    tile.hidden = index >= this.total;
    if (tile.hidden) return;
    tile.dataset.index = String(index);
    tile.tabIndex = index === this.cursor ? 0 : -1;
    this.tiles.fill(tile, index, this.#isFast);
  }

  /** @param {number} index @returns {?HTMLElement} */
  tileAt(index) {
    const tile = this.#rows.get(Math.floor(index / this.columns))?.children[index % this.columns];
    return tile instanceof HTMLElement && !tile.hidden ? tile : null;
  }

  #reveal() {
    const top = Math.floor(this.cursor / this.columns) * this.#rowHeight;
    const bottom = top + this.#rowHeight + this.measure.gap;
    const room = this.#viewHeight;
    const offset = this.#offset;
    const wanted = top < offset ? top : bottom > offset + room ? bottom - room : offset;
    if (wanted === offset) return;
    const height = this.#height;
    this.element.scrollTop = height <= MOST_HEIGHT ? wanted : wanted * ((MOST_HEIGHT - room) / (height - room));
  }

  /** @param {number} index @param {{focus?: boolean}} [options] */
  moveTo(index, { focus = true } = {}) {
    const next = Math.max(0, Math.min(index, this.total - 1));
    const previous = this.tileAt(this.cursor);
    if (previous) previous.tabIndex = -1;
    this.cursor = next;
    if (focus) {
      this.#reveal();
      this.draw();
    }
    const tile = this.tileAt(next);
    if (tile) tile.tabIndex = 0;
    if (focus) tile?.focus({ preventScroll: true });
  }

  /** Keys that move the cursor. @returns {KeyMap} */
  keys() {
    const by = (/** @type {() => number} */ step) => () => (this.total ? this.moveTo(this.cursor + step()) : false);
    const left = by(() => -1);
    const right = by(() => 1);
    const up = by(() => (this.cursor >= this.columns ? -this.columns : 0));
    const down = by(() => this.columns);
    const page = () => Math.max(1, Math.floor(this.#viewHeight / this.#rowHeight)) * this.columns;
    const isShown = (/** @type {KeyMap} */ map) => Object.fromEntries(Object.entries(map).map(([key, move]) => [key, event => (this.element.hidden ? false : move(event))]));
    return isShown({
      ArrowLeft: left, h: left, ArrowRight: right, l: right, ArrowUp: up, k: up, ArrowDown: down, j: down,
      PageUp: by(() => -page()), PageDown: by(page), Home: () => this.moveTo(0), End: () => this.moveTo(this.total - 1),
    });
  }
}
