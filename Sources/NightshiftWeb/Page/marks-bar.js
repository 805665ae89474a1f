// What can be done with the marked items, at the bottom of gallery and table while there are any.
import { h, icon, morph } from "./dom.js";
import { plural } from "./format.js";
import { stars } from "./media.js";
/** @import { Context } from "./app.js" */

export class MarksBar {
  /** @param {Context} context @param {() => void} compare */
  constructor(context, compare) {
    this.context = context;
    this.compare = compare;
    this.element = h("div.marks-bar", { role: "toolbar", "aria-label": "Marked items", hidden: true });
    this.stop = context.marks.watch(() => this.draw());
    this.draw();
  }

  close() {
    this.stop();
  }

  draw() {
    const { marks, actions } = this.context;
    this.element.hidden = marks.size === 0;
    morph(this.element, [
      h("b", { role: "status" }, `${plural(marks.size, "item")} marked`),
      h("button", { key: "compare", disabled: marks.size < 2, "aria-keyshortcuts": "c", onclick: this.compare }, "Compare"),
      actions && [
        h("button", { key: "retry", onclick: () => actions.retry({ keys: marks.keys }) }, "Retry"),
        h("button", { key: "redo", onclick: () => actions.redo({ keys: marks.keys }) }, "Redo"),
        h("button", { key: "tag", onclick: () => actions.tag(marks.items) }, "Tag"),
        stars(null, rating => actions.rate(marks.keys, rating)),
      ],
      h("button.plain", { key: "clear", "aria-label": "Clear all marks", onclick: () => marks.clear() }, icon("close")),
    ]);
  }
}
