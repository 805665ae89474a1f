// What a person can make a run do. What costs money is asked first, with the figure that the server gives.
import { ask, field, toast } from "./dialogs.js";
import { plural, RETRIABLE } from "./format.js";

/** Settings name=value, one a line or with ; between; values are JSON where they can be. */
function parseSettings(text) {
	const settings = text.split(/[\n;]/).map(it => it.trim()).filter(Boolean).map(line => {
		const [, name, value] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
		if (!name) throw new Error(`Write ${line} as name=value.`);
		try {
			return [name.trim(), JSON.parse(value)];
		} catch {
			return [name.trim(), value.trim()];
		}
	});
	return settings.length ? { set: Object.fromEntries(settings) } : {};
}

export class Actions {
	/** @param {any} source @param {string} job @param {() => void} afterwards */
	constructor(source, job, afterwards) {
		this.source = source;
		this.job = job;
		this.afterwards = afterwards;
	}

	async #try(action) {
		try {
			return await action();
		} catch (error) {
			toast(error.message, "failed");
		}
	}

	#do(action, body = {}) {
		return this.#try(async () => {
			const { done } = await this.source.act(this.job, { action, ...body });
			if (done && action !== "rate") toast(done);
			this.afterwards();
		});
	}

	pause() {
		return this.#do("pause");
	}

	resume() {
		return this.#do("resume");
	}

	async cancel() {
		const answer = await ask("Cancel the run?", "What is in flight is canceled at the provider, and the run ends. What is done stays; the next run makes the rest.", "Cancel the run");
		if (answer) this.#do("cancel");
	}

	/** @param {Overview} overview */
	async limits({ concurrency, rate_limit }) {
		const answer = await ask("Concurrency and rate", "", "Set", [
			field("Concurrency", { name: "concurrency", type: "number", min: 1, value: concurrency ?? "" }, "Predictions at a time; empty: as the manifest says."),
			field("Rate", { name: "rate", value: rate_limit ?? "", placeholder: "60/min" }, "Creates in a time, like 60/min; empty: as the manifest says."),
		]);
		if (answer) this.#do("set", { concurrency: Number(answer.concurrency) || null, rate: answer.rate.trim() || null });
	}

	#repeat(action, target, none, title, note, fields) {
		return this.#try(async () => {
			const { count, question } = await this.source.act(this.job, { action, ...target, dry_run: true });
			if (!count) return toast(none, "failed");
			const answer = await ask(`${title} ${plural(count, "item")}?`, question + note, title, fields);
			if (answer) await this.#do(action, { ...target, ...parseSettings(answer.set ?? "") });
		});
	}

	/** @param {Target} target */
	retry(target) {
		return this.#repeat("retry", target, "Nothing here can be retried: only items that failed, were canceled or are held.", "Retry", "", []);
	}

	/** @param {Target} target */
	redo(target) {
		return this.#repeat("redo", target, "Nothing here can be made again: only items that succeeded.", "Redo", " The results of now are kept as earlier versions.",
			[field("Change the input", { name: "set", placeholder: "seed=7" }, "Optional: name=value, several with ; between them. seed=random gives each item another seed.")]);
	}

	/** Retries or redoes one item, whichever its state allows.
	 * @param {Item} item */
	repeat({ key, state }) {
		return RETRIABLE.includes(state) ? this.retry({ keys: [key] }) : this.redo({ keys: [key] });
	}

	/** @param {string[]} keys @param {?number} rating */
	rate(keys, rating) {
		return this.#do("rate", { keys, rating });
	}

	/** @param {Item[]} items */
	async tag(items) {
		const shared = items[0].tags.filter(tag => items.every(item => item.tags.includes(tag)));
		const answer = await ask(items.length === 1 ? `Tags of ${items[0].name}` : `Tags of ${plural(items.length, "item")}`, "", "Save",
			[field("Tags", { name: "tags", value: shared.join(" ") }, items.length === 1 ? "Separated by spaces." : "Separated by spaces: the tags that all have. Other tags stay.")]);
		if (!answer) return;
		const wanted = answer.tags.split(/[\s,]+/).filter(Boolean);
		this.#do("tag", { keys: items.map(item => item.key), add: wanted.filter(tag => !shared.includes(tag)), remove: shared.filter(tag => !wanted.includes(tag)) });
	}

	/** @param {Item} item */
	async note({ key, name, note }) {
		const answer = await ask(`Note on ${name}`, "", "Save", [field("Note", { name: "note", rows: 4, value: note ?? "" })]);
		if (answer) this.#do("note", { keys: [key], note: answer.note.trim() || null });
	}
}

/**
 * The keys that are about an item: mark, rate, tag, note, retry, redo.
 * @param {Context} context @param {() => ?Item} current
 * @param {boolean} takesMarks Whether tags, retry and redo are about all marked items while there are any.
 * @returns {KeyMap}
 */
export function itemKeys({ actions, marks }, current, takesMarks) {
	const about = (action, takes = takesMarks) => () => {
		const item = current();
		const items = takes && marks.size ? marks.items : item ? [item] : [];
		if (!actions || !items.length) return false;
		action(items, items.map(it => it.key));
	};
	const rate = rating => about((_, keys) => actions?.rate(keys, rating || null), false);
	return {
		x: () => {
			const item = current();
			if (item) marks.toggle(item);
		},
		t: about(items => actions?.tag(items)),
		n: about(([item]) => actions?.note(item), false),
		r: about((_, keys) => actions?.retry({ keys })),
		R: about((_, keys) => actions?.redo({ keys })),
		...Object.fromEntries([0, 1, 2, 3, 4, 5].map(rating => [rating, rate(rating)])),
	};
}
