// The items that are marked, in the order in which they were.

/** @import { Item } from "./types.js" */

export class Marks {
  /** @type {Map<string, Item>} */
  #items = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();

  get size() {
    return this.#items.size;
  }

  get keys() {
    return [...this.#items.keys()];
  }

  get items() {
    return [...this.#items.values()];
  }

  /** @param {string} key */
  has(key) {
    return this.#items.has(key);
  }

  /** @param {Item} item */
  toggle(item) {
    if (!this.#items.delete(item.key)) this.#items.set(item.key, item);
    this.#tell();
  }

  /** @param {string} key */
  remove(key) {
    if (this.#items.delete(key)) this.#tell();
  }

  clear() {
    this.#items.clear();
    this.#tell();
  }

  /** @param {() => void} listener @returns {() => void} Ends it. */
  watch(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}
