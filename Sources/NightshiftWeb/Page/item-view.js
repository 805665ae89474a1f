// Everything that is known of one item: outputs, values, what was sent, attempts, logs, files, earlier versions.
import { itemKeys } from "./actions.js";
import { h, icon, morph } from "./dom.js";
import { toast } from "./dialogs.js";
import { bytes, count, moment, money, plain, pretty, second, span } from "./format.js";
import { fullOutput, releaseMedia, stars } from "./media.js";
/** @import { Context } from "./app.js" */
/** @import { ItemDetail } from "./types.js" */

/** @param {string} text @param {string} label */
function copyButton(text, label) {
  return h("button.plain.copy", { "aria-label": `Copy ${label}`, title: `Copy ${label}`, onclick: () => navigator.clipboard?.writeText(text).then(() => toast("Copied."), () => toast("The browser does not allow copying here.", "failed")) }, icon("copy"));
}

/** @param {Object<string, any>} values */
const valueList = values => h("dl.values", Object.entries(values).map(([name, value]) => h("div", h("dt", name), h("dd", plain(value)))));

/** @param {string} title @param {any} content @param {string} [copied] @param {boolean} [isOpen] */
function block(title, content, copied, isOpen = true) {
  return h("details.block", { open: isOpen, key: title }, h("summary", h("h3", title)), copied ? copyButton(copied, title.toLowerCase()) : null, content);
}

/** @param {string} text @param {string} label */
const code = (text, label) => h("pre.code", { tabindex: 0, "aria-label": label }, text);

/** @param {ItemDetail} item */
function tries(item) {
  if (!item.tries.length) return null;
  return block(item.tries.length === 1 ? "Attempt" : `${item.tries.length} attempts`, h("ol.tries", item.tries.map((it, index) => {
    const isLast = index === item.tries.length - 1;
    const state = it.failure || it.failure_class ? "failed" : isLast ? item.state : "ended";
    const times = /** @type {[string, ?number][]} */ ([["sent", it.sent_at], ["started", it.started_at], ["completed", it.completed_at], ["ended", it.ended_at]]).filter(([, time]) => time);
    return h("li", { "data-state": state },
      h("p", h("span.dot"), h("b", `${it.ordinal}. ${it.failure_class ?? state}`), h("code", it.prediction_id ?? "no prediction"), it.predict_time ? h("span.dim", `${span(it.predict_time)} of predict time`) : null),
      it.failure ? h("p.reason", it.failure) : null,
      h("p.dim.times", times.map(([word, time]) => h("span", { title: moment(time) }, `${word} ${second(/** @type {number} */ (time))}`))));
  })));
}

/** @param {ItemDetail} item */
function facts(item) {
  /** @type {[string, any][]} */
  const list = [
    ["State", h("span", { "data-state": item.state }, h("span.dot"), item.state)],
    ["Step", item.step || null],
    ["Origin", item.origin],
    ["Model", item.model],
    ["Version", item.version_id ? item.version_id.slice(0, 12) : null],
    ["Prediction", item.prediction_id],
    ["Waiting", item.waiting === null ? null : span(item.waiting)],
    ["Running", item.running === null ? null : span(item.running)],
    ["Download", item.download === null ? null : span(item.download)],
    ["Predict time", item.predict_time === null ? null : span(item.predict_time)],
    ["Cost", item.cost === null ? null : money(item.cost)],
    ["Ended", item.ended_at ? moment(item.ended_at) : null],
    ["Key", item.key],
  ];
  return h("dl.facts", list.filter(([, value]) => value !== null && value !== "").map(([name, value]) => h("div", h("dt", name), h("dd", value))));
}

/** @param {ItemDetail} item */
function files(item) {
  if (!item.files.length) return null;
  return block(item.files.length === 1 ? "File" : "Files", h("ul.files", item.files.map(file => h("li",
    h("p", h("code", file.absolute_path), copyButton(file.absolute_path, "the path")),
    h("p.dim", file.is_there ? `${bytes(file.size)} · ${file.media_type}` : "no longer there", file.sha256 ? h("span.digest", { title: file.sha256 }, ` · sha256 ${file.sha256}`) : null)))), undefined, false);
}

export class ItemView {
  /** @type {?ItemDetail} */
  item = null;
  #outputsKey = "";

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.stage = h("div.stage");
    this.panel = h("div.panel");
    this.element = h("div.item-view", this.stage, this.panel);
  }

  /** @param {ItemDetail} item */
  draw(item) {
    this.item = item;
    const { source, actions } = this.context;
    const outputsKey = JSON.stringify([item.key, item.outputs, item.version, item.outputs.length ? "" : [item.text, item.output, item.failure, item.state]]);
    if (outputsKey !== this.#outputsKey) {
      this.#outputsKey = outputsKey;
      this.stage.replaceChildren(...this.#outputs(item));
      this.stage.scrollTop = 0;
    }
    const hasValues = values => values && Object.keys(values).length > 0;
    morph(this.panel, [
      h("div.judge", { key: "judge" },
        stars(item.rating, actions ? rating => actions.rate([item.key], rating) : null),
        item.tags.map(tag => h("span.tag", tag)),
        actions ? [
          h("button", { key: "tags", class: "quiet", "aria-keyshortcuts": "t", onclick: () => actions.tag([item]) }, "Tags"),
          h("button", { key: "note", class: "quiet", "aria-keyshortcuts": "n", onclick: () => actions.note(item) }, "Note"),
          h("button", { key: "repeat", class: "quiet", onclick: () => actions.repeat(item) }, item.state === "succeeded" ? "Redo" : "Retry"),
        ] : null),
      item.note ? h("p.note", { key: "note-text" }, item.note) : null,
      item.failure && item.outputs.length ? h("p.reason", { key: "failure" }, item.failure) : null,
      hasValues(item.matrix) || hasValues(item.row) ? block("Row", [valueList({ ...item.matrix, ...item.row })]) : null,
      block("Facts", facts(item)),
      item.input ? block("Sent", code(pretty(item.input), "What was sent"), pretty(item.input)) : null,
      tries(item),
      item.output !== null && item.output !== undefined ? block("Output", code(pretty(item.output), "Output"), pretty(item.output), false) : null,
      hasValues(item.metrics) ? block("Metrics", valueList(item.metrics), undefined, false) : null,
      item.logs ? block("Logs", code(item.logs, "Logs"), item.logs, false) : null,
      files(item),
      item.earlier.length ? block(item.earlier.length === 1 ? "Earlier version" : `${count(item.earlier.length)} earlier versions`, this.#earlier(item), undefined, false) : null,
      item.command ? block("The same by hand", code(item.command, "Command"), item.command, false) : null,
    ]);
  }

  /** @param {ItemDetail} item */
  #outputs(item) {
    if (item.outputs.length) return item.outputs.map(output => fullOutput(output, item, this.context.source));
    const text = item.output !== null && item.output !== undefined ? pretty(item.output) : item.text;
    if (text) return [h("figure.output.text", h("div.text-box", h("pre.text", { tabindex: 0, "aria-label": "Output" }, text)))];
    if (item.failure) return [h("div.no-output", { "data-state": item.state }, h("h3", item.failure_class ? `${item.state}: ${item.failure_class}` : item.state), h("p.reason", item.failure))];
    return [h("div.no-output", h("h3", item.state), h("p", item.state === "succeeded" ? "The model gave no output." : item.state === "canceled" ? "It was canceled; retry makes it." : "There is no output yet."))];
  }

  /** @param {ItemDetail} item */
  #earlier(item) {
    return h("ol.earlier", item.earlier.map(version => h("li",
      h("p.dim", `Version ${version.number}`, version.replaced_at ? `, replaced ${moment(version.replaced_at)}` : ""),
      h("div.earlier-files", version.files.map(file => fullOutput({ width: null, height: null, is_there: true, ...file }, item, this.context.source))))));
  }

  /** @param {Error} error */
  fail(error) {
    this.clear();
    this.stage.replaceChildren(h("div.no-output", h("h3", "This item cannot be shown"), h("p", error.message)));
  }

  clear() {
    this.item = null;
    this.#outputsKey = "";
    releaseMedia(this.stage);
    this.stage.replaceChildren();
    this.panel.replaceChildren();
  }

  /** Keys about the item that is shown. */
  keys() {
    return itemKeys(this.context, () => this.item, false);
  }
}
