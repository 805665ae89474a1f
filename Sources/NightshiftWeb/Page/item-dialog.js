// The item over gallery or table: the address has its key, so it can be bookmarked, and Esc leads back.
import { button, iconButton } from "./controls.js";
import { openDialog } from "./dialogs.js";
import { h } from "./dom.js";
import { ItemPanel } from "./item-panel.js";
import { addressOf, changeQuery, currentRoute } from "./router.js";

export class ItemDialog {
	/** @type {?HTMLDialogElement} */
	#dialog = null;

	/** @param {Context} context @param {(key: string) => void} left Called with the item that was shown last. */
	constructor(context, left) {
		const { marks, job } = context;
		this.left = left;
		this.panel = new ItemPanel(context, "h2", key => changeQuery({ item: key }, true), item => [
			button(marks.has(item.key) ? "Marked" : "Mark", () => marks.toggle(item), { key: "mark", "aria-pressed": String(marks.has(item.key)) }),
			h("a.button", { href: addressOf(job, "item", { ...this.panel.selection }, item.key) }, "Page"),
			iconButton("close", "Close", () => this.close()),
		]);
	}

	/** Shows what the address says: an item, or none.
	 * @param {?string} key @param {ItemSelection} selection */
	show(key, selection) {
		if (!key) return this.close();
		if (!this.#dialog) this.#open();
		if (this.panel.key !== key) this.panel.load(key, selection);
	}

	itemsChanged() {
		if (this.#dialog) this.panel.reload();
	}

	marksChanged() {
		if (this.#dialog) this.panel.drawBar();
	}

	close() {
		this.#dialog?.close();
	}

	#open() {
		this.panel.drawBar();
		const onClose = () => {
			this.#dialog = null;
			const { key } = this.panel;
			this.panel.close();
			if (!currentRoute().query.has("item")) return;
			changeQuery({ item: null }, true);
			this.left(key);
		};
		this.#dialog = openDialog("Item", "sheet", [this.panel.bar, this.panel.view.element], { keys: this.panel.keys(), onClose });
	}
}
