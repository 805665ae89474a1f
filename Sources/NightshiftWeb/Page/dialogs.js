// What the page says and asks: toasts, announcements for screen readers, questions, help.
import { h, icon } from "./dom.js";
import { addKeys } from "./keys.js";
/** @import { KeyMap } from "./keys.js" */

const TOAST_TIME = 6000;

/** @param {string} text @param {"done"|"failed"} [kind] */
export function toast(text, kind = "done") {
  const element = h("p", { class: `toast ${kind}` }, h("span", text), h("button.plain", { "aria-label": "Dismiss", onclick: () => element.remove() }, icon("close")));
  document.getElementById("toasts")?.append(element);
  window.setTimeout(() => element.remove(), kind === "failed" ? TOAST_TIME * 2 : TOAST_TIME);
}

/** Says something to a screen reader without showing it. @param {string} text */
export function announce(text) {
  const element = document.getElementById("announcer");
  if (element && element.textContent !== text) element.textContent = text;
}

/**
 * A modal dialog with the content given. Esc and its close button close it.
 * @param {{label: string, class?: string, content: any, onClose?: () => void, keys?: KeyMap}} options
 * @returns {HTMLDialogElement}
 */
export function openDialog({ label, class: style = "", content, onClose, keys = {} }) {
  const opener = document.activeElement;
  const dialog = h("dialog", { class: style, "aria-label": label }, content);
  const removeKeys = addKeys({ Escape: () => dialog.close(), ...keys }, { isModal: true });
  dialog.addEventListener("close", () => {
    removeKeys();
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    onClose?.();
  });
  dialog.addEventListener("pointerdown", event => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks with fields; the answer has their values by name, or is null.
 * @param {{title: string, text?: string, fields?: any[], confirm: string, isDangerous?: boolean}} question
 * @returns {Promise<?Object<string, string>>}
 */
export function ask({ title, text, fields = [], confirm, isDangerous = false }) {
  return new Promise(resolve => {
    /** @type {?Object<string, string>} */
    let answer = null;
    const form = h("form", {
      method: "dialog",
      class: "question",
      onsubmit: event => {
        event.preventDefault();
        answer = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
        dialog.close();
      },
    },
      h("h2", title),
      text && h("p", text),
      fields,
      h("div.buttons",
        h("button", { type: "button", onclick: () => dialog.close() }, "Not now"),
        h("button", { type: "submit", class: isDangerous ? "danger" : "primary" }, confirm)));
    const dialog = openDialog({ label: title, class: "small", content: form, onClose: () => resolve(answer) });
    (form.querySelector("input, textarea") ?? form.querySelector("button[type=submit]"))?.focus();
  });
}

/** @param {string} label @param {Object<string, any>} properties @param {string} [hint] A labelled field for `ask`. */
export function field(label, properties, hint) {
  return h("label.field", h("span", label), h(properties.rows ? "textarea" : "input", { autocomplete: "off", ...properties }), hint && h("small", hint));
}

/** @type {[string, [string, string][]][]} */
const HELP = [
  ["Everywhere", [["g then o, g or t", "overview, gallery or table"], ["/", "search"], ["?", "this help"], ["Esc", "close, or leave the search"]]],
  ["Gallery and table", [["← → ↑ ↓ or h l k j", "move"], ["Home End Page Up Page Down", "move far"], ["Enter", "open the item"], ["x", "mark"], ["Shift x", "clear all marks"], ["c", "compare what is marked"]]],
  ["An item", [["← → or k j", "previous, next"], ["1 … 5", "rate"], ["0", "clear the rating"], ["t", "tags"], ["n", "note"], ["r", "retry"], ["R", "redo"]]],
  ["Comparison", [["o", "side by side or overlay"], ["← →", "move the slider"]]],
];

/** @type {[string, string][]} */
const FILTERS = [
  ["lighthouse", "name, input or output contains it"],
  ["state=failed,canceled", "any of these"],
  ["style!=dawn", "anything else"],
  ["prompt~harbour", "the column contains it"],
  ["duration>30 cost>=0.01", "all terms must hold"],
  ["rating>=4 tag=nice", "what you rated and tagged"],
  ["-class=timed_out", "not this"],
  ['"Prompt Text"="a b"', "quotation marks around spaces"],
];

export function openHelp() {
  const rows = (/** @type {[string, string][]} */ list) => list.map(([left, right]) => [h("dt", h("kbd", left)), h("dd", right)]);
  const dialog = openDialog({
    label: "Help",
    class: "help",
    keys: { "?": () => dialog.close() },
    content: h("div",
      h("header.bar", h("h2", "Keyboard and filters"), h("button.plain", { "aria-label": "Close", onclick: () => dialog.close() }, icon("close"))),
      h("div.help-columns",
        HELP.map(([title, list]) => h("section", h("h3", title), h("dl", rows(list)))),
        h("section.wide", h("h3", "Filters"), h("dl", rows(FILTERS))))),
  });
}
