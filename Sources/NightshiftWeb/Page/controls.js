// Icons, buttons, selects and menus, made the same way everywhere.
import { h, svg } from "./dom.js";

/** Paths of 16 × 16 pixels.
 * @type {Object<string, string>} */
const ICONS = {
	close: "M4 4l8 8M12 4l-8 8",
	next: "M6 3l5 5-5 5",
	previous: "M10 3L5 8l5 5",
	pause: "M5.5 3.5v9M10.5 3.5v9",
	resume: "M5 3.5l7 4.5-7 4.5z",
	check: "M3.5 8.5l3 3 6-7",
	moon: "M12.5 9.8A5.2 5.2 0 0 1 6.2 3.5a5.2 5.2 0 1 0 6.3 6.3z",
	star: "M8 1.8l1.9 4 4.3.5-3.2 3 .9 4.3L8 11.5l-3.9 2.1.9-4.3-3.2-3 4.3-.5z",
	down: "M4 6l4 4 4-4",
	search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5l3 3",
	download: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
	copy: "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
};

/** @param {string} name @param {boolean} [isFilled] */
export const icon = (name, isFilled = false) => svg("svg.icon", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", "data-filled": isFilled }, svg("path", { d: ICONS[name] }));

/** A button with a text.
 * @param {string} text @param {(event: any) => any} onclick @param {Values} [more] */
export const button = (text, onclick, more = {}) => h("button", { key: text, onclick, ...more }, text);

/** A button with an icon only.
 * @param {string} name @param {string} label @param {(event: any) => any} onclick @param {Values} [more] */
export const iconButton = (name, label, onclick, more = {}) => h("button.plain", { key: label, "aria-label": label, title: label, onclick, ...more }, icon(name));

/** A select.
 * @param {string} label @param {any} value @param {[any, string][]} options Values and titles. @param {(value: string) => void} change */
export const choice = (label, value, options, change) => h("select", { "aria-label": label, key: label, value, onchange: event => change(event.target.value) }, options.map(([it, title]) => h("option", { value: it, selected: it === value }, title)));

/** Buttons of which one is on.
 * @param {string} label @param {[string, boolean, () => any, Values?][]} options Label, whether on, action. */
export const switcher = (label, options) => h("div.switch", { role: "group", "aria-label": label }, options.map(([title, isOn, onclick, more]) => button(title, onclick, { "aria-pressed": String(isOn), ...more })));

/** A rating as stars, to set where there is an action.
 * @param {?number} rating @param {?((rating: ?number) => void)} rate */
export function stars(rating, rate) {
	if (!rate && !rating) return null;
	return h("div.stars", { role: "group", "aria-label": "Rating" }, [1, 2, 3, 4, 5].map(value => {
		const isOn = (rating ?? 0) >= value;
		return h(rate ? "button.plain" : "span", { key: value, "aria-label": rate && `Rate ${value}`, "aria-pressed": rate && String(rating === value), "data-on": isOn, onclick: rate && (() => rate(rating === value ? null : value)) }, icon("star", isOn));
	}));
}

/** Opens a menu below an element; a click elsewhere or Esc closes it.
 * @param {string} label @param {HTMLElement} opener @param {any[]} content @returns {HTMLElement} */
export function openMenu(label, opener, content) {
	const menu = h("div.menu", { popover: "auto", role: "dialog", "aria-label": label }, content);
	menu.addEventListener("toggle", event => event.newState === "closed" && menu.remove());
	document.body.append(menu);
	menu.showPopover();
	const { left, bottom } = opener.getBoundingClientRect();
	menu.style.setProperty("left", `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`);
	menu.style.setProperty("top", `${bottom + 6}px`);
	menu.style.setProperty("max-height", `${Math.max(160, innerHeight - bottom - 24)}px`);
	return menu;
}
