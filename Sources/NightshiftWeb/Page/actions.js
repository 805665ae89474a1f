// What a person can make a run do. What costs money is asked first, with the figure that the server gives.
import { ask, field, toast } from "./dialogs.js";
import { plural, RETRIABLE } from "./format.js";
/** @import { Context } from "./app.js" */
/** @import { KeyMap } from "./keys.js" */
/** @import { Item, Overview, Source, Target } from "./types.js" */

/** @param {string} text Lines or words `name=value`; values are JSON where they can be. */
function parseSettings(text) {
  /** @type {Object<string, any>} */
  const settings = {};
  for (const line of text.split(/\n|;/).map(it => it.trim()).filter(Boolean)) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
    if (!name) throw new Error(`Write ${line} as name=value.`);
    try {
      settings[name.trim()] = JSON.parse(value);
    } catch {
      settings[name.trim()] = value.trim();
    }
  }
  return settings;
}

/** @param {string} text */
const words = text => text.split(/[\s,]+/).filter(Boolean);

export class Actions {
  /** @param {Source} source @param {string} job @param {() => void} afterwards */
  constructor(source, job, afterwards) {
    this.source = source;
    this.job = job;
    this.afterwards = afterwards;
  }

  /** @param {() => Promise<any>} action */
  async #try(action) {
    try {
      return await action();
    } catch (error) {
      toast(/** @type {Error} */ (error).message, "failed");
      return null;
    }
  }

  /** @param {object} body */
  #do(body) {
    return this.#try(async () => {
      const answer = await this.source.act(this.job, body);
      if (answer.done) toast(answer.done);
      this.afterwards();
      return answer;
    });
  }

  pause() {
    return this.#do({ action: "pause" });
  }

  resume() {
    return this.#do({ action: "resume" });
  }

  async cancel() {
    const answer = await ask({ title: "Cancel the run?", text: "What is in flight is canceled at the provider, and the run ends. What is done stays; the next run makes the rest.", confirm: "Cancel the run", isDangerous: true });
    return answer && this.#do({ action: "cancel" });
  }

  /** @param {Overview} overview */
  async limits(overview) {
    const answer = await ask({
      title: "Concurrency and rate",
      fields: [
        field("Concurrency", { name: "concurrency", type: "number", min: 1, value: overview.concurrency ?? "" }, "Predictions at a time; empty: as the manifest says."),
        field("Rate", { name: "rate", value: overview.rate_limit ?? "", placeholder: "60/min" }, "Creates in a time, like 60/min; empty: as the manifest says."),
      ],
      confirm: "Set",
    });
    return answer && this.#do({ action: "set", concurrency: answer.concurrency ? Number(answer.concurrency) : null, rate: answer.rate.trim() || null });
  }

  /** @param {Target} target */
  retry(target) {
    return this.#try(async () => {
      const { count, question } = await this.source.act(this.job, { action: "retry", ...target, dry_run: true });
      if (!count) return toast("Nothing here can be retried: only items that failed, were canceled or are held.", "failed");
      const answer = await ask({ title: `Retry ${plural(count, "item")}?`, text: question, confirm: "Retry" });
      return answer && this.#do({ action: "retry", ...target });
    });
  }

  /** @param {Target} target */
  redo(target) {
    return this.#try(async () => {
      const { count, question } = await this.source.act(this.job, { action: "redo", ...target, dry_run: true });
      if (!count) return toast("Nothing here can be made again: only items that succeeded.", "failed");
      const answer = await ask({
        title: `Redo ${plural(count, "item")}?`,
        text: `${question} The results of now are kept as earlier versions.`,
        fields: [field("Change the input", { name: "set", placeholder: "seed=7" }, "Optional: name=value, several with ; between them. seed=random gives each item another seed.")],
        confirm: "Redo",
      });
      if (!answer) return null;
      const set = parseSettings(answer.set);
      return this.#do({ action: "redo", ...target, ...(Object.keys(set).length ? { set } : {}) });
    });
  }

  /** Retries or redoes one item, whichever its state allows. @param {Item} item */
  repeat(item) {
    return RETRIABLE.includes(item.state) ? this.retry({ keys: [item.key] }) : this.redo({ keys: [item.key] });
  }

  /** @param {string[]} keys @param {?number} rating */
  rate(keys, rating) {
    return this.#do({ action: "rate", keys, rating });
  }

  /** @param {Item[]} items */
  async tag(items) {
    const shared = items[0].tags.filter(tag => items.every(item => item.tags.includes(tag)));
    const answer = await ask({
      title: items.length === 1 ? `Tags of ${items[0].name}` : `Tags of ${plural(items.length, "item")}`,
      fields: [field("Tags", { name: "tags", value: shared.join(" ") }, items.length === 1 ? "Separated by spaces." : "Separated by spaces: the tags that all have. Other tags stay.")],
      confirm: "Save",
    });
    if (!answer) return null;
    const wanted = words(answer.tags);
    return this.#do({ action: "tag", keys: items.map(item => item.key), add: wanted.filter(tag => !shared.includes(tag)), remove: shared.filter(tag => !wanted.includes(tag)) });
  }

  /** @param {Item} item */
  async note(item) {
    const answer = await ask({ title: `Note on ${item.name}`, fields: [field("Note", { name: "note", rows: 4, value: item.note ?? "" })], confirm: "Save" });
    return answer && this.#do({ action: "note", keys: [item.key], note: answer.note.trim() || null });
  }
}

/**
 * The keys that are about an item: mark, rate, tag, note, retry, redo.
 * @param {Context} context
 * @param {() => ?Item} current
 * @param {boolean} takesMarks Whether tags, retry and redo are about all marked items while there are any.
 * @returns {KeyMap}
 */
export function itemKeys({ actions, marks }, current, takesMarks) {
  const about = (/** @type {(it: Actions, items: Item[], keys: string[]) => any} */ action, takes = takesMarks) => () => {
    const item = current();
    const items = takes && marks.size ? marks.items : item ? [item] : [];
    if (!actions || !items.length) return false;
    action(actions, items, items.map(it => it.key));
  };
  /** @type {KeyMap} */
  const map = {
    x: () => {
      const item = current();
      if (item) marks.toggle(item);
    },
    t: about((it, items) => it.tag(items)),
    n: about((it, [item]) => it.note(item), false),
    r: about((it, _, keys) => it.retry({ keys })),
    R: about((it, _, keys) => it.redo({ keys })),
  };
  for (const rating of [0, 1, 2, 3, 4, 5]) map[rating] = about((it, _, keys) => it.rate(keys, rating || null), false);
  return map;
}
