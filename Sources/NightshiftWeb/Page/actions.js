// What a person can make a run do. What costs money is asked first, with the figure that the server gives.
import { ask, field, toast } from "./dialogs.js";
import { plural } from "./format.js";

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

	/** @param {Target} target */
	retry(target) {
		return this.#try(async () => {
			const { count, question } = await this.source.act(this.job, { action: "retry", ...target, dry_run: true });
			if (!count) return toast("Nothing here can be retried: only items that failed, were canceled or are held.", "failed");
			if (await ask(`Retry ${plural(count, "item")}?`, question, "Retry", [])) await this.#do("retry", target);
		});
	}

	/** @param {Target} target */
	redo(target) {
		return this.#try(async () => {
			const { count, question } = await this.source.act(this.job, { action: "redo", ...target, dry_run: true });
			if (!count) return toast("Nothing here can be made again: only items that have succeeded.", "failed");
			const answer = await ask(`Make ${plural(count, "item")} again?`, question, "Make again",
				[field("Inputs to change", { name: "set", placeholder: "seed=random steps=40" }, "Empty: all as before. Quotation marks go around spaces.")]);
			const pairs = [...(answer?.set ?? "").matchAll(/([^\s=]+)=("[^"]*"|\S*)/g)];
			if (answer) await this.#do("redo", { ...target, set: Object.fromEntries(pairs.map(([, name, value]) => [name, value.replace(/^"|"$/g, "")])) });
		});
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
 * The keys that are about an item: mark, rate, tag, note, retry or redo.
 * @param {Context} context @param {() => ?Item} current
 * @param {boolean} takesMarks Whether tags and retry are about all marked items while there are any.
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
		r: about(([{ state }], keys) => actions?.[state === "succeeded" ? "redo" : "retry"]({ keys })),
		...Object.fromEntries([0, 1, 2, 3, 4, 5].map(rating => [rating, rate(rating)])),
	};
}
