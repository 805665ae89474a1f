// Search, states, facets and order: everything that selects items. What is chosen is in the address.
import { isAbort } from "./data.js";
import { debounced, h, icon, morph, openMenu } from "./dom.js";
import { count, plain, STATES } from "./format.js";
import { chosenValues, parseFilter, toggleValue } from "./filter.js";
import { changeQuery, currentRoute } from "./router.js";
/** @import { Context } from "./app.js" */
/** @import { Facets } from "./types.js" */

const TYPING_PAUSE = 250;
const MOST_CHIPS = 4;
/** @type {[string, string][]} */
const ORDERS = [["", "Input order"], ["-ended_at", "Latest first"], ["-duration", "Slowest first"], ["-cost", "Most expensive first"], ["-rating", "Best rated first"], ["name", "Name"]];

/** The filter of the address. */
const currentFilter = () => currentRoute().query.get("q") ?? "";

export class QueryBar {
  /** @param {Context} context @param {HTMLElement} tools Further controls at its end. @param {() => void} leave Called when the search is left by a key. */
  constructor(context, tools, leave) {
    this.context = context;
    this.typed = debounced(() => this.#apply(), TYPING_PAUSE);
    this.input = h("input", {
      type: "search", id: "search", placeholder: "Search, or filter: state=failed duration>30", autocomplete: "off", spellcheck: "false", autocapitalize: "off", "aria-label": "Search and filter", "aria-keyshortcuts": "/", "aria-describedby": "filter-error",
      oninput: () => this.typed(),
      onkeydown: event => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        this.#apply();
        leave();
      },
    });
    this.error = h("p.filter-error", { id: "filter-error", role: "alert", hidden: true });
    this.chips = h("div.chips", { role: "group", "aria-label": "Filters" });
    this.total = h("p.total", { role: "status" });
    this.order = h("div.order");
    this.element = h("div.query-bar",
      h("div.search-row", h("div.search", { role: "search" }, icon("search"), this.input, h("kbd", { "aria-hidden": "true" }, "/")), this.order, tools),
      this.error,
      h("div.chips-row", this.chips, this.total));
    this.menu = new FacetMenu(context);
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  close() {
    this.typed.cancel();
    this.menu.close();
  }

  #apply() {
    this.typed.cancel();
    const filter = this.input.value.trim();
    if (filter !== currentFilter()) changeQuery({ q: filter }, { replace: true });
  }

  /** @param {?Error} error */
  setError(error) {
    this.error.hidden = !error;
    this.error.textContent = error?.message ?? "";
    this.input.toggleAttribute("aria-invalid", Boolean(error));
  }

  /** @param {?number} total */
  setTotal(total) {
    const text = total === null ? "" : `${count(total)} of ${count(this.context.overview.items)}`;
    if (this.total.textContent !== text) this.total.textContent = text;
  }

  /** Shows what the address says, and the counts of now. */
  draw() {
    const filter = currentFilter();
    if (document.activeElement !== this.input) this.input.value = filter;
    const { states, columns, items, steps } = this.context.overview;
    const chosen = chosenValues(filter, "state");
    const names = STATES.filter(state => states[state] || chosen.includes(state));
    const columnNames = columns.map(column => column.name);
    const builtIn = [steps.length > 1 ? "step" : "", states.failed ? "class" : "", "rating", "tag", "media"].filter(Boolean);
    const facets = [...columnNames.slice(0, MOST_CHIPS), ...builtIn];
    const hidden = columnNames.slice(MOST_CHIPS);
    morph(this.chips, [
      h("button.chip", { key: "all", "aria-pressed": String(!filter), onclick: () => changeQuery({ q: null }) }, "All ", h("span.number", count(items))),
      names.map(state => h("button.chip", { key: `state-${state}`, "data-state": state, "aria-pressed": String(chosen.includes(state)), onclick: () => changeQuery({ q: toggleValue(currentFilter(), `state=${state}`) }) },
        h("span.dot"), `${state} `, h("span.number", count(states[state] ?? 0)))),
      h("span.divider"),
      facets.map(column => this.#facetChip(column, filter)),
      hidden.length ? this.#moreChip(hidden) : null,
    ]);
    const sort = currentRoute().query.get("sort") ?? "";
    const orders = [...ORDERS, ...columnNames.map(name => /** @type {[string, string]} */ ([name, name]))];
    if (!orders.some(([value]) => value === sort)) orders.push([sort, sort]);
    morph(this.order, [h("select", { "aria-label": "Order", value: sort, onchange: event => changeQuery({ sort: event.target.value }) },
      orders.map(([value, title]) => h("option", { value, selected: value === sort }, title)))]);
    this.menu.draw();
  }

  /** @param {string} column @param {string} filter */
  #facetChip(column, filter) {
    const values = chosenValues(filter, column);
    return h("button.chip.facet", { key: `facet-${column}`, "aria-haspopup": "dialog", "data-on": values.length > 0, onclick: event => this.menu.open(column, event.currentTarget) },
      values.length ? [`${column}: `, h("b", values.join(", "))] : column, icon("down"));
  }

  /** @param {string[]} columns */
  #moreChip(columns) {
    return h("select.chip", { "aria-label": "More columns to filter by", key: "more", onchange: event => {
      const select = /** @type {HTMLSelectElement} */ (event.target);
      this.menu.open(select.value, select);
      select.value = "";
    } }, h("option", { value: "" }, "more …"), columns.map(column => h("option", { value: column }, column)));
  }
}

/** The most common values of a column, to choose from. */
class FacetMenu {
  /** @type {?HTMLElement} */
  #element = null;
  #controller = new AbortController();
  /** @type {?Facets} */
  #facets = null;

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
  }

  close() {
    this.#controller.abort();
    this.#element?.remove();
    this.#element = null;
  }

  /** @param {string} column @param {HTMLElement} opener */
  async open(column, opener) {
    this.close();
    const element = openMenu(`Values of ${column}`, opener, [h("p.dim", "Reading …")]);
    this.#element = element;
    element.addEventListener("keydown", event => this.#move(event));
    this.#controller = new AbortController();
    this.column = column;
    try {
      this.#facets = await this.context.source.facets(this.context.job, column === "class" ? "failure_class" : column, this.#others(column), this.#controller.signal);
      this.draw();
      element.querySelector("input")?.focus();
    } catch (error) {
      if (!isAbort(error)) element.replaceChildren(h("p.filter-error", /** @type {Error} */ (error).message));
    }
  }

  /** The filter without this column's own choice, so that its other values can be seen. @param {string} column */
  #others(column) {
    return parseFilter(currentFilter()).filter(term => term.operator !== "=" || term.isNegated || term.column !== column).map(term => term.raw).join(" ");
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.#element) return;
    const inputs = [...this.#element.querySelectorAll("input")];
    inputs[inputs.indexOf(/** @type {HTMLInputElement} */ (document.activeElement)) + step]?.focus();
    event.preventDefault();
  }

  draw() {
    if (!this.#element?.isConnected || !this.#facets) return;
    const { values, more } = this.#facets;
    const chosen = chosenValues(currentFilter(), this.column ?? "");
    morph(this.#element, [
      h("h3", this.column),
      values.length ? null : h("p.dim", "No item has a value here."),
      values.map(({ value, count: amount, query }) => h("label", { key: query },
        h("input", { type: "checkbox", checked: chosen.includes(String(value)), onchange: () => changeQuery({ q: toggleValue(currentFilter(), query) }) }),
        h("span.value", plain(value)), h("span.number", count(amount)))),
      more ? h("p.dim", `and ${count(more)} more: write ${this.column}=… or ${this.column}~… into the search`) : null,
    ]);
  }
}
