// The item over gallery or table: the address has its key, so it can be bookmarked, and Esc leads back.
import { openDialog } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { ItemPanel } from "./item-panel.js";
import { addressOf, changeQuery, currentRoute } from "./router.js";
/** @import { Context } from "./app.js" */
/** @import { Selection } from "./types.js" */

export class ItemDialog {
  /** @type {?HTMLDialogElement} */
  #dialog = null;

  /** @param {Context} context @param {(key: string) => void} left Called with the item that was shown last. */
  constructor(context, left) {
    this.left = left;
    this.panel = new ItemPanel(context, "h2", key => changeQuery({ item: key }, { replace: true }), item => {
      const isMarked = context.marks.has(item.key);
      return [
        h("button.quiet", { key: "mark", "aria-pressed": String(isMarked), "aria-keyshortcuts": "x", onclick: () => context.marks.toggle(item) }, isMarked ? "Marked" : "Mark"),
        h("a.button.quiet", { href: addressOf(context.job, "item", { ...this.panel.selection }, item.key) }, "Page"),
        h("button.plain", { key: "close", "aria-label": "Close", onclick: () => this.#dialog?.close() }, icon("close")),
      ];
    });
    context.marks.watch(() => this.#dialog && this.panel.drawBar());
  }

  /** Shows what the address says: an item, or none. @param {?string} key @param {Selection} selection */
  show(key, selection) {
    if (!key) return this.#dialog?.close();
    if (!this.#dialog) this.#open();
    if (this.panel.key !== key) this.panel.load(key, selection);
  }

  itemsChanged() {
    if (this.#dialog) this.panel.reload();
  }

  close() {
    this.#dialog?.close();
  }

  #open() {
    this.panel.drawBar();
    this.#dialog = openDialog({
      label: "Item",
      class: "sheet",
      content: [this.panel.bar, this.panel.view.element],
      keys: this.panel.keys(),
      onClose: () => {
        this.#dialog = null;
        const { key } = this.panel;
        this.panel.close();
        if (!currentRoute().query.has("item")) return;
        changeQuery({ item: null }, { replace: true });
        this.left(key);
      },
    });
  }
}
