// Two or more items side by side, and two pictures over each other with a slider.
import { openDialog } from "./dialogs.js";
import { h, icon, morph } from "./dom.js";
import { money, plain, span } from "./format.js";
import { fullOutput, isPicture, picture, releaseMedia, stars } from "./media.js";
import { changeQuery, currentRoute } from "./router.js";
/** @import { Context } from "./app.js" */
/** @import { ItemDetail } from "./types.js" */

const SLIDER_STEP = 5;

/** @param {ItemDetail} item @returns {Object<string, string>} What can differ between items. */
function comparable(item) {
  /** @type {Object<string, string>} */
  const values = {};
  for (const [name, value] of Object.entries({ ...item.input, ...item.row, ...item.matrix })) values[name] = plain(value);
  values.state = item.state;
  values.duration = span(item.duration);
  values.cost = money(item.cost);
  if (item.step) values.step = item.step;
  return values;
}

export class CompareDialog {
  /** @type {?HTMLDialogElement} */
  #dialog = null;
  /** @type {ItemDetail[]} */
  #items = [];
  #wanted = "";
  #isOverlay = false;
  #below = 0;
  #above = 1;
  #position = 50;

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.bar = h("header.bar");
    this.body = h("div.compare");
  }

  /** Shows what the address says. @param {?string} keys Separated by commas. */
  async show(keys) {
    if (!keys) return this.#dialog?.close();
    if (!this.#dialog) this.#open();
    if (keys === this.#wanted) return;
    this.#wanted = keys;
    this.body.replaceChildren(h("p.dim", { "aria-busy": "true" }, "Reading …"));
    await this.#read();
  }

  itemsChanged() {
    if (this.#dialog) this.#read();
  }

  close() {
    this.#dialog?.close();
  }

  async #read() {
    const wanted = this.#wanted;
    const results = await Promise.allSettled(wanted.split(",").map(key => this.context.source.item(this.context.job, key, {})));
    if (wanted !== this.#wanted || !this.#dialog) return;
    const before = JSON.stringify(this.#items.map(item => [item.key, item.outputs, item.rating, item.state]));
    this.#items = results.flatMap(result => (result.status === "fulfilled" ? [result.value] : []));
    if (before !== JSON.stringify(this.#items.map(item => [item.key, item.outputs, item.rating, item.state])) || !this.body.querySelector(".sides, .overlay")) this.#draw();
  }

  #open() {
    const slide = (/** @type {number} */ by) => () => (this.#isOverlay ? this.#slide(this.#position + by) : false);
    this.#dialog = openDialog({
      label: "Comparison",
      class: "sheet",
      content: [this.bar, this.body],
      keys: { o: () => this.#toggle(), ArrowLeft: slide(-SLIDER_STEP), ArrowRight: slide(SLIDER_STEP), h: slide(-SLIDER_STEP), l: slide(SLIDER_STEP), c: () => this.#dialog?.close() },
      onClose: () => {
        this.#dialog = null;
        this.#wanted = "";
        this.#items = [];
        releaseMedia(this.body);
        this.body.replaceChildren();
        if (currentRoute().query.has("compare")) changeQuery({ compare: null }, { replace: true });
      },
    });
    this.#drawBar();
  }

  /** The pictures that can be laid over each other. */
  #pictures() {
    return this.#items.flatMap(item => item.outputs.filter(isPicture).slice(0, 1).map(output => ({ item, output })));
  }

  #toggle() {
    if (this.#pictures().length < 2) return;
    this.#isOverlay = !this.#isOverlay;
    this.#draw();
  }

  #drawBar() {
    const canOverlay = this.#pictures().length > 1;
    morph(this.bar, [
      h("h2", "Comparison"),
      h("span.spacer"),
      h("div.switch", { role: "group", "aria-label": "Layout" },
        h("button", { key: "sides", "aria-pressed": String(!this.#isOverlay), onclick: () => this.#isOverlay && this.#toggle() }, "Side by side"),
        h("button", { key: "overlay", "aria-pressed": String(this.#isOverlay), disabled: !canOverlay, "aria-keyshortcuts": "o", onclick: () => !this.#isOverlay && this.#toggle() }, "Overlay")),
      h("button.plain", { key: "close", "aria-label": "Close", onclick: () => this.#dialog?.close() }, icon("close")),
    ]);
  }

  #draw() {
    if (this.#pictures().length < 2) this.#isOverlay = false;
    this.#drawBar();
    releaseMedia(this.body);
    if (this.#items.length < 2) return this.body.replaceChildren(h("p.blank", "Fewer than two of these items can be read; there is nothing to compare."));
    this.body.replaceChildren(this.#isOverlay ? this.#overlay() : this.#sides());
  }

  #sides() {
    const all = this.#items.map(comparable);
    const names = [...new Set(all.flatMap(values => Object.keys(values)))];
    const differing = names.filter(name => new Set(all.map(values => values[name])).size > 1);
    const { actions, source } = this.context;
    return h("div.sides", { style: { "--sides": this.#items.length } }, this.#items.map((item, index) => h("section", { "aria-label": item.name },
      h("header", { "data-state": item.state }, h("h3", h("span.dot"), item.name),
        this.#items.length > 2 ? h("button.plain", { "aria-label": `Take ${item.name} out`, onclick: () => changeQuery({ compare: this.#items.filter(it => it !== item).map(it => it.key).join(",") }, { replace: true }) }, icon("close")) : null),
      h("div.side-outputs", item.outputs.length ? item.outputs.map(output => fullOutput(output, item, source)) : h("p.absent", item.text ?? item.failure ?? item.state)),
      stars(item.rating, actions ? rating => actions.rate([item.key], rating) : null),
      h("dl.values", (differing.length ? differing : names).map(name => h("div", h("dt", name), h("dd", all[index][name] ?? "–")))))));
  }

  #overlay() {
    const pictures = this.#pictures();
    this.#below = Math.min(this.#below, pictures.length - 1);
    this.#above = Math.min(this.#above, pictures.length - 1);
    const below = pictures[this.#below];
    const above = pictures[this.#above];
    const choose = (/** @type {string} */ label, /** @type {number} */ chosen, /** @type {(index: number) => void} */ set) => h("select", { "aria-label": label, onchange: event => {
      set(Number(event.target.value));
      this.#draw();
    } }, pictures.map(({ item }, index) => h("option", { value: index, selected: index === chosen }, item.name)));
    this.slider = h("input", { type: "range", min: 0, max: 100, step: "any", value: this.#position, "aria-label": `How much of ${below.item.name} is seen`, oninput: () => this.#slide(Number(this.slider.value)) });
    const drag = event => {
      if (event.type === "pointermove" && !event.buttons) return;
      const { left, width } = this.pair.getBoundingClientRect();
      this.#slide(((event.clientX - left) / width) * 100);
    };
    this.pair = h("div.pair", { onpointerdown: drag, onpointermove: drag },
      picture(below.output, below.item.name),
      h("div.above", picture(above.output, above.item.name)),
      h("div.handle"));
    this.#slide(this.#position);
    return h("div.overlay",
      h("div.pair-names", choose("Left picture", this.#below, index => (this.#below = index)), choose("Right picture", this.#above, index => (this.#above = index))),
      h("div.pair-room", this.pair), this.slider);
  }

  /** @param {number} position */
  #slide(position) {
    this.#position = Math.max(0, Math.min(100, position));
    this.pair?.style.setProperty("--at", `${this.#position}%`);
    if (this.slider && Number(this.slider.value) !== this.#position) this.slider.value = String(this.#position);
  }
}
