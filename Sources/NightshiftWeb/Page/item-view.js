// Everything that is known of one item: outputs, values, what was sent, attempts, logs, files, earlier versions.
import { itemKeys } from "./actions.js";
import { button, iconButton, stars } from "./controls.js";
import { toast } from "./dialogs.js";
import { h, morph } from "./dom.js";
import { BUILT_IN, bytes, cellText, moment, plain, plural, pretty, RETRIABLE, second, span } from "./format.js";
import { fullOutput, releaseMedia } from "./media.js";

const FACTS = ["step", "origin", "prediction_id", "duration", "waiting", "running", "download", "predict_time", "cost", "ended_at"];

const copyButton = (text, label) => iconButton("copy", `Copy ${label}`, () => navigator.clipboard?.writeText(text).then(() => toast("Copied."), () => toast("The browser does not allow copying here.", "failed")));

/** Names and values; what is unknown is left out. */
const list = values => h("dl.values", Object.entries(values).filter(([, value]) => value != null && value !== "" && value !== "–").map(([name, value]) => h("div", h("dt", name), h("dd", value instanceof Node ? value : plain(value)))));
const isEmpty = values => !values || Object.keys(values).length === 0;
const block = (title, content, isOpen, copied) => h("details.block", { open: isOpen, key: title }, h("summary", h("h3", title)), copied && copyButton(copied, title.toLowerCase()), content);
const code = (title, value, isOpen) => block(title, h("pre.code", { tabindex: 0, "aria-label": title }, pretty(value)), isOpen, pretty(value));
const stateWord = state => h("span", { "data-state": state }, h("span.dot"), state);

function attempt(it, state) {
	const times = Object.entries({ sent: it.sent_at, started: it.started_at, completed: it.completed_at, ended: it.ended_at }).filter(([, time]) => time);
	return h("li", { "data-state": state },
		h("p", h("span.dot"), h("b", `${it.ordinal}. ${it.failure_class ?? state}`), h("code", it.prediction_id ?? "no prediction"), it.predict_time && h("span.dim", `${span(it.predict_time)} of predict time`)),
		it.failure && h("p.reason", it.failure),
		h("p.dim.times", times.map(([word, time]) => h("span", { title: moment(time) }, `${word} ${second(time)}`))));
}

export class ItemView {
	/** @type {?ItemDetail} */
	item = null;
	#shown = "";

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
		const { actions, source } = this.context;
		const { outputs, tries } = item;
		const shown = JSON.stringify([item.key, outputs, item.version, !outputs.length && [item.text, item.output, item.failure, item.state]]);
		if (shown !== this.#shown) {
			releaseMedia(this.stage);
			this.stage.replaceChildren(...this.#outputs(item));
		}
		this.#shown = shown;
		const facts = { State: stateWord(item.state), Model: item.model, Version: item.version_id?.slice(0, 12), ...Object.fromEntries(FACTS.map(name => [BUILT_IN[name], cellText(item, name)])), Key: item.key };
		const stateOf = (it, index) => (it.failure || it.failure_class ? "failed" : index === tries.length - 1 ? item.state : "ended");
		morph(this.panel, [
			h("div.judge", stars(item.rating, actions && (rating => actions.rate([item.key], rating))), item.tags.map(tag => h("span.tag", tag)),
				actions && [button("Tags", () => actions.tag([item])), button("Note", () => actions.note(item)), item.state === "succeeded" ? button("Redo", () => actions.redo({ keys: [item.key] })) : RETRIABLE.includes(item.state) && button("Retry", () => actions.retry({ keys: [item.key] }))]),
			item.note && h("p.note", { key: "note" }, item.note),
			item.failure && outputs.length > 0 && h("p.reason", { key: "failure" }, item.failure),
			!isEmpty(item.matrix) || !isEmpty(item.row) ? block("Row", list({ ...item.matrix, ...item.row }), true) : null,
			block("Facts", list(facts), true),
			item.input && code("Sent", item.input, true),
			tries.length ? block("Attempts", h("ol.tries", tries.map((it, index) => attempt(it, stateOf(it, index)))), true) : null,
			item.output != null && code("Output", item.output),
			isEmpty(item.metrics) ? null : block("Metrics", list(item.metrics)),
			item.logs && code("Logs", item.logs),
			item.files.length ? block("Files", h("ul.files", item.files.map(file => h("li", h("p", h("code", file.absolute_path), copyButton(file.absolute_path, "the path")),
				h("p.dim", { title: file.sha256 }, file.is_there ? `${bytes(file.size)} · ${file.media_type}` : "no longer there", file.sha256 && ` · sha256 ${file.sha256}`))))) : null,
			item.earlier.length ? block(plural(item.earlier.length, "earlier version"), h("ol.earlier", item.earlier.map(it => h("li", h("p.dim", `Version ${it.number}, replaced ${moment(it.replaced_at)}`),
				h("div.earlier-files", it.files.map(file => fullOutput({ width: null, height: null, is_there: true, ...file }, item, source))))))) : null,
			item.command && code("The same by hand", item.command),
		]);
	}

	#outputs({ outputs, output, text, state, failure, failure_class, ...item }) {
		if (outputs.length) return outputs.map(it => fullOutput(it, /** @type {any} */ (item), this.context.source));
		const words = output != null ? pretty(output) : text;
		if (words) return [h("div.text-box", h("pre.text", { tabindex: 0, "aria-label": "Output" }, words))];
		const reason = { succeeded: "The model gave no output.", canceled: "It was canceled; retry makes it." }[state] ?? "There is no output yet.";
		return [h("div.no-output", h("h3", [state, failure_class].filter(Boolean).join(": ")), failure ? h("p.reason", failure) : h("p", reason))];
	}

	fail(error) {
		this.clear();
		this.stage.replaceChildren(h("div.no-output", h("h3", "This item cannot be shown"), h("p", error.message)));
	}

	clear() {
		this.item = null;
		this.#shown = "";
		releaseMedia(this.stage);
		this.stage.replaceChildren();
		this.panel.replaceChildren();
	}

	keys() {
		return itemKeys(this.context, () => this.item, false);
	}
}
