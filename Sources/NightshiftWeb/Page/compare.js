// Two or more items side by side, and two pictures over each other with a slider.
import { choice, iconButton, stars, switcher } from "./controls.js";
import { openDialog } from "./dialogs.js";
import { h, morph } from "./dom.js";
import { money, plain, span } from "./format.js";
import { fullOutput, isPicture, picture, releaseMedia } from "./media.js";
import { changeQuery, currentRoute } from "./router.js";

const SLIDER_STEP = 5;

/** What can differ between items. */
function comparable({ input, row, matrix, state, step, duration, cost }) {
	const values = { ...input, ...row, ...matrix, step: step || null, state, duration: span(duration), cost: money(cost) };
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null).map(([name, value]) => [name, plain(value)]));
}

export class CompareDialog {
	/** @type {?HTMLDialogElement} */
	#dialog = null;
	/** @type {ItemDetail[]} */
	#items = [];
	#wanted = "";
	#drawn = "";
	#isOverlay = false;
	/** Which pictures are left and right of the slider. */
	#pair = [0, 1];
	#position = 50;

	/** @param {Context} context */
	constructor(context) {
		this.context = context;
		this.bar = h("header.bar");
		this.body = h("div.compare");
	}

	/** Shows what the address says.
	 * @param {?string} keys Separated by commas. */
	show(keys) {
		if (!keys) return this.close();
		if (keys === this.#wanted) return;
		this.#wanted = keys;
		this.#drawn = "";
		this.body.replaceChildren(h("p.dim", "Reading …"));
		if (!this.#dialog) this.#open();
		this.itemsChanged();
	}

	close() {
		this.#dialog?.close();
	}

	async itemsChanged() {
		const wanted = this.#wanted;
		if (!this.#dialog) return;
		const results = await Promise.allSettled(wanted.split(",").map(key => this.context.source.item(this.context.job, key, { q: "", sort: "" })));
		if (wanted !== this.#wanted || !this.#dialog) return;
		this.#items = results.flatMap(result => (result.status === "fulfilled" ? [result.value] : []));
		const drawn = JSON.stringify(this.#items.map(({ key, outputs, rating, state }) => [key, outputs, rating, state]));
		if (drawn !== this.#drawn) this.#draw();
		this.#drawn = drawn;
	}

	#open() {
		const slide = by => () => (this.#isOverlay ? this.#slide(this.#position + by) : false);
		const [back, on] = [slide(-SLIDER_STEP), slide(SLIDER_STEP)];
		const onClose = () => {
			this.#dialog = null;
			this.#wanted = "";
			releaseMedia(this.body);
			if (currentRoute().query.has("compare")) changeQuery({ compare: null }, true);
		};
		this.#dialog = openDialog("Comparison", "sheet", [this.bar, this.body], { keys: { o: () => this.#lay(!this.#isOverlay), c: () => this.close(), ArrowLeft: back, h: back, ArrowRight: on, l: on }, onClose });
	}

	/** The pictures that can be laid over each other. */
	get #pictures() {
		return this.#items.flatMap(item => item.outputs.filter(isPicture).slice(0, 1).map(output => ({ item, output })));
	}

	#lay(isOverlay) {
		this.#isOverlay = isOverlay;
		this.#draw();
	}

	#draw() {
		const canOverlay = this.#pictures.length > 1;
		const isOverlay = this.#isOverlay && canOverlay;
		morph(this.bar, [
			h("h2", "Comparison"), h("span.spacer"),
			switcher("Layout", [["Side by side", !isOverlay, () => this.#lay(false)], ["Overlay", isOverlay, () => this.#lay(true), { disabled: !canOverlay, "aria-keyshortcuts": "o" }]]),
			iconButton("close", "Close", () => this.close()),
		]);
		releaseMedia(this.body);
		if (this.#items.length < 2) this.body.replaceChildren(h("p.dim", "Fewer than two of these items can be read; there is nothing to compare."));
		else this.body.replaceChildren(isOverlay ? this.#overlay() : this.#sides());
	}

	#sides() {
		const all = this.#items.map(comparable);
		const names = [...new Set(all.flatMap(Object.keys))];
		const differing = names.filter(name => all.some(values => values[name] !== all[0][name]));
		const { actions, source } = this.context;
		return h("div.sides", { style: { "--sides": all.length } }, this.#items.map((item, index) => h("section", { "aria-label": item.name },
			h("h3", { "data-state": item.state }, h("span.dot"), item.name),
			item.outputs.length ? item.outputs.map(output => fullOutput(output, item, source)) : h("p.absent", item.text ?? item.failure ?? item.state),
			stars(item.rating, actions && (rating => actions.rate([item.key], rating))),
			h("dl.values", (differing.length ? differing : names).map(name => h("div", h("dt", name), h("dd", all[index][name] ?? "–")))))));
	}

	#overlay() {
		const pictures = this.#pictures;
		const [below, above] = this.#pair.map(index => pictures[index] ?? pictures[0]);
		const choose = (label, side) => choice(label, this.#pair[side], pictures.map(({ item }, index) => [index, item.name]), value => {
			this.#pair[side] = Number(value);
			this.#draw();
		});
		this.slider = h("input", { type: "range", min: 0, max: 100, step: "any", value: this.#position, "aria-label": `How much of ${below.item.name} is seen`, oninput: () => this.#slide(Number(this.slider.value)) });
		this.pair = h("div.pair", picture(below.output, below.item.name), h("div.above", picture(above.output, above.item.name)), h("div.handle"));
		this.pair.onpointerdown = this.pair.onpointermove = event => {
			const { left, width } = this.pair.getBoundingClientRect();
			if (event.buttons) this.#slide(((event.clientX - left) / width) * 100);
		};
		this.#slide(this.#position);
		return h("div.overlay", h("div.pair-names", choose("Left picture", 0), choose("Right picture", 1)), h("div.pair-room", this.pair), this.slider);
	}

	#slide(position) {
		this.#position = Math.max(0, Math.min(100, position));
		this.pair.style.setProperty("--at", `${this.#position}%`);
		this.slider.value = this.#position;
	}
}
