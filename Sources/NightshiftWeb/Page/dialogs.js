// What the page says and asks: toasts, announcements for screen readers, questions, help.
import { button, iconButton } from "./controls.js";
import { h } from "./dom.js";
import { addKeys } from "./keys.js";

const TOAST_TIME = 7000;

/** @param {string} text @param {"done"|"failed"} [kind] */
export function toast(text, kind = "done") {
	const element = h(`p.toast.${kind}`, h("span", text), iconButton("close", "Dismiss", () => element.remove()));
	document.getElementById("toasts")?.append(element);
	window.setTimeout(() => element.remove(), TOAST_TIME);
}

/** Says something to a screen reader without showing it.
 * @param {string} text */
export function announce(text) {
	const element = document.getElementById("announcer");
	if (element) element.textContent = text;
}

/**
 * A modal dialog. Esc, a click beside it and its close button close it; the browser gives the focus back.
 * @param {string} label @param {string} style @param {any} content @param {{onClose?: () => void, keys?: KeyMap}} options
 * @returns {HTMLDialogElement}
 */
export function openDialog(label, style, content, { onClose, keys = {} } = {}) {
	const dialog = h(`dialog.${style}`, { "aria-label": label }, content);
	const removeKeys = addKeys({ Escape: () => dialog.close(), ...keys }, true);
	dialog.addEventListener("close", () => {
		removeKeys();
		dialog.remove();
		onClose?.();
	});
	dialog.addEventListener("pointerdown", event => event.target === dialog && dialog.close());
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
}

/**
 * Asks; the answer has the values of the fields by name, or is null.
 * @param {string} title @param {string} text @param {string} confirm @param {any[]} [fields]
 * @returns {Promise<?Object<string, string>>}
 */
export function ask(title, text, confirm, fields = []) {
	return new Promise(resolve => {
		let answer = null;
		const submit = event => {
			event.preventDefault();
			answer = Object.fromEntries(new FormData(form));
			dialog.close();
		};
		const form = h("form.question", { onsubmit: submit }, h("h2", title), text && h("p", text), fields,
			h("div.buttons", button("Not now", () => dialog.close(), { type: "button" }), h("button.primary", { type: "submit" }, confirm)));
		const dialog = openDialog(title, "small", form, { onClose: () => resolve(answer) });
		form.querySelector("input, textarea, .primary").focus();
	});
}

/** A labelled field for `ask`.
 * @param {string} label @param {Values} properties @param {string} [hint] */
export const field = (label, properties, hint) => h("label.field", h("span", label), h(properties.rows ? "textarea" : "input", { autocomplete: "off", ...properties }), hint && h("small", hint));

/** @type {[string, string[]][]} Keys and filters, each with what it does. */
const HELP = [
	["Everywhere", ["Shift O, G, T", "overview, gallery, table", "/", "search", "?", "this help", "Esc", "close, or leave the search"]],
	["Gallery and table", ["← → ↑ ↓ or h l k j", "move", "Home End Page Up Page Down", "move far", "Enter", "open the item", "x", "mark", "Shift X", "clear all marks", "c", "compare what is marked"]],
	["An item", ["← → or k j", "previous, next", "1 … 5", "rate", "0", "clear the rating", "t", "tags", "n", "note", "r", "retry, or make again"]],
	["Comparison", ["o", "side by side or overlay", "← →", "move the slider"]],
	["Filters", ["lighthouse", "name, input or output contains it", "state=failed,canceled", "any of these", "style!=dawn", "anything else", "prompt~harbour", "the column contains it", "duration>30 cost>=0.01", "all terms must hold", "rating>=4 tag=nice", "what you rated and tagged", "-class=timed_out", "not this", '"Prompt Text"="a b"', "quotation marks around spaces"]],
];

export function openHelp() {
	const dialog = openDialog("Help", "help", [
		h("header.bar", h("h2", "Keyboard and filters"), h("span.spacer"), iconButton("close", "Close", () => dialog.close())),
		h("div.help-columns", HELP.map(([title, list]) => h("section", h("h3", title), h("dl", list.map((text, index) => (index % 2 ? h("dd", text) : h("dt", h("kbd", text)))))))),
	], { keys: { "?": () => dialog.close() } });
}
