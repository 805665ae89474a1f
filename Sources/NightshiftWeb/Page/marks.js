// The items that are marked, in the order in which they were, and the bar with what can be done with them.
import { button, iconButton, stars } from "./controls.js";
import { h, morph } from "./dom.js";
import { plural } from "./format.js";

export class Marks {
	/** @type {Map<string, Item>} */
	#items = new Map();
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

	has(key) {
		return this.#items.has(key);
	}

	/** @param {Item} item */
	toggle(item) {
		if (!this.#items.delete(item.key)) this.#items.set(item.key, item);
		this.#tell();
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

/** Draws the bar of the marked items.
 * @param {HTMLElement} bar @param {Context} context @param {() => void} compare */
export function drawMarksBar(bar, { marks, actions }, compare) {
	bar.hidden = marks.size === 0;
	morph(bar, [
		h("b", { role: "status" }, `${plural(marks.size, "item")} marked`),
		button("Compare", compare, { disabled: marks.size < 2, "aria-keyshortcuts": "c" }),
		actions && [
			button("Retry", () => actions.retry({ keys: marks.keys })),
			button("Redo", () => actions.redo({ keys: marks.keys })),
			button("Tag", () => actions.tag(marks.items)),
			stars(null, rating => actions.rate(marks.keys, rating)),
		],
		iconButton("close", "Clear all marks", () => marks.clear()),
	]);
}
