// The item as a page of its own.
import { h } from "./dom.js";
import { ItemPanel } from "./item-panel.js";
import { addKeys } from "./keys.js";
import { addressOf, navigate } from "./router.js";

/** @implements {View} */
export class ItemPage {
	/** @param {Context} context */
	constructor(context) {
		const back = () => addressOf(context.job, "gallery", { ...this.panel.selection });
		this.panel = new ItemPanel(context, "h1", key => navigate(addressOf(context.job, "item", { ...this.panel.selection }, key), true), () => [h("a.button", { href: back() }, "All items")]);
		this.element = h("article.item-page", this.panel.bar, this.panel.view.element);
		this.removeKeys = addKeys({ ...this.panel.keys(), Escape: () => navigate(back()) });
	}

	/** @param {Route} route */
	show({ key, query }) {
		this.panel.load(key, { q: query.get("q") ?? "", sort: query.get("sort") ?? "" });
	}

	itemsChanged() {
		this.panel.reload();
	}

	close() {
		this.removeKeys();
		this.panel.close();
	}
}
