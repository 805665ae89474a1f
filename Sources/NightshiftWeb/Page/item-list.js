// Items of a selection by their index, read in pages as they are seen. Requests for pages that left the view are aborted.
import { isAbort } from "./data.js";
import { debounced } from "./dom.js";
/** @import { Context } from "./app.js" */
/** @import { Item, Selection } from "./types.js" */

const PAGE_SIZE = 200;
const MOST_PAGES = 40;
const SETTLE_TIME = 60;

/** @typedef {{items: ?Item[], controller: ?AbortController, isStale: boolean}} Page */

export class ItemList {
  /** Null until the first page is there. @type {?number} */
  total = null;
  /** @type {Map<number, Page>} In the order of their last use. */
  #pages = new Map();
  #from = 0;
  #to = 1;
  #isClosed = false;

  /**
   * @param {Context} context
   * @param {Selection} selection
   * @param {{changed: () => void, failed: (error: any) => void}} listener
   */
  constructor({ source, job }, selection, listener) {
    this.source = source;
    this.job = job;
    this.selection = selection;
    this.listener = listener;
    this.settled = debounced(() => this.#request(), SETTLE_TIME);
    this.#request();
  }

  /** @param {number} index @returns {?Item} */
  at(index) {
    return this.#pages.get(Math.floor(index / PAGE_SIZE))?.items?.[index % PAGE_SIZE] ?? null;
  }

  /** The index of an item among those read, or -1. @param {string} key */
  indexOf(key) {
    for (const [number, { items }] of this.#pages) {
      const index = items?.findIndex(item => item.key === key) ?? -1;
      if (index >= 0) return number * PAGE_SIZE + index;
    }
    return -1;
  }

  /** Says which items are seen. @param {number} from @param {number} to */
  see(from, to) {
    this.#from = from;
    this.#to = Math.max(from + 1, to);
    const isComplete = this.#seen().every(number => this.#pages.get(number)?.items);
    if (!isComplete) this.settled();
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
    const numbers = [];
    for (let number = Math.floor(this.#from / PAGE_SIZE); number <= Math.floor((this.#to - 1) / PAGE_SIZE); number++) numbers.push(number);
    return numbers;
  }

  #request() {
    if (this.#isClosed) return;
    const seen = this.#seen();
    for (const [number, page] of this.#pages) {
      if (!page.controller || seen.includes(number)) continue;
      page.controller.abort();
      page.controller = null;
      if (!page.items) this.#pages.delete(number);
    }
    for (const number of seen) {
      const page = this.#pages.get(number) ?? { items: null, controller: null, isStale: true };
      this.#pages.delete(number);
      this.#pages.set(number, page);
      if (page.isStale && !page.controller) this.#read(number, page);
    }
    for (const number of this.#pages.keys()) {
      if (this.#pages.size <= MOST_PAGES) break;
      this.#pages.delete(number);
    }
  }

  /** @param {number} number @param {Page} page */
  async #read(number, page) {
    const controller = new AbortController();
    page.controller = controller;
    page.isStale = false;
    try {
      const { items, total } = await this.source.items(this.job, this.selection, number * PAGE_SIZE, PAGE_SIZE, controller.signal);
      if (this.#isClosed || page.controller !== controller) return;
      page.items = items;
      this.total = total;
      page.controller = null;
      this.listener.changed();
      if (page.isStale) this.settled();
    } catch (error) {
      page.isStale = true;
      if (page.controller === controller) page.controller = null;
      if (!isAbort(error) && !this.#isClosed) this.listener.failed(error);
    }
  }
}
