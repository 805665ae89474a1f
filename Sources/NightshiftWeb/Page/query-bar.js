// Search, states, facets and order: everything that selects items. What is chosen is in the address.
import { choice, icon, openMenu } from "./controls.js";
import { debounced, h, morph } from "./dom.js";
import { chosenValues, isChoice, parseFilter, toggleValue } from "./filter.js";
import { count, plain, STATES } from "./format.js";
import { changeQuery, currentRoute } from "./router.js";

const TYPING_PAUSE = 250;
const MOST_CHIPS = 8;
/** @type {[string, string][]} */
const ORDERS = [["", "Input order"], ["-ended_at", "Latest first"], ["-duration", "Slowest first"], ["-cost", "Most expensive first"], ["-rating", "Best rated first"], ["name", "Name"]];

const currentFilter = () => currentRoute().query.get("q") ?? "";
const toggle = query => changeQuery({ q: toggleValue(currentFilter(), query) });

export class QueryBar {
	/** The facets whose menu is open.
	 * @type {?Facets} */
	#facets = null;
	#menu = h("div");

	/** @param {Context} context @param {HTMLElement} tools Further controls. @param {() => void} leave Called when the search is left by a key. */
	constructor(context, tools, leave) {
		this.context = context;
		this.typed = debounced(() => this.#apply(), TYPING_PAUSE);
		const oninput = () => {
			this.isTyping = true;
			this.typed();
		};
		const onkeydown = event => {
			if (event.key !== "Enter" && event.key !== "Escape") return;
			event.preventDefault();
			this.#apply();
			leave();
		};
		this.input = h("input", { type: "search", id: "search", placeholder: "Search, or filter: state=failed duration>30", autocomplete: "off", spellcheck: "false", "aria-label": "Search and filter", "aria-keyshortcuts": "/", "aria-describedby": "filter-error", oninput, onkeydown });
		this.error = h("p.filter-error", { id: "filter-error", role: "alert", hidden: true });
		this.chips = h("div.chips", { role: "group", "aria-label": "Filters" });
		this.total = h("p.total", { role: "status" });
		this.order = h("div.order");
		this.element = h("div.query-bar",
			h("div.search-row", h("div.search", { role: "search" }, icon("search"), this.input), this.order, tools),
			this.error, h("div.chips-row", this.chips, this.total));
	}

	focus() {
		this.input.focus();
		this.input.select();
	}

	close() {
		this.typed.cancel();
		this.#menu.remove();
	}

	#apply() {
		this.typed.cancel();
		this.isTyping = false;
		const filter = this.input.value.trim();
		if (filter !== currentFilter()) changeQuery({ q: filter }, true);
	}

	setError(error) {
		this.error.hidden = !error;
		this.error.textContent = error?.message ?? "";
		this.input.toggleAttribute("aria-invalid", Boolean(error));
	}

	setTotal(total) {
		const text = total === null ? "" : `${count(total)} of ${count(this.context.overview.items)}`;
		if (this.total.textContent !== text) this.total.textContent = text;
	}

	/** Shows what the address says, and the counts of now. */
	draw() {
		const filter = currentFilter();
		if (!this.isTyping && this.input.value.trim() !== filter) this.input.value = filter;
		const { states, columns, items, steps } = this.context.overview;
		const chosen = chosenValues(filter, "state");
		const names = columns.map(column => column.name);
		const facets = [...names.slice(0, MOST_CHIPS), steps.length > 1 ? "step" : "", states.failed ? "class" : "", "rating", "tag", "media"].filter(Boolean);
		const chip = (text, amount, isOn, onclick, state) => h("button.chip", { key: `is ${text}`, "data-state": state, "aria-pressed": String(isOn), onclick }, state && h("span.dot"), `${text} `, h("span.number", count(amount)));
		morph(this.chips, [
			chip("All", items, !filter, () => changeQuery({ q: null })),
			STATES.filter(state => states[state] || chosen.includes(state)).map(state => chip(state, states[state] ?? 0, chosen.includes(state), () => toggle(`state=${state}`), state)),
			h("span.divider"),
			facets.map(column => {
				const values = chosenValues(filter, column).join(", ");
				return h("button.chip.facet", { key: column, "aria-haspopup": "dialog", "data-on": values !== "", onclick: event => this.#open(column, event.currentTarget) }, values ? [`${column}: `, h("b", values)] : column, icon("down"));
			}),
		]);
		const sort = currentRoute().query.get("sort") ?? "";
		const orders = new Map(ORDERS);
		for (const name of [...names, sort]) if (!orders.has(name)) orders.set(name, name);
		morph(this.order, [choice("Order", sort, [...orders], value => changeQuery({ sort: value }))]);
		this.#drawMenu();
	}

	/** The most common values of a column, to choose from; its own choice does not hide its other values. */
	async #open(column, opener) {
		this.#menu.remove();
		this.#facets = null;
		const menu = openMenu(`Values of ${column}`, opener, [h("p.dim", "Reading …")]);
		this.#menu = menu;
		try {
			const others = parseFilter(currentFilter()).filter(term => !isChoice(term, column)).map(term => term.raw).join(" ");
			const facets = await this.context.source.facets(this.context.job, column === "class" ? "failure_class" : column, others);
			if (this.#menu !== menu) return;
			this.#facets = { ...facets, column };
			this.#drawMenu();
			menu.querySelector("input")?.focus();
		} catch (error) {
			morph(menu, [h("p.filter-error", error.message)]);
		}
	}

	#drawMenu() {
		if (!this.#menu.isConnected || !this.#facets) return;
		const { column, values, more } = this.#facets;
		const chosen = chosenValues(currentFilter(), column);
		morph(this.#menu, [
			h("h3", column),
			!values.length && h("p.dim", "No item has a value here."),
			values.map(({ value, count: amount, query }) => h("label", { key: query },
				h("input", { type: "checkbox", checked: chosen.includes(String(value)), onchange: () => toggle(query) }), h("span.value", plain(value)), h("span.number", count(amount)))),
			more ? h("p.dim", `and ${count(more)} more: write ${column}=… or ${column}~… into the search`) : null,
		]);
	}
}
